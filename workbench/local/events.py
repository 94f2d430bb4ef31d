"""Server-sent events: what happened to sessions, to everybody who listens."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

PING_EVERY = 15.0
"""Seconds; source: protocol.md §8.1."""

_BACKLOG = 1024
"""Events that may wait for one listener; a listener that falls further behind is cut off and lists anew."""


class Event(Struct, frozen=True, kw_only=True):
    """One event as it is sent; source: protocol.md §8.1 (names of 25.13 and later)."""

    name: str
    session_id: str
    session_name: str
    access_key: str
    reason: str = ""

    @property
    def is_of_kernel(self) -> bool:
        """Whether it tells of the session's kernel and not of the session."""
        return self.name.startswith("kernel_")

    def encode(self) -> bytes:
        """The event on the wire."""
        data: dict[str, Any] = {
            "reason": self.reason,
            "sessionName": self.session_name,
            "ownerAccessKey": self.access_key,
            "sessionId": self.session_id,
            "exitCode": None,
        }
        if self.is_of_kernel:
            data |= {"kernelId": self.session_id, "clusterRole": "main", "clusterIdx": 1}
        return f"event: {self.name}\r\ndata: {json.dumps(data)}\r\n\r\n".encode()


class Filter(Struct, frozen=True, kw_only=True):
    """What one listener asked for; `*` and absence mean everything."""

    session_id: str = "*"
    session_name: str = "*"
    scopes: frozenset[str] = frozenset({"*"})

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filter:
        """Read `sessionId`, `sessionName` (or `name`) and `scope`."""
        return cls(
            session_id=query.get("sessionId", "*"),
            session_name=query.get("sessionName", query.get("name", "*")),
            scopes=frozenset(scope.strip() for scope in query.get("scope", "*").split(",")),
        )

    def takes(self, event: Event) -> bool:
        """Whether the listener wants the event."""
        scope = "kernel" if event.is_of_kernel else "session"
        return (
            self.session_id in {"*", "", event.session_id}
            and self.session_name in {"*", "", event.session_name}
            and bool(self.scopes & {"*", scope})
        )


class EventHub:
    """Hands every event to every listener; a slow one never holds up the others."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[Event | None], Filter] = {}
        self._closed = False

    def emit(self, event: Event) -> None:
        """Tell the listeners."""
        for queue, wanted in list(self._listeners.items()):
            if wanted.takes(event):
                self._put(queue, event)

    def close(self) -> None:
        """End every stream, now and later."""
        self._closed = True
        for queue in list(self._listeners):
            self._put(queue, None)

    def _put(self, queue: asyncio.Queue[Event | None], item: Event | None) -> None:
        if queue.full():
            del self._listeners[queue]
            queue.get_nowait()
            item = None
        queue.put_nowait(item)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /events/session` until either side goes away."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        )
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_BACKLOG)
        self._listeners[queue] = Filter.from_query(request.query)
        try:
            await response.prepare(request)
            await response.write(b": hello\r\n\r\n")  # the listener is registered: what happens from here on arrives
            if not self._closed:
                await _relay(queue, response)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the listener went away
        finally:
            self._listeners.pop(queue, None)
        return response


async def _relay(queue: asyncio.Queue[Event | None], response: web.StreamResponse) -> None:
    while True:
        event: Event | None
        try:
            async with asyncio.timeout(PING_EVERY):
                event = await queue.get()
        except TimeoutError:
            await response.write(b": ping\r\n\r\n")
            continue
        if event is None:
            with suppress(ConnectionError):
                await response.write_eof()
            return
        await response.write(event.encode())
