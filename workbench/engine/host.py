"""A session of the server as a run queue and a terminal need it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from workbench.domain.run import Mode, RunRequest
from workbench.domain.session import Session, SessionStatus
from workbench.engine.ports import RunStream, Terminal
from workbench.engine.registry import SessionRegistry
from workbench.wire.errors import WireError

if TYPE_CHECKING:
    from workbench.wire.compute import ComputeSession
    from workbench.wire.phased_run import PhasedRun
    from workbench.wire.polled_run import PolledRun
    from workbench.wire.run_stream import RunStream as WireRun


if TYPE_CHECKING:
    OpenableStream = WireRun | PolledRun | PhasedRun


class SessionEndedError(WireError):
    """The session is not there any more, or will never run code."""


class SessionHost:
    """One session, found through the registry, worked through whatever connection there is now."""

    def __init__(
        self,
        session_id: str,
        name: str,
        registry: SessionRegistry,
        compute: Callable[[str], ComputeSession],
        runs_python: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        """`runs_python`: whether code of an image of that reference is Python."""
        self._runs_python = runs_python
        self._is_recorded = False
        self._id = session_id
        self._last_name = name
        self._registry = registry
        self._compute = compute

    @property
    def name(self) -> str:
        """What the session is called now, or was when it was last seen."""
        if session := self._registry.get(self._id):
            self._last_name = session.name
        return self._last_name

    def compute(self) -> ComputeSession:
        """The session's calls; raises `ConnectionFailed` without a connection."""
        return self._compute(self._id)

    def blocker(self) -> str:
        """Why code cannot run yet; "" when it can."""
        session = self._registry.get(self._id)
        if self._registry.stale_since is not None:
            return "the connection is gone; this starts when it is back"
        if session is None or session.status.is_running:
            return ""
        why = f" ({session.status_info})" if session.status_info else ""
        return f"{session.name} is {session.status.value.lower()}{why}; this starts when it is running"

    async def ready(self) -> None:
        """Return when there is a connection and the session runs; raises `SessionEndedError` when it never will."""
        if self._registry.get(self._id) is None:
            await self._registry.refresh()
        await self._registry.until(self._is_settled)
        session = self._registry.get(self._id)
        if session is None:
            raise SessionEndedError(f"The session {self._last_name} has ended.")
        if not session.status.is_running:
            raise SessionEndedError(_never(session))

    def _is_settled(self) -> bool:
        if self._registry.stale_since is not None or self._registry.listed_at is None:
            return False
        session = self._registry.get(self._id)
        return session is None or not session.status.is_starting

    async def is_gone(self) -> bool:
        """Whether the session has ended or is ending; asks the server."""
        await self._registry.refresh()
        if self._registry.stale_since is not None:
            return False
        session = self._registry.get(self._id)
        return session is None or session.status is SessionStatus.TERMINATING

    async def interrupt(self) -> None:
        """Interrupt what runs in the session."""
        await self.compute().interrupt()

    async def open_stream(self, request: RunRequest) -> RunStream:
        """Send code, over a WebSocket where that is safe, else over HTTP."""
        stream = await self._stream(request)
        await stream.open()
        return stream

    async def _stream(self, request: RunRequest) -> OpenableStream:
        compute = self.compute()
        server = await compute.server()
        if server.frees_dropped_streams:
            return compute.run_events(request)
        if not self._is_recorded and await self._is_python():
            await compute.keep_record()
            self._is_recorded = True
        if request.mode is Mode.BATCH and self._is_recorded and server.loses_batch_records:
            return compute.phased_run(request)
        return compute.polled_run(request, is_recorded=self._is_recorded and request.mode is Mode.QUERY)

    async def _is_python(self) -> bool:
        session = self._registry.get(self._id)
        return session is not None and self._runs_python is not None and await self._runs_python(session.image)

    async def attach(self) -> Terminal:
        """Attach to the session's terminal."""
        pty = self.compute().stream_pty()
        await pty.open()
        return pty


def _never(session: Session) -> str:
    why = f": {session.status_info}" if session.status_info else ""
    return f"The session {session.name} is {session.status.value.lower()}{why}; it runs no code."
