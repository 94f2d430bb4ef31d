"""`Session`: the same client, blocking, for scripts."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

from workbench.domain.image import Image
from workbench.domain.session import LIVE_STATUSES, SessionStatus
from workbench.domain.session import Session as ListedSession
from workbench.wire.api import AsyncSession, Page
from workbench.wire.compute import ComputeSession as AsyncComputeSession
from workbench.wire.endpoint import Endpoint
from workbench.wire.errors import ConnectionFailed
from workbench.wire.files import FileEntry, Progress
from workbench.wire.transport import ServerInfo

_T = TypeVar("_T")


class _Loop:
    """An event loop in a thread of its own; a caller that is interrupted cancels what it waited for."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="backend-tui wire", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run it there and wait; what it raises is raised here, and Ctrl-C ends it too."""
        if self._loop.is_closed():
            work.close()
            raise ConnectionFailed("The client is closed.")
        future: Future[_T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            if not future.done():
                future.cancel()
            raise

    @property
    def is_here(self) -> bool:
        """Whether the caller is in the loop's own thread."""
        return threading.get_ident() == self._thread.ident

    def stop_later(self, last: Coroutine[Any, Any, None]) -> None:
        """End the loop when `last` is done."""
        self._loop.create_task(last).add_done_callback(lambda _: self._loop.stop())

    def stop(self) -> None:
        """End every task, the loop and the thread; may be called twice."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class ComputeSession:
    """A session by its name or ID; every method blocks, and raises `WireError`s."""

    def __init__(self, inner: AsyncComputeSession, loop: _Loop) -> None:
        self._inner = inner
        self._loop = loop

    def __repr__(self) -> str:
        return repr(self._inner)

    @property
    def name(self) -> str:
        """The session's name."""
        return self._inner.name

    @property
    def id(self) -> str:
        """UUID; "" when only the name is known."""
        return self._inner.id

    @property
    def created(self) -> bool:
        """Whether it was made by the call that returned this object."""
        return self._inner.created

    @property
    def status(self) -> str:
        """As the creating call told."""
        return self._inner.status

    @property
    def service_ports(self) -> list[Mapping[str, Any]]:
        """As the creating call told."""
        return self._inner.service_ports

    def execute(
        self,
        run_id: str | None = None,
        code: str | None = None,
        mode: str = "query",
        opts: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send code or input, or ask for more of a run."""
        return self._loop.call(self._inner.execute(run_id, code, mode, opts))

    def interrupt(self) -> None:
        """Interrupt what runs."""
        self._loop.call(self._inner.interrupt())

    def complete(self, code: str, opts: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Completions as `{"status", "error", "suggestions"}`."""
        return self._loop.call(self._inner.complete(code, opts))

    def apps(self) -> list[dict[str, Any]]:
        """Services that can be reached through the server."""
        return self._loop.call(self._inner.apps())

    def upload(
        self, files: Sequence[str | Path], basedir: str | Path | None = None, progress: Progress | None = None
    ) -> None:
        """Send files into the session's folder."""
        self._loop.call(self._inner.upload(files, basedir, progress))

    def upload_bytes(self, name: str, content: bytes, progress: Progress | None = None) -> None:
        """Send one file from memory."""
        self._loop.call(self._inner.upload_bytes(name, content, progress))

    def download(self, files: Sequence[str], dest: str | Path = ".") -> list[Path]:
        """Fetch files of the session into a local folder."""
        return self._loop.call(self._inner.download(files, dest))

    def download_single(self, file: str) -> bytes:
        """The content of one file."""
        return self._loop.call(self._inner.download_single(file))

    def list_files(self, path: str = ".") -> list[FileEntry]:
        """What is in a folder of the session."""
        return self._loop.call(self._inner.list_files(path))

    def get_info(self) -> dict[str, Any]:
        """The flat description of a live session."""
        return self._loop.call(self._inner.get_info())

    def get_logs(self) -> str:
        """The log of the session's container."""
        return self._loop.call(self._inner.get_logs())

    def get_status_history(self) -> dict[str, str]:
        """Status name to the time it was reached."""
        return self._loop.call(self._inner.get_status_history())

    def rename(self, name: str) -> None:
        """Give it another name."""
        self._loop.call(self._inner.rename(name))

    def destroy(self, *, forced: bool = False, recursive: bool = False) -> dict[str, Any]:
        """Ask for its end."""
        return self._loop.call(self._inner.destroy(forced=forced, recursive=recursive))


class ComputeSessions:
    """`session.ComputeSession`: makes, finds and lists sessions; called with a name or ID it is that session."""

    def __init__(self, inner: AsyncSession, loop: _Loop) -> None:
        self._inner = inner
        self._loop = loop

    def __call__(self, name_or_id: str) -> ComputeSession:
        """The session of that name or ID; nothing is asked of the server."""
        return ComputeSession(self._inner.ComputeSession(name_or_id), self._loop)

    def get_or_create(self, image: str, **options: Any) -> ComputeSession:
        """Create a session or attach to the one of that name; see `workbench.wire.create.get_or_create`."""
        return ComputeSession(self._loop.call(self._inner.ComputeSession.get_or_create(image, **options)), self._loop)

    def list(self, statuses: Iterable[SessionStatus | str] = LIVE_STATUSES) -> list[ListedSession]:
        """Own sessions, all of them."""
        return self._loop.call(self._inner.ComputeSession.list(statuses))

    def paginated_list(
        self, status: str | Iterable[str] = "RUNNING", *, page_offset: int = 0, page_size: int = 20
    ) -> Page:
        """A page of own sessions."""
        return self._loop.call(
            self._inner.ComputeSession.paginated_list(status, page_offset=page_offset, page_size=page_size)
        )


class Session:
    """A blocking client of one server; a context manager. Without an endpoint it takes the one of `BACKEND_*`.

    Raises `EndpointError` when there is none.
    """

    def __init__(self, endpoint: Endpoint | None = None) -> None:
        self._inner = AsyncSession(endpoint)
        self._loop = _Loop()
        self._finalizer = weakref.finalize(self, _close, self._inner, self._loop)
        self.ComputeSession = ComputeSessions(self._inner, self._loop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and end the thread; may be called twice."""
        self._finalizer()

    @property
    def endpoint(self) -> Endpoint:
        """Where it connects."""
        return self._inner.endpoint

    def server(self) -> ServerInfo:
        """What the server is."""
        return self._loop.call(self._inner.server())

    def images(self, *, installed_only: bool = False) -> list[Image]:
        """The images that sessions can be made from."""
        return self._loop.call(self._inner.images(installed_only=installed_only))


def _close(inner: AsyncSession, loop: _Loop) -> None:
    if loop.is_here:
        loop.stop_later(inner.aclose())  # collected in the loop's own thread, which cannot wait for itself
        return
    try:
        loop.call(inner.aclose())
    finally:
        loop.stop()
