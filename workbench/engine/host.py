"""A session of the server as a run queue and a terminal need it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from workbench.domain.run import Mode, RunRequest
from workbench.domain.session import Session, SessionStatus
from workbench.engine.habits import Habits
from workbench.engine.ports import RunStream, Terminal
from workbench.engine.registry import SessionRegistry
from workbench.wire.errors import NotFound, WireError

if TYPE_CHECKING:
    from workbench.wire.compute import ComputeSession
    from workbench.wire.phased_run import PhasedRun
    from workbench.wire.polled_run import PolledRun
    from workbench.wire.run_stream import RunStream as WireRun


if TYPE_CHECKING:
    OpenableStream = WireRun | PolledRun | PhasedRun


TTYD = "ttyd"
THROUGH_TTYD = "through ttyd"


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
        *,
        runs_python: Callable[[str], Awaitable[bool]] | None = None,
        habits: Habits | None = None,
    ) -> None:
        """`runs_python`: whether code of that image is Python; `habits`: where terminals stay silent."""
        self._runs_python = runs_python
        self._is_recorded = False
        self._habits = habits or Habits(None)
        self._terminal_kind = ""
        self._has_no_ttyd = False
        self._way = ""
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
        """Attach to the session's terminal: its own stream, or its ttyd where that is known to be silent."""
        compute, kind = self.compute(), await self._kind()
        if self._habits.has(kind):
            ttyd = compute.ttyd()
            try:
                await ttyd.open()
            except NotFound:
                self._habits.forget(kind)
                self._has_no_ttyd = True
            else:
                self._way = THROUGH_TTYD
                return ttyd
        self._way = ""
        pty = compute.stream_pty()
        await pty.open()
        return pty

    @property
    def way(self) -> str:
        """How the terminal is attached, where that is worth a word."""
        return self._way

    async def fell_silent(self) -> bool:
        """The stream says nothing, as on every stock cluster: where there is a ttyd, it is used from now on."""
        kind = self._terminal_kind
        if self._way or not kind or self._has_no_ttyd:
            return False
        has_ttyd = any(app.get("name") == TTYD for app in await self.compute().apps())
        if has_ttyd:
            self._habits.add(kind)
        return has_ttyd

    async def _kind(self) -> str:
        """What terminals behave alike: those of one release of one server and one image; "" where none is silent."""
        compute, session = self.compute(), self._registry.get(self._id)
        server = await compute.server()
        self._terminal_kind = ""
        if not server.frees_dropped_streams and session is not None:
            self._terminal_kind = f"{compute.where} {server.manager} {session.image}"
        return self._terminal_kind


def _never(session: Session) -> str:
    why = f": {session.status_info}" if session.status_info else ""
    return f"The session {session.name} is {session.status.value.lower()}{why}; it runs no code."
