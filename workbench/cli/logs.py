"""`backend-tui logs`: what a session's main program wrote."""

from __future__ import annotations

import click

from workbench.cli.headless import Failure, connected, find, run_async


@click.command()
@click.argument("name")
def logs(*, name: str) -> None:
    """Print the log of a session, by name or id."""
    run_async(_logs(name))


async def _logs(name: str) -> int:
    from workbench.cli.endpoint import find_running

    endpoint = await find_running()
    if endpoint is None:
        raise Failure(f"There is no session named {name}: the embedded server does not run.")
    async with connected(endpoint) as bench:
        text = await bench.logs(find(bench, name).id)
    click.echo(text, nl=bool(text) and not text.endswith("\n"))
    return 0
