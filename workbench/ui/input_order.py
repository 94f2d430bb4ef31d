"""Keys that arrive together do what they would do one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.widget import Widget
    from textual.worker import Worker

_LONGEST = 0.25
"""Seconds that a key may hold back the next ones."""
_LOOK = 0.005
"""Seconds between two looks at whether a key has had its effect."""


class Passed(Message, bubble=True):
    """Follows a key through the queues it went through; at the app, every handler has had the key."""


class InputOrder:
    """Holds input back while the key before it can still move the focus.

    The framework gives a key to the widget that has the focus when the key is read. Over a slow line, from `tmux
    send-keys` or from quick hands several are read at once, and what follows `/` would go to the list instead of the
    filter that `/` opens. Keys that only write text hold nothing back.
    """

    def __init__(self, app: App[None], give: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app, self._give = app, give
        self._held: deque[events.Event] = deque()
        self._path: list[MessagePump] = []
        self._workers: set[Worker[object]] = set()
        self._screen: object = None
        self._timer: asyncio.TimerHandle | None = None
        self._until = 0.0

    @property
    def _is_busy(self) -> bool:
        return self._until > 0.0

    async def take(self, event: events.Event) -> None:
        """Give the event to the app now, or when the keys before it are done."""
        if self._is_busy or self._held:
            self._held.append(event)
        else:
            await self._pass(event)

    async def _pass(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or not self._app.screen_stack:
            await self._give(event)
            return
        target: Widget = self._app.focused or self._app.screen
        if target.check_consume_key(event.key, event.character):
            await self._give(event)
            return
        self._path = [target, *target.ancestors]
        self._workers, self._screen = set(self._app.workers), self._app.screen
        loop = asyncio.get_running_loop()
        self._until = loop.time() + _LONGEST
        self._timer = loop.call_later(_LONGEST, self._look)
        await self._give(event)
        target.post_message(Passed())

    def passed(self) -> None:
        """The key is through; what it set going, such as a focus that moves, is waited for as well."""
        if self._is_busy:
            self._app.call_later(self._look)

    def _look(self) -> None:
        if not self._is_busy:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        if loop.time() < self._until and self._is_settling():
            self._timer = loop.call_later(_LOOK, self._look)
            return
        self._until, self._path, self._workers, self._screen = 0.0, [], set(), None
        if self._held:
            self._app.call_next(self._go_on)

    def _is_settling(self) -> bool:
        if self._app.screen_stack and self._app.screen is not self._screen:
            return False
        return any(pump.message_queue_size for pump in self._path if pump.is_running) or any(
            not worker.is_finished for worker in self._app.workers if worker not in self._workers
        )

    async def _go_on(self) -> None:
        while self._held and not self._is_busy:
            await self._pass(self._held.popleft())
