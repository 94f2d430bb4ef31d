"""A line that says what is wrong with the connection and when it is tried again."""

from __future__ import annotations

import time

from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static


class Banner(Static):
    """Hidden while all is well; counts down to the next try."""

    DEFAULT_CSS = """
    Banner {
        height: auto; width: 1fr; max-height: 3; display: none; padding: 0 1;
        background: $warning; color: $button-color-foreground;
    }
    Banner.-down { background: $error; }
    Banner.-shown { display: block; }
    """

    class RetryClicked(Message):
        """A person does not want to wait."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._text = ""
        self._retry_at: float | None = None
        self._timer: Timer | None = None

    def say(self, text: str, *, down: bool, retry_at: float | None) -> None:
        """Show the reason; `retry_at` is wall clock seconds since the epoch."""
        self._text, self._retry_at = text, retry_at
        self.set_class(down, "-down")
        self.add_class("-shown")
        if self._timer is None:
            self._timer = self.set_interval(1, self._tick)
        self._tick()

    def clear_message(self) -> None:
        """All is well again."""
        self.remove_class("-shown")
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        left = None if self._retry_at is None else max(0, round(self._retry_at - time.time()))
        again = "" if left is None else f"  Trying again in {left} s; a click tries now." if left else "  Trying again…"
        self.update(f"{self._text}{again}")

    def on_click(self) -> None:
        self.post_message(self.RetryClicked())
