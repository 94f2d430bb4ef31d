"""What a run printed and showed, in order, in bounded memory."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from workbench.domain.console import ConsoleItem, Log, Media, Output

if TYPE_CHECKING:
    from workbench.engine.sink import ThreadSink

TEXT_LIMIT = 8 * 1024 * 1024
"""Bytes of memory that the kept text of one run may take."""
MEDIA_LIMIT = 32 * 1024 * 1024
"""Bytes of media kept for one run."""
_CHUNK = 64 * 1024
"""Characters gathered into one piece; what is dropped at a time."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")


class Sink(Protocol):
    """Takes every item as it comes, before the log drops anything."""

    def write(self, item: ConsoleItem) -> None:
        """Take one item; never blocks."""

    async def drain(self) -> None:
        """Return when there is room for more."""

    def finish(self) -> None:
        """No more will come."""


class _Text:
    """A piece of text of one stream that still grows."""

    __slots__ = ("_parts", "length", "newlines", "start", "stream", "weight")

    def __init__(self, start: int, stream: Literal["stdout", "stderr"], text: str) -> None:
        self.start = start
        self.stream = stream
        self._parts = [text]
        self.length = len(text)
        self.weight = sys.getsizeof(text)
        self.newlines = text.count("\n")

    @property
    def end(self) -> int:
        return self.start + self.length

    def grow(self, text: str) -> None:
        self._parts.append(text)
        self.length += len(text)
        self.weight += sys.getsizeof(text)
        self.newlines += text.count("\n")

    def text(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0]

    def items(self, cursor: int) -> ConsoleItem:
        text = self.text()
        return Output(self.stream, text[cursor - self.start :] if cursor > self.start else text)


class _Thing(Struct, frozen=True):
    """A media or log record: one place of the log."""

    start: int
    item: Media | Log
    weight: int

    @property
    def end(self) -> int:
        return self.start + 1

    def items(self, _cursor: int) -> ConsoleItem:
        return self.item


_Entry = _Text | _Thing


