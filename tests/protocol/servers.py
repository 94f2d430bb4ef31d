"""Small servers that misbehave in one way each, for the tests of what the client makes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web

from workbench.wire.compute import ComputeSession
from workbench.wire.endpoint import Endpoint, Secret
from workbench.wire.transport import Transport

STREAM = "/stream/session/{ref}/execute"
PTY = "/stream/session/{ref}/pty"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

Route = tuple[str, str, Handler]
Talk = Callable[[web.WebSocketResponse], Awaitable[None]]

HELLO = {"version": "v9.20250722", "manager": "26.9.6"}


def endpoint_of(port: int) -> Endpoint:
    """An endpoint on this machine with a keypair."""
    return Endpoint(url=f"http://127.0.0.1:{port}", access_key="AKIA", secret_key=Secret("s3cr3t"))


@contextlib.asynccontextmanager
async def serving(*routes: Route, hello: object = HELLO) -> AsyncIterator[Endpoint]:
    """An HTTP server with these routes (method, path, handler) and the version probe, unless `hello` is None."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    if hello is not None:

        async def probe(_request: web.Request) -> web.Response:
            return web.json_response(hello)

        app.router.add_get("/", probe)
    for method, path, handler in routes:
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield endpoint_of(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def raw_server(handle: Raw) -> AsyncIterator[Endpoint]:
    """A TCP server that speaks whatever `handle` writes."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await handle(reader, writer)
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield endpoint_of(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def client_of(*routes: Route, hello: object = HELLO) -> AsyncIterator[Transport]:
    """A transport to such a server."""
    async with serving(*routes, hello=hello) as endpoint, Transport(endpoint) as transport:
        yield transport


@contextlib.asynccontextmanager
async def kern_of(*routes: Route) -> AsyncIterator[ComputeSession]:
    """The session `work` of such a server."""
    async with client_of(*routes) as transport:
        yield ComputeSession(transport, "work")


def streaming(talk: Talk, path: str = STREAM) -> Route:
    """A route whose WebSocket does what `talk` does, after the code has come where it is a run's."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        if path == STREAM:
            await ws.receive()
        await talk(ws)
        return ws

    return ("GET", path, handle)


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def abort(ws: web.WebSocketResponse) -> None:
    """Cut the connection without a word."""
    transport = ws._req.transport if ws._req else None
    assert transport is not None
    transport.abort()
