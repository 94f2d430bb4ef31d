"""`backend-tui rm`: destroy sessions."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from workbench.cli.headless import Failure, Misuse, connected, find, run_async, say


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", "-f", is_flag=True, help="Also destroy what is starting or has failed.")
def rm(*, names: Sequence[str], yes: bool, force: bool) -> None:
    """Destroy sessions by name or id, and everything that runs in them."""
    run_async(_rm(list(dict.fromkeys(names)), yes=yes, force=force))


async def _rm(names: Sequence[str], *, yes: bool, force: bool) -> int:
    from workbench.cli.endpoint import find_running

    endpoint = await find_running()
    if endpoint is None:
        raise Failure(f"There is no session named {names[0]}: the embedded server does not run.")
    async with connected(endpoint) as bench:
        sessions = [find(bench, name) for name in names]
        if not yes:
            _ask([session.name for session in sessions])
        await bench.destroy([session.id for session in sessions], forced=force)
        for session in sessions:
            say(f"destroyed {session.name}")
    return 0


def _ask(names: Sequence[str]) -> None:
    if not sys.stdin.isatty():
        raise Misuse("There is no terminal to ask on; --yes destroys without asking.")
    what = names[0] if len(names) == 1 else f"{len(names)} sessions ({', '.join(names)})"
    if not click.confirm(f"Destroy {what} and everything that runs there?", err=True):
        raise Failure("Nothing was destroyed.")
