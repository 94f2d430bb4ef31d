"""A call that is due a moment from now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.message_pump import MessagePump


class Soon:
    """Calls a widget's method once after a delay, however often it is asked for until then.

    The framework's own timer skips a one-shot whose delay is shorter than a pause of a busy loop, and what it was to
    show stays unseen. The loop's timer never does; the call itself is left to the widget's own task, since whoever asks
    may be in another's.
    """

    def __init__(self, widget: MessagePump, call: Callable[[], object]) -> None:
        self._widget, self._call = widget, call
        self._handle: asyncio.TimerHandle | None = None
        self.is_due = False
        """Whether the call is yet to come."""

    def after(self, delay: float) -> None:
        """Call `delay` seconds from now, unless a call is due already; a negative delay is none."""
        if not self.is_due and self._widget.is_attached and self._widget.is_running:
            self.is_due = True
            self._handle = asyncio.get_running_loop().call_later(max(0.0, delay), self._arrive)

    def cancel(self) -> None:
        """Call no more."""
        self.is_due = False
        if self._handle is not None:
            self._handle.cancel()

    def _arrive(self) -> None:
        if self._widget.is_running:
            self._widget.call_next(self._do)

    def _do(self) -> object:
        if not self.is_due:
            return None
        self.is_due = False
        return self._call()
