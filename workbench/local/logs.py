"""The tail of what a session printed, for `GET /session/{ref}/logs`."""

from __future__ import annotations

import time
from collections import deque


class LogTail:
    """The last text of a session, bounded in bytes; typed input is never in it."""

    def __init__(self, limit: int = 1024 * 1024) -> None:
        """`limit` is in characters."""
        self._limit = limit
        self._parts: deque[str] = deque()
        self._size = 0

    def add(self, text: str) -> None:
        """Append text as it was printed."""
        if len(text) > self._limit:
            text = text[-self._limit :]
        self._parts.append(text)
        self._size += len(text)
        while self._size > self._limit:
            self._size -= len(self._parts.popleft())

    def note(self, sentence: str) -> None:
        """Append one line of the server's own, with the time of day in UTC."""
        self._start_line()
        self.add(f"[{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())}] {sentence}\n")

    def _start_line(self) -> None:
        if self._parts and not self._parts[-1].endswith("\n"):
            self.add("\n")

    def text(self) -> str:
        """Everything kept, oldest first."""
        return "".join(self._parts)
