"""What happens to sessions, as the server tells it; source: protocol.md §8.1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Self

import msgspec
from msgspec import Struct

from workbench.wire.sse import SseEvent
from workbench.wire.transport import Transport


class SessionEvent(Struct, frozen=True):
    """A hint that a session changed; hints repeat, and none comes for what happened before the stream opened."""

    name: str
    """Such as `session_started` or `kernel_terminated`."""
    session_id: str = ""
    session_name: str = ""
    reason: str = ""


class EventStream:
    """One connection's events; raises `ConnectionFailed` when it breaks, ends when the server says it is over.

    `async with` it to know when it listens, or just `async for`. It does not reconnect: whoever listens has to list
    anew then.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._stack = AsyncExitStack()
        self._events: AsyncIterator[SseEvent] | None = None

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def _open(self) -> AsyncIterator[SseEvent]:
        if self._events is None:
            # no filter: servers differ in what they do with one
            self._events = await self._stack.enter_async_context(self._transport.sse("/events/session"))
        return self._events

    async def __aiter__(self) -> AsyncIterator[SessionEvent]:
        try:
            async for event in await self._open():
                if event.event == "server_close":
                    return
                yield session_event(event)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Stop listening."""
        self._events = None
        await self._stack.aclose()


def session_event(event: SseEvent) -> SessionEvent:
    """The hint in an event; one whose data makes no sense still is a hint."""
    try:
        data: Any = msgspec.json.decode(event.data)
    except (msgspec.DecodeError, RecursionError):
        data = None

    def text(key: str) -> str:
        value = data.get(key) if isinstance(data, dict) else None
        return value if isinstance(value, str) else ""

    return SessionEvent(event.event, text("sessionId"), text("sessionName"), text("reason"))
