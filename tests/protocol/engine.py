"""A workbench on the real embedded server, and a wire between them that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from msgspec.structs import replace

from workbench.domain.run import RunRequest
from workbench.domain.session import NewSession, Session
from workbench.engine.desk import Desk
from workbench.engine.link import LinkState
from workbench.engine.signal import Signal
from workbench.engine.workbench import Workbench
from workbench.wire import Endpoint

FAST = (0.05, 0.1, 0.2)
"""Back-off of tests."""


async def until(signal: Signal[Any], condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Return when the condition holds; it is tried whenever the signal is emitted."""
    woken = asyncio.Event()
    disconnect = signal.connect(lambda _: woken.set())
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                woken.clear()
                await woken.wait()
    finally:
        disconnect()


async def live(bench: Workbench) -> None:
    """Return when it is connected."""
    await until(bench.link_changed, lambda: bench.link.state is LinkState.LIVE)


@contextlib.asynccontextmanager
async def opened(
    connect: Endpoint | Callable[[], Awaitable[Endpoint]], state_dir: Path | None = None
) -> AsyncIterator[Workbench]:
    """A connected workbench."""
    bench = Workbench(connect, state_dir, backoff=FAST)
    await bench.open()
    try:
        await live(bench)
        yield bench
    finally:
        await bench.close()


async def make(bench: Workbench, name: str) -> tuple[Session, Desk]:
    """A new session of the embedding interpreter, and its desk."""
    session = await bench.create(NewSession(image="python", name=name))
    return session, bench.desk(session.id)


def code(text: str) -> RunRequest:
    """A query."""
    return RunRequest(code=text)


class Wire:
    """A TCP proxy to a server; `cut` drops every connection, `refuse` lets no new ones through."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._target = urlsplit(endpoint.url)
        self._endpoint = endpoint
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.refuses = False
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._server is not None
        self._server.close()
        self.refuses = True
        while self._tasks:
            self.cut()
            await asyncio.wait(self._tasks, timeout=1)

    @property
    def endpoint(self) -> Endpoint:
        """The server behind the proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return replace(self._endpoint, url=f"http://127.0.0.1:{port}")

    def cut(self) -> None:
        """Break every connection there is, without a goodbye."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.refuses:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        finally:
            self._writers -= {writer, back}
            writer.close()
            back.close()

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
