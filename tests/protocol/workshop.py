"""One session served by this process, with limits short enough to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web

from tests.protocol.streams import Stream
from workbench.local.execute import handle_complete, handle_execute, handle_interrupt
from workbench.local.kernels import KernelPool, embedded_image
from workbench.local.limits import RunLimits
from workbench.local.problems import problem_middleware
from workbench.local.processes import family
from workbench.local.runtime import SessionRuntime
from workbench.local.stream_execute import handle_stream_execute
from workbench.local.stream_pty import handle_stream_pty


class Workshop:
    """The session's runtime, and calls to it over HTTP."""

    def __init__(self, runtime: SessionRuntime, url: str, http: aiohttp.ClientSession, exits: list[str]) -> None:
        self.runtime = runtime
        self.url = url
        self.http = http
        self.exits = exits

    @asynccontextmanager
    async def stream(self, code: str, mode: str = "query", options: Any = None) -> AsyncIterator[Stream]:
        """A stream whose first frame was sent."""
        async with self.http.ws_connect(f"{self.url}/execute", max_msg_size=0) as ws:
            await ws.send_json({"mode": mode, "code": code, "options": options or {}})
            yield Stream(ws)

    async def run(self, code: str, mode: str = "query", options: Any = None) -> Stream:
        """A stream, read to its end."""
        async with self.stream(code, mode, options) as stream:
            await stream.finish()
        return stream

    async def post(self, **body: Any) -> dict[str, Any]:
        """One HTTP execute call; its result."""
        async with self.http.post(f"{self.url}/execute", json=body) as response:
            document: dict[str, Any] = await response.json(content_type=None)
            result: dict[str, Any] = document.get("result", document)
            return result

    async def interrupt(self) -> None:
        """The interrupt call."""
        async with self.http.post(f"{self.url}/interrupt") as response:
            assert response.status == 204

    def processes(self) -> list[psutil.Process]:
        """Every process of the session that runs."""
        runtime = self.runtime
        found = family([runtime.kernel.pid], {runtime.mark, runtime.kernel.mark})
        return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


@asynccontextmanager
async def workshop(folder: Path, **limits: Any) -> AsyncIterator[Workshop]:
    """A session with these limits."""
    exits: list[str] = []
    pool = KernelPool(None, keep_warm=False)
    environ = {"SHELL": "/bin/sh", "PS1": "$ ", "ENV": ""}
    runtime = SessionRuntime(
        folder, environ, embedded_image(), "workshop", lambda: None, exits.append, limits=RunLimits(**limits)
    )
    await runtime.start(pool)

    def served(
        handler: Callable[[web.Request, SessionRuntime], Awaitable[web.StreamResponse]],
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await handler(request, runtime)

        return serve

    app = web.Application(middlewares=[problem_middleware], client_max_size=64 * 1024 * 1024)
    app.router.add_get("/execute", served(handle_stream_execute))
    app.router.add_post("/execute", served(handle_execute))
    app.router.add_post("/interrupt", served(handle_interrupt))
    app.router.add_post("/complete", served(handle_complete))
    app.router.add_get("/pty", served(handle_stream_pty))
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with aiohttp.ClientSession() as http:
            yield Workshop(runtime, f"http://{host}:{port}", http, exits)
    finally:
        await runtime.close()
        await pool.close()
        await runner.cleanup()


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that has no event of its own."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def gone(pids: list[int], seconds: float = 10) -> None:
    """Wait until none of the processes runs."""
    await until(lambda: not any(_runs(pid) for pid in pids), seconds)


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
