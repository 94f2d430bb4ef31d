"""Sessions of the embedded server: their life from creation to the last status."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.domain.session import SessionStatus
from workbench.local.events import Event, EventHub
from workbench.local.idle import Due, due_checks, reclaim_reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from workbench.local.folders import FolderStore
    from workbench.local.kernels import KernelPool
    from workbench.local.kernelspecs import LocalImage
    from workbench.local.runtime import SessionRuntime
    from workbench.local.settings import Settings

_log = logging.getLogger(__name__)

_REMEMBERED = 100
"""Ended sessions that can still be asked after."""

_CLOSE_PATIENCE = 30.0

_EVENT_NAMES = {SessionStatus.RUNNING: "session_started"}


class LocalSession:
    """One session; its table changes it, the handlers read it."""

    def __init__(
        self,
        name: str,
        image: LocalImage,
        *,
        access_key: str,
        environ: Mapping[str, str],
        resources: Mapping[str, str],
        tag: str | None = None,
        keep_folder: bool = False,
    ) -> None:
        self.id = str(uuid.uuid4())
        self.name = name
        self.image = image
        self.access_key = access_key
        self.environ = dict(environ)
        self.resources = dict(resources)
        self.tag = tag
        self.keep_folder = keep_folder
        self.folder: Path | None = None
        self.runtime: SessionRuntime | None = None
        self.status = SessionStatus.PENDING
        self.status_info = ""
        self.history: dict[str, str] = {}
        self.created_at = datetime.now(UTC)
        self.changed_at = self.created_at
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.num_queries = 0
        self.last_use = time.monotonic()
        self.live_stat: dict[str, dict[str, str]] | None = None
        self.final_logs = ""
        self.settled = asyncio.Event()
        """Set when the session runs, or will never run."""

    @property
    def is_live(self) -> bool:
        """Whether its name is taken."""
        return not self.status.is_dead

    @property
    def is_busy(self) -> bool:
        """Whether code runs in it, waits for input, or waits for its turn."""
        return self.status.is_running and self.runtime is not None and self.runtime.is_busy

    @property
    def is_watched(self) -> bool:
        """Whether somebody is attached to its terminal, which counts as use; source: protocol.md §9."""
        return self.runtime is not None and bool(self.runtime.pty.clients)

    @property
    def age(self) -> float:
        """Seconds since it was made, or that it lived."""
        return ((self.ended_at or datetime.now(UTC)) - self.created_at).total_seconds()

    def touch(self) -> None:
        """Somebody, or their code, did something."""
        self.last_use = time.monotonic()

    def idle_checks(self, settings: Settings) -> list[Due]:
        """The enabled idle checks; none before it runs and after it ended."""
        if not self.status.is_running or self.started_at is None:
            return []
        return due_checks(
            network_timeout=settings.network_timeout,
            session_lifetime=settings.session_lifetime,
            age=(datetime.now(UTC) - self.started_at).total_seconds(),
            silence=time.monotonic() - self.last_use,
            is_busy=self.is_busy,
        )

    def logs(self) -> str:
        """The tail of what it printed."""
        runtime = self.runtime
        return runtime.logs.text() if runtime is not None else self.final_logs


class SessionTable:
    """All sessions of the server, live and lately ended."""

    def __init__(
        self, *, hub: EventHub, folders: FolderStore, settings: Settings, pool: Callable[[], Awaitable[KernelPool]]
    ) -> None:
        """`pool` gives the kernel pool once it is there."""
        self._hub = hub
        self._folders = folders
        self._settings = settings
        self._pool = pool
        self._live: dict[str, LocalSession] = {}
        self._ended: deque[LocalSession] = deque(maxlen=_REMEMBERED)
        self._starts: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Task[None]] = {}

    def __iter__(self) -> Iterator[LocalSession]:
        """Live ones, then ended ones."""
        return iter([*self._live.values(), *self._ended])

    def live(self) -> list[LocalSession]:
        """Every session whose name is taken."""
        return list(self._live.values())

    def find_live(self, ref: str) -> LocalSession | None:
        """A live session by UUID or name."""
        by_id = self._live.get(ref.lower())
        return by_id or next((session for session in self._live.values() if session.name == ref), None)

    def find_ended(self, ref: str, *, by_name: bool = False) -> LocalSession | None:
        """An ended session by UUID (or the last one of that name)."""
        for session in reversed(self._ended):
            if session.id == ref.lower() or (by_name and session.name == ref):
                return session
        return None

    # -- life

    def create(self, session: LocalSession) -> None:
        """Take the session in and start it behind; `session.settled` tells when that is over."""
        self._live[session.id] = session
        self._set_status(session, SessionStatus.PENDING)
        self._starts[session.id] = asyncio.create_task(self._start(session), name=f"start {session.name}")

    async def _start(self, session: LocalSession) -> None:
        try:
            runtime = await self._make_runtime(session)
        except Exception as error:  # noqa: BLE001 - whatever it is, the session says so and the server lives on
            _log.warning("the session %s did not start", session.name, exc_info=True)
            session.final_logs = f"{error}\n"
            self._set_status(session, SessionStatus.ERROR, f"failed-to-start: {error}")
        else:
            session.runtime = runtime
            session.started_at = datetime.now(UTC)
            session.touch()
            self._emit(session, "kernel_started", "")
            self._set_status(session, SessionStatus.RUNNING)
        finally:
            self._starts.pop(session.id, None)
            session.settled.set()

    async def _make_runtime(self, session: LocalSession) -> SessionRuntime:
        self._set_status(session, SessionStatus.PREPARING)
        # Not in a thread: a cancelled start must not leave a folder that is made after it was put away.
        session.folder = self._folders.create(session.id, session.name, keep=session.keep_folder)
        pool = await self._pool()
        self._set_status(session, SessionStatus.CREATING)
        from workbench.local.runtime import SessionRuntime

        runtime = SessionRuntime(
            session.folder,
            session.environ | _session_environ(session),
            session.image,
            session.name,
            session.touch,
            lambda sentence: self._on_exit(session, sentence),
        )
        try:
            await runtime.start(pool)
        except BaseException:
            await runtime.close()
            raise
        return runtime

    def _on_exit(self, session: LocalSession, sentence: str) -> None:
        _log.info("the kernel of the session %s ended: %s", session.name, sentence)
        self.end(session, "self-terminated")

    def end(self, session: LocalSession, reason: str) -> asyncio.Task[None]:
        """Begin to end the session; the task is done when no process of it is left. Repeating it changes nothing."""
        task = self._ends.get(session.id)
        if task is None:
            task = asyncio.create_task(self._end(session, reason), name=f"end {session.name}")
            if session.is_live:
                self._ends[session.id] = task
        return task

    async def _end(self, session: LocalSession, reason: str) -> None:
        if not session.is_live:
            return
        never_ran = session.status.is_starting
        if start := self._starts.get(session.id):
            start.cancel()
            with suppress(asyncio.CancelledError):
                await start
        self._set_status(session, SessionStatus.TERMINATING, reason)
        await self._close_runtime(session)
        await self._put_folder_away(session)
        session.ended_at = datetime.now(UTC)
        session.settled.set()
        self._live.pop(session.id, None)
        self._ends.pop(session.id, None)
        self._ended.append(session)
        self._emit(session, "kernel_terminated", reason)
        self._set_status(session, SessionStatus.CANCELLED if never_ran else SessionStatus.TERMINATED, reason)

    async def _close_runtime(self, session: LocalSession) -> None:
        runtime = session.runtime
        if runtime is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_PATIENCE):
                await runtime.close()
        except Exception:  # noqa: BLE001 - the session ends whatever its parts do
            _log.exception("closing the session %s", session.name)
        session.final_logs = runtime.logs.text()
        session.runtime = None

    async def _put_folder_away(self, session: LocalSession) -> None:
        if session.folder is None:
            return
        try:
            if session.keep_folder:
                session.folder = await asyncio.to_thread(self._folders.keep, session.id, session.name)
            else:
                await asyncio.to_thread(self._folders.remove, session.id)
                session.folder = None
        except OSError:
            _log.exception("putting away the folder of the session %s", session.name)

    async def reclaim(self) -> None:
        """End the sessions whose idle checks are overdue; called at every sweep."""
        for session in self.live():
            if session.is_busy or session.is_watched:
                session.touch()
            reason = reclaim_reason(session.idle_checks(self._settings), is_busy=session.is_busy)
            if reason:
                _log.info("the session %s is reclaimed: %s", session.name, reason)
                self.end(session, reason)

    async def close(self) -> None:
        """End every session and wait until nothing of them is left."""
        tasks = [self.end(session, "agent-termination") for session in self.live()]
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- telling

    def _set_status(self, session: LocalSession, status: SessionStatus, reason: str = "") -> None:
        session.status = status
        session.status_info = reason
        session.changed_at = datetime.now(UTC)
        session.history[status.value] = session.changed_at.isoformat()
        self._emit(session, _EVENT_NAMES.get(status, f"session_{status.value.lower()}"), reason)

    def _emit(self, session: LocalSession, name: str, reason: str) -> None:
        self._hub.emit(
            Event(
                name=name,
                session_id=session.id,
                session_name=session.name,
                access_key=session.access_key,
                reason=reason,
            )
        )


def _session_environ(session: LocalSession) -> dict[str, str]:
    """What code finds in its environment about its session, named as the API's own runners name it."""
    return {
        "BACKENDAI_SESSION_ID": session.id,
        "BACKENDAI_SESSION_NAME": session.name,
        "BACKENDAI_KERNEL_ID": session.id,
        "BACKENDAI_KERNEL_IMAGE": session.image.reference,
    }
