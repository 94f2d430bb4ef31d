"""The embedded server's heart: what the handlers share, and the loops that tend it."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from workbench.domain.session import SessionStatus
from workbench.local.events import EventHub
from workbench.local.folders import FolderStore
from workbench.local.idle import sweep_interval
from workbench.local.problems import Problem, not_running, session_not_found
from workbench.local.sessions import LocalSession, SessionTable
from workbench.local.stats import StatSampler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.local.kernels import KernelPool
    from workbench.local.kernelspecs import LocalImage
    from workbench.local.runtime import SessionRuntime
    from workbench.local.settings import Settings

_log = logging.getLogger(__name__)

_IMAGES_KEPT = 30.0
"""Seconds until the kernelspecs are looked at again."""


class LocalService:
    """One server: its keypair, sessions, images and kernels; all of it belongs to one event loop."""

    def __init__(
        self, *, runtime_dir: Path, sessions_dir: Path, settings: Settings, access_key: str, secret_key: str
    ) -> None:
        self.settings = settings
        self.access_key = access_key
        self.secret_key = secret_key
        self.hub = EventHub()
        self.folders = FolderStore(sessions_dir, str(runtime_dir))
        self.sessions = SessionTable(hub=self.hub, folders=self.folders, settings=settings, pool=self.pool)
        self.stats = StatSampler()
        self.is_stopping = False
        self._sockets_dir = runtime_dir / "ipc"
        self._pool: asyncio.Task[KernelPool] | None = None
        self._images: list[LocalImage] = []
        self._images_at = float("-inf")
        self._images_lock = asyncio.Lock()
        self._clients = 0
        self._last_client = time.monotonic()
        self._loops: list[asyncio.Task[None]] = []
        self.idle_for_too_long = asyncio.Event()

    # -- life

    async def open(self) -> None:
        """Clean up after a killed server, begin to warm a kernel, and start the sweeps."""
        self._pool = asyncio.create_task(self._open_pool(), name="kernel pool")
        self._loops = [
            asyncio.create_task(self._sweep_sessions(), name="idle checks"),
            asyncio.create_task(self._watch_idleness(), name="idle exit"),
        ]
        for name in await asyncio.to_thread(self.folders.clean):
            _log.info("removed the folder that the session %s of a killed server left", name)

    async def close(self) -> None:
        """End every session and process."""
        self.is_stopping = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self.sessions.close()
        self.hub.close()
        if self._pool is not None:
            try:
                await (await self._pool).close()
            except Exception:  # noqa: BLE001 - the server still has to end
                _log.exception("closing the kernels")

    async def _open_pool(self) -> KernelPool:
        kernels = await asyncio.to_thread(_import_kernels)
        pool = kernels(self._sockets_dir)
        pool.open()
        return pool

    async def pool(self) -> KernelPool:
        """The kernel pool; waits for the libraries to be loaded."""
        if self._pool is None:
            self._pool = asyncio.create_task(self._open_pool(), name="kernel pool")
        return await asyncio.shield(self._pool)

    # -- images

    async def images(self) -> list[LocalImage]:
        """The images of this machine; looked for again when the last look is old."""
        async with self._images_lock:
            if time.monotonic() - self._images_at > _IMAGES_KEPT:
                from workbench.local.kernelspecs import find_images

                self._images = await asyncio.to_thread(find_images)
                self._images_at = time.monotonic()
        return self._images

    async def image(self, name: str) -> LocalImage | None:
        """The image of that name, by any name it goes by; None when there is none."""
        from workbench.local.kernelspecs import embedded_image, resolve_image

        # The embedded image needs no look at the machine's kernelspecs, which would cost the first session time.
        return resolve_image(name, [embedded_image()]) or resolve_image(name, await self.images())

    # -- sessions

    def session(self, ref: str) -> LocalSession:
        """A live session; raises `Problem` 404."""
        session = self.sessions.find_live(ref)
        if session is None:
            raise session_not_found()
        return session

    def running(self, ref: str) -> tuple[LocalSession, SessionRuntime]:
        """A session that runs; raises `Problem` 404, or 409 when it does not run (yet, or any more)."""
        session = self.session(ref)
        if session.runtime is None or not session.status.is_running:
            raise not_running(f"The session {session.name} is {session.status.value}.")
        return session, session.runtime

    # -- clients

    @contextmanager
    def client(self) -> Iterator[None]:
        """While the block runs, a client is there; afterwards the idle exit counts from anew."""
        self._clients += 1
        try:
            yield
        finally:
            self._clients -= 1
            self._last_client = time.monotonic()

    def refuse_when_stopping(self) -> None:
        """Raise `Problem` 503 once the server is on its way out."""
        if self.is_stopping:
            raise Problem(503, "service-unavailable", "The server is stopping.")

    async def _sweep_sessions(self) -> None:
        if not (self.settings.network_timeout or self.settings.session_lifetime):
            return
        every = sweep_interval(self.settings.network_timeout, self.settings.session_lifetime)
        while True:
            await asyncio.sleep(every)
            await self.sessions.reclaim()

    async def _watch_idleness(self) -> None:
        limit = self.settings.idle_exit
        while limit:
            if self._clients or any(session.status is not SessionStatus.ERROR for session in self.sessions.live()):
                self._last_client = time.monotonic()
            remaining = self._last_client + limit - time.monotonic()
            if remaining <= 0:
                self.idle_for_too_long.set()
                return
            await asyncio.sleep(min(remaining, max(0.05, limit / 20)))


def _import_kernels() -> type[KernelPool]:
    from workbench.local import execute, runtime, stream_execute, stream_pty
    from workbench.local.kernels import KernelPool

    del execute, runtime, stream_execute, stream_pty  # loaded here, off the event loop, for those who import them later

    return KernelPool


SERVICE = web.AppKey("service", LocalService)


def service_of(request: web.Request) -> LocalService:
    """The service of the application that got the request."""
    return request.app[SERVICE]
