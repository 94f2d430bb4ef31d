"""`backend-tui rm`: destroy sessions."""

from __future__ import annotations

from collections.abc import Sequence

import click

from workbench.cli.headless import Failure, Misuse, connected, find_all, need_change, run_async, say
from workbench.cli.tty import open_terminal


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", "-f", is_flag=True, help="Also destroy what is starting or has failed.")
@click.pass_context
def rm(ctx: click.Context, *, names: Sequence[str], yes: bool, force: bool) -> None:
    """Destroy sessions by name or id, and everything that runs in them.

    Asks once on the terminal. When one of the names is unknown nothing is destroyed.
    """
    need_change(ctx)
    run_async(_rm(list(dict.fromkeys(names)), yes=yes, force=force))


async def _rm(names: Sequence[str], *, yes: bool, force: bool) -> int:
    from workbench.cli.endpoint import find_running

    endpoint = await find_running()
    if endpoint is None:
        raise Failure(f"There is no session named {', '.join(names)}: the embedded server does not run.")
    async with connected(endpoint) as bench:
        sessions = find_all(bench, names)
        if not yes:
            await _ask([session.name for session in sessions])
        await bench.destroy([session.id for session in sessions], forced=force)
        for session in sessions:
            say(f"destroyed {session.name}")
    return 0


async def _ask(names: Sequence[str]) -> None:
    terminal = open_terminal()
    if terminal is None:
        raise Misuse("There is no terminal to ask on; --yes destroys without asking.")
    what = names[0] if len(names) == 1 else f"{len(names)} sessions ({', '.join(names)})"
    try:
        terminal.write(f"Destroy {what} and everything that runs there? [y/N] ")
        answer = await terminal.ask(hidden=False)
    finally:
        terminal.close()
    if (answer or "").strip().lower() not in {"y", "yes"}:
        raise Failure("Nothing was destroyed.")
