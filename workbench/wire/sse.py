"""Server-sent events: the line format, as the HTML standard gives it; source for the use: protocol.md §8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

LONGEST_EVENT = 8 * 1024 * 1024
"""Bytes of one event after which a stream is taken for something else."""


class SseEvent(NamedTuple):
    """One event of a stream."""

    event: str
    data: str
    id: str


class SseOverflow(ValueError):  # noqa: N818 - it says what happened
    """An event is longer than any event can be."""


class SseParser:
    """Bytes in, events out; LF, CR and CRLF end a line, wherever the chunks are cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._started = False
        self._event = ""
        self._data: list[str] = []
        self._size = 0
        self._id = ""

    def feed(self, chunk: bytes) -> Iterator[SseEvent]:
        """The events that `chunk` completes; raises `SseOverflow`."""
        for line in self._lines(chunk):
            event = self._line(line)
            if event is not None:
                yield event
        if self._size + len(self._rest) > LONGEST_EVENT:
            raise SseOverflow

    def _lines(self, chunk: bytes) -> Iterator[str]:
        if not chunk:
            return
        last = chunk[-1:]
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")
        self._after_cr = last == b"\r"
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            self._rest += chunk
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace")
            if not self._started:
                self._started = True
                text = text.removeprefix("\ufeff")
            yield text

    def _line(self, line: str) -> SseEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
            self._size += len(value)
            if self._size > LONGEST_EVENT:
                raise SseOverflow
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> SseEvent | None:
        event = SseEvent(self._event or "message", "\n".join(self._data), self._id) if self._data else None
        self._event, self._data, self._size = "", [], 0
        return event
