"""`backend-tui tunnel`: a local port that leads to an app of a session."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import click

from workbench.cli.headless import Failure, connected, find, need_change, run_async, say

if TYPE_CHECKING:
    from workbench.wire.compute import ComputeSession


@click.command()
@click.argument("session")
@click.argument("app", required=False, default="")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The local port.  [default: a free one]")
@click.pass_context
def tunnel(ctx: click.Context, *, session: str, app: str, port: int) -> None:
    """Reach an APP of a session (ttyd, sshd, jupyter …) on a port of 127.0.0.1, until Ctrl+C.

    Without an APP it lists those there are. Everyone on this machine can use the port. A connection that breaks is
    made again when the port is used again; the tunnel itself stays.
    """
    if app:
        need_change(ctx)
    run_async(_tunnel(session, app, port))


async def _tunnel(name: str, app: str, port: int) -> int:
    from workbench.cli.endpoint import find_running
    from workbench.wire.api import AsyncSession

    endpoint = await find_running()
    if endpoint is None:
        raise Failure(f"There is no session named {name}: the embedded server does not run.")
    async with connected(endpoint) as bench:
        session = find(bench, name)
    async with AsyncSession(endpoint) as api:
        compute = api.ComputeSession(session.id)
        apps = {str(each.get("name")): str(each.get("protocol", "tcp")) for each in await compute.apps()}
        there = ", ".join(sorted(apps)) or "none"
        if not app:
            click.echo("\n".join(f"{each}  {protocol}" for each, protocol in sorted(apps.items())))
            return 0
        if app not in apps:
            raise Failure(f"{session.name} has no app {app}. There are: {there}.")
        await _serve(compute, app, port, "http://" if apps[app] == "http" else "")
    return 0


async def _serve(compute: ComputeSession, app: str, port: int, scheme: str) -> None:
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_carry(compute, app, reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    try:
        server = await asyncio.start_server(accept, "127.0.0.1", port)
    except OSError as error:
        raise Failure(f"Port {port} cannot be used: {error.strerror or error}.") from None
    click.echo(f"{scheme}127.0.0.1:{server.sockets[0].getsockname()[1]}")
    say(f"leads to {app}; Ctrl+C ends it")
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(compute: ComputeSession, app: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    from workbench.wire.errors import WireError
    from workbench.wire.tunnel import bridge

    way = compute.tunnel(app)
    try:
        await way.open()
        await bridge(way, reader, writer)
    except WireError as error:
        say(str(error))
    finally:
        with contextlib.suppress(OSError):
            writer.close()
