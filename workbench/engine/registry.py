"""The live list of sessions, kept true by events, and by asking now and then."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Protocol

from msgspec.structs import replace

from workbench.domain.session import Session, SessionStatus
from workbench.engine.signal import Signal
from workbench.engine.tasks import Tasks, within
from workbench.wire.errors import ConnectionFailed, WireError

DEBOUNCE = 0.1
"""Seconds in which further hints join the same refresh."""
POLL = 5.0
"""Seconds between two lists when nothing happens: deadlines and live statistics have no events."""
LIST_SECONDS = 20.0
"""How long a list may take before the connection counts as gone."""
_POLL_SHARE = 20
"""The list takes at most one part in this many of the time, however long it is."""
_KEPT_REASONS = 1000
_EVENT_BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Source(Protocol):
    """Where sessions come from; raises `WireError`."""

    async def list_sessions(self) -> Sequence[Session]:
        """All live sessions."""

    def events(self) -> AbstractAsyncContextManager[AsyncIterable[object]]:
        """A stream of hints that some session changed; it listens once it is entered."""


class SessionRegistry:
    """Every live session by id, in an order that does not jump: oldest first, new ones at the end."""

    def __init__(self, *, debounce: float = DEBOUNCE, poll: float = POLL) -> None:
        self._debounce = debounce
        self._poll = poll
        self._sessions: dict[str, Session] = {}
        self._view: Mapping[str, Session] = MappingProxyType(self._sessions)
        self._hinted = asyncio.Event()
        self._source: Source | None = None
        self._listing = asyncio.Lock()
        self._reasons: dict[str, str] = {}
        self._puts = 0
        self.changed: Signal[None] = Signal()
        """A session came, went or changed."""
        self.ended: Signal[str] = Signal()
        """The session of that id is gone."""
        self.listed: Signal[float] = Signal()
        """A list came in; how many seconds it took."""
        self.stale_since: float | None = None
        """Since when the list may be wrong; wall clock, seconds since the epoch; None while it is kept true."""
        self.listed_at: float | None = None
        """When the list last came in, on the monotonic clock; None before the first time."""

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The live sessions by id."""
        return self._view

    def get(self, session_id: str) -> Session | None:
        """The session of that id."""
        return self._sessions.get(session_id)

    def find(self, name_or_id: str) -> Session | None:
        """The session of that name or id."""
        named = (session for session in self._sessions.values() if session.name == name_or_id)
        return self._sessions.get(name_or_id) or next(named, None)

    def remaining(self, session: Session) -> float | None:
        """Seconds until the session is reclaimed, counted down since the list came in; None when nothing is due."""
        check = session.nearest_deadline()
        if check is None or check.remaining is None or self.listed_at is None:
            return None
        return check.remaining - (time.monotonic() - self.listed_at)

    def reason_of(self, session_id: str) -> str:
        """Why that session ended, in the server's word, such as `idle-timeout`; "" when no event told it."""
        return self._reasons.get(session_id, "")

    # what the workbench does to it

    def put(self, session: Session) -> None:
        """Show a session at once, before the next list has it."""
        self._puts += 1
        self._sessions[session.id] = session
        self.changed.emit(None)
        self.hint()

    def mark_terminating(self, session_id: str) -> None:
        """Show that a session is on its way out, before the next list says so."""
        if session := self._sessions.get(session_id):
            self.put(replace(session, status=SessionStatus.TERMINATING))

    def hint(self) -> None:
        """Something may have changed: refresh soon."""
        self._hinted.set()

    async def refresh(self) -> None:
        """List now. Raises `WireError`; without a connection it does nothing."""
        if self._source is not None:
            await self._list(self._source)

    def lost(self) -> None:
        """The connection is gone; what is shown is from before."""
        self._source = None
        if self.stale_since is None and self.listed_at is not None:
            self.stale_since = time.time()
            self.changed.emit(None)

    async def follow(self, source: Source) -> None:
        """List, then keep the list true until the connection breaks; then raises `WireError`."""
        await self._list(source)
        self._source = source
        watchers = Tasks()
        watchers.start(self._watch(source), "session events")
        try:
            await self._keep(source)
        finally:
            await watchers.close()

    async def _keep(self, source: Source) -> None:
        took = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                await within(self._hinted.wait(), max(self._poll, took * _POLL_SHARE))
                await asyncio.sleep(self._debounce)
            self._hinted.clear()
            began = time.monotonic()
            await self._list(source)
            took = time.monotonic() - began

    async def _watch(self, source: Source) -> None:
        """Turn events into hints; when the stream breaks, list and listen again."""
        failures = 0
        while True:
            with contextlib.suppress(WireError):
                async with source.events() as events:
                    self.hint()  # what happened before it listened is in no event
                    async for event in events:
                        failures = 0
                        self._note_reason(event)
                        self.hint()
            self.hint()  # whether the connection is gone too, the list will tell
            await asyncio.sleep(_EVENT_BACKOFF[min(failures, len(_EVENT_BACKOFF) - 1)])
            failures += 1

    def _note_reason(self, event: object) -> None:
        session_id, reason = getattr(event, "session_id", ""), getattr(event, "reason", "")
        if session_id and reason:
            self._reasons[session_id] = reason
            while len(self._reasons) > _KEPT_REASONS:
                del self._reasons[next(iter(self._reasons))]

    async def _list(self, source: Source) -> None:
        async with self._listing:
            while True:
                began, puts = time.monotonic(), self._puts
                sessions = await _in_time(source)
                if puts == self._puts:
                    break  # else the list may be older than what was put meanwhile
            first = self.listed_at is None
            self.listed_at = time.monotonic()
            self._take(sessions, tell=first)
            self.listed.emit(self.listed_at - began)

    def _take(self, sessions: Sequence[Session], *, tell: bool) -> None:
        fresh = {session.id: session for session in sorted(sessions, key=_age) if not session.status.is_dead}
        gone = [session_id for session_id in self._sessions if session_id not in fresh]
        changed = tell or bool(gone) or self.stale_since is not None
        self.stale_since = None
        for session_id in gone:
            del self._sessions[session_id]
        for session_id, listed in fresh.items():
            known = self._sessions.get(session_id)
            session = _with_what_is_known(listed, known)
            if known != session:
                self._sessions[session_id] = session
                changed = True
        if changed:
            self.changed.emit(None)
        for session_id in gone:
            self.ended.emit(session_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when the condition holds; it is tried at every change."""
        woken = asyncio.Event()
        disconnect = self.changed.connect(lambda _: woken.set())
        try:
            while not condition():
                woken.clear()
                await woken.wait()
        finally:
            disconnect()


async def _in_time(source: Source) -> Sequence[Session]:
    try:
        async with asyncio.timeout(LIST_SECONDS):
            return await source.list_sessions()
    except TimeoutError:
        raise ConnectionFailed("The server does not answer.") from None


def _with_what_is_known(listed: Session, known: Session | None) -> Session:
    """Lists leave out what only the reply to the creation says."""
    if known is not None and known.interpreter and not listed.interpreter:
        return replace(listed, interpreter=known.interpreter)
    return listed


def _age(session: Session) -> tuple[float, str]:
    return (session.created_at.timestamp() if session.created_at else float("inf"), session.id)
