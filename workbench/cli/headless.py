"""What every headless command shares: a connected workbench, plain failures, sessions by name."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from workbench.domain.session import Session
    from workbench.engine.workbench import Workbench
    from workbench.wire.endpoint import Endpoint


class Failure(click.ClickException):
    """A command cannot do what it should; one sentence on stderr and an exit code."""

    exit_code = 1

    def show(self, file: Any = None) -> None:  # noqa: ARG002
        """Write the sentence."""
        say(self.message)


class Misuse(Failure):
    """A command was called in a way that cannot work."""

    exit_code = 2


def say(sentence: str) -> None:
    """Write a line to stderr, where it does not mix with what code prints."""
    try:
        print(f"backend-tui: {sentence}", file=sys.stderr, flush=True)
    except OSError:
        return  # nobody reads it any more


def run_async(work: Coroutine[Any, Any, int]) -> NoReturn:
    """Run a command to its end and exit with its code; every error is one sentence."""
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
    session = bench.registry.find(name)
    if session is None:
        raise Failure(f"There is no session named {name}.")
    return session