class RunLog:
    """An append-only log of output, media and log records that keeps the newest within a bound.

    Places are counted from the first record ever: a character takes one, a media or log record takes one.
    """

    def __init__(self, *, text_limit: int = TEXT_LIMIT, media_limit: int = MEDIA_LIMIT) -> None:
        self._text_limit = text_limit
        self._media_limit = media_limit
        self._entries: deque[_Entry] = deque()
        self._head: deque[_Thing] = deque()
        """Media older than the oldest kept text: a flood of text does not push pictures out."""
        self._end = 0
        self._text_weight = 0
        self._media_weight = 0
        self._newlines = 0
        self._open_line = False
        self._sinks: list[Sink] = []
        self.is_finished = False
        """Whether the run is over and nothing more comes."""
        self.dropped_lines = 0
        """Lines no longer kept."""
        self.dropped_bytes = 0
        """Bytes of text (UTF-8) no longer kept."""
        self.dropped_media = 0
        """Media and log records no longer kept."""

    # reading

    @property
    def lines(self) -> int:
        """Lines that came in all, one that has not ended yet included."""
        return self._newlines + self._open_line

    @property
    def kept_lines(self) -> int:
        """Lines that can still be read."""
        return self.lines - self.dropped_lines

    @property
    def end(self) -> int:
        """The cursor after the newest item."""
        return self._end

    @property
    def first(self) -> int:
        """The place of the oldest kept text; a reader whose cursor is smaller has missed some."""
        return next((entry.start for entry in self._entries), self._end)

    def read(self, cursor: int) -> tuple[list[ConsoleItem], int]:
        """What came after `cursor` and is still kept, oldest first, and the cursor to go on from; 0 reads all."""
        return [entry.items(cursor) for entry in self._after(cursor)], self._end

    def text(self) -> str:
        """All kept text of both streams in the order it came, with its escape sequences."""
        return "".join(entry.text() for entry in self._entries if isinstance(entry, _Text))

    def tail(self, limit: int) -> list[ConsoleItem]:
        """All kept media and the last `limit` characters of text, in order."""
        items: list[ConsoleItem] = []
        left = limit
        for entry in reversed((*self._head, *self._entries)):
            if isinstance(entry, _Thing):
                items.append(entry.item)
            elif left > 0:
                items.append(Output(entry.stream, entry.text()[-left:]))
                left -= entry.length
        items.reverse()
        return items

    def open_line(self) -> str:
        """The last line while it has no newline, without escape sequences: what a question is read from."""
        last = self._entries[-1] if self._entries else None
        if not isinstance(last, _Text):
            return ""
        line = last.text()[-4096:].rpartition("\n")[2]
        return _ESCAPES.sub("", line).rpartition("\r")[2].strip()

    @property
    def ends_in_traceback(self) -> bool:
        """Whether the last thing was a traceback on stderr."""
        last = self._entries[-1] if self._entries else None
        return isinstance(last, _Text) and last.stream == "stderr" and "Traceback" in last.text()

    def _after(self, cursor: int) -> Iterator[_Entry]:
        found: list[_Entry] = []
        for entries in (self._entries, self._head):
            for entry in reversed(entries):
                if entry.end <= cursor:
                    break
                found.append(entry)
        return reversed(found)

    # writing

    def append(self, item: ConsoleItem) -> None:
        """Add an item; drops the oldest ones when the bound is passed."""
        for sink in self._sinks:
            sink.write(item)
        if isinstance(item, Output):
            if item.text:
                self._append_text(item.stream, item.text)
        else:
            self._append_thing(item)

    def extend(self, items: Iterable[ConsoleItem]) -> None:
        """Add several items."""
        for item in items:
            self.append(item)

    def attach(self, sink: Sink, *, from_start: bool = True) -> None:
        """Give the sink what is kept (unless told not to) and then everything as it comes."""
        if from_start:
            for item in self.read(0)[0]:
                sink.write(item)
        self._sinks.append(sink)

    def detach(self, sink: Sink) -> None:
        """Stop giving items to the sink."""
        if sink in self._sinks:
            self._sinks.remove(sink)

    def missed(self, lines: int) -> None:
        """It is the record of a longer log: count the lines that are not here as dropped."""
        gone = max(0, lines - self.lines)
        self._newlines += gone
        self.dropped_lines += gone

    @property
    def has_sinks(self) -> bool:
        """Whether `drain` has anything to wait for."""
        return bool(self._sinks)

    def tee(self, path: Path) -> ThreadSink:
        """Save all text to a file from now on, what is kept first; raises `OSError` when the file cannot be made."""
        from workbench.engine.sink import file_sink

        sink = file_sink(path)
        self.attach(sink)
        if self.is_finished:
            self.finish()
        return sink

    def finish(self) -> None:
        """No more will come: let the sinks end."""
        self.is_finished = True
        while self._sinks:
            self._sinks.pop().finish()

    async def drain(self) -> None:
        """Wait until every sink has room; the reader of a stream does so between frames."""
        for sink in tuple(self._sinks):
            await sink.drain()

    def _append_text(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        self._newlines += text.count("\n")
        self._open_line = not text.endswith("\n")
        if len(text) > self._text_limit:
            text = self._cut(text)
        last = self._entries[-1] if self._entries else None
        if isinstance(last, _Text) and last.stream == stream and last.length + len(text) <= _CHUNK:
            before = last.weight
            last.grow(text)
            self._text_weight += last.weight - before
        else:
            for at in range(0, len(text), _CHUNK):
                self._add(_Text(self._end + at, stream, text[at : at + _CHUNK]))
        self._end += len(text)
        if self._text_weight > self._text_limit:
            self._drop_text()

    def _cut(self, text: str) -> str:
        """The end of one record that alone is larger than the bound, from the start of a line where there is one."""
        at = len(text) - self._text_limit
        at = text.find("\n", at, at + _CHUNK) + 1 or at
        self._forget(text[:at])
        self._end += at
        return text[at:]

    def _add(self, entry: _Text) -> None:
        self._entries.append(entry)
        self._text_weight += entry.weight

    def _drop_text(self) -> None:
        while self._text_weight > self._text_limit and len(self._entries) > 1:
            entry = self._entries.popleft()
            if isinstance(entry, _Thing):
                self._head.append(entry)
                continue
            self._text_weight -= entry.weight
            text = entry.text()
            self._forget(text)
            if not text.endswith("\n"):
                self._drop_rest_of_line()

    def _drop_rest_of_line(self) -> None:
        """Let the kept text begin with a whole line."""
        first = self._entries[0]
        if not isinstance(first, _Text):
            return
        text = first.text()
        at = text.find("\n") + 1
        if not at or at == len(text):
            return
        self._forget(text[:at])
        self._text_weight -= first.weight
        self._entries[0] = rest = _Text(first.start + at, first.stream, text[at:])
        self._text_weight += rest.weight

    def _forget(self, text: str) -> None:
        self.dropped_lines += text.count("\n")
        self.dropped_bytes += len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))

    def _append_thing(self, item: Media | Log) -> None:
        content = item.content if isinstance(item, Media) else item.text
        weight = len(content) if isinstance(content, str) else len(repr(content))
        if weight > self._media_limit:
            self.dropped_media += 1
            kind = item.mime if isinstance(item, Media) else item.kind
            item, weight = Log("note", f"{kind} of {weight / 1e6:.1f} MB is too large to keep"), 100
        self._entries.append(_Thing(self._end, item, weight))
        self._end += 1
        self._media_weight += weight
        while self._media_weight > self._media_limit:
            self._drop_thing()

    def _drop_thing(self) -> None:
        if self._head:
            oldest = self._head.popleft()
        else:
            at, oldest = next((at, each) for at, each in enumerate(self._entries) if isinstance(each, _Thing))
            del self._entries[at]
        self._media_weight -= oldest.weight
        self.dropped_media += 1
