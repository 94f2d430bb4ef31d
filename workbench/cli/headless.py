"""What every headless command shares: a connected workbench, plain failures, sessions by name."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

if TYPE_CHECKING:
    from workbench.config.settings import Settings
    from workbench.domain.session import Session
    from workbench.engine.workbench import Workbench
    from workbench.wire.endpoint import Endpoint


class Failure(click.ClickException):
    """A command cannot do what it should; one sentence on stderr and an exit code."""

    exit_code = 1


class Misuse(Failure):
    """A command was called in a way that cannot work."""

    exit_code = 2


class Choices(NamedTuple):
    """What was said on the command line before the subcommand."""

    read_only: bool = False
    settings: Mapping[str, str] = {}


def settings_of(ctx: click.Context) -> Settings:
    """The settings in force; what is wrong with them is told by `config show`, `doctor` and the workbench."""
    from workbench.config.paths import settings_file
    from workbench.config.reading import read_settings

    choices = ctx.find_object(Choices) or Choices()
    return read_settings(settings_file(), options=choices.settings).settings


def need_change(ctx: click.Context) -> None:
    """Raise `Failure` when nothing may be changed, by `--read-only` or by the settings."""
    choices = ctx.find_object(Choices) or Choices()
    if choices.read_only:
        raise Failure("--read-only changes nothing; leave it out to do this.")
    if settings_of(ctx).session.read_only:
        raise Failure("The setting session.read_only is on; `backend-tui config show` says where from.")


def say(sentence: str) -> None:
    """Write a line to stderr, where it does not mix with what code prints."""
    try:
        print(f"backend-tui: {sentence}", file=sys.stderr, flush=True)
    except OSError:
        return  # nobody reads it any more


def run_async(work: Coroutine[Any, Any, int]) -> NoReturn:
    """Run a command to its end and exit with its code; every error is one sentence."""
    import asyncio

    from workbench.wire.errors import WireError

    try:
        code = asyncio.run(work)
    except (WireError, ValueError) as error:
        raise Failure(str(error)) from None
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = broken_pipe()
    sys.exit(code)


def broken_pipe() -> int:
    """Who read stdout has left: let nothing complain about it at exit, and say what a shell says then."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


@asynccontextmanager
async def connected(connect: Callable[[], Awaitable[Endpoint]] | Endpoint) -> AsyncIterator[Workbench]:
    """A workbench that has listed its sessions; raises `Failure` when the server does not let it."""
    import asyncio

    from workbench.engine.link import LinkState
    from workbench.engine.workbench import Workbench

    bench = Workbench(connect, None, echo=False)
    told = asyncio.Event()
    bench.link_changed.connect(lambda link: told.set() if link.state is not LinkState.CONNECTING else None)
    await bench.open()
    try:
        await told.wait()
        if bench.link.state is not LinkState.LIVE:
            raise Failure(bench.link.reason)
        yield bench
    finally:
        await bench.close()


def find(bench: Workbench, name: str) -> Session:
    """The live session of that name or id; raises `Failure`."""
    return find_all(bench, [name])[0]


def find_all(bench: Workbench, names: Sequence[str]) -> list[Session]:
    """The live sessions of those names or ids; raises `Failure` that names all that are missing."""
    found = {name: bench.registry.find(name) for name in names}
    if missing := [name for name, session in found.items() if session is None]:
        raise Failure(f"There is no session named {', '.join(missing)}; `backend-tui ls` lists them.")
    return [session for session in found.values() if session is not None]
