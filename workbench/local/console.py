"""What a run printed and has not been fetched yet: records and the status changes between them, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from workbench.local.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_RECORD = 10 * MIB
"""Source: protocol.md §4.8."""


class Mark(Struct, frozen=True):
    """A change of status; everything printed before it belongs to it."""

    status: str
    exit_code: int | None = None
    options: dict[str, Any] | None = None


class _Text:
    """Consecutive output of one stream, not joined until it is fetched."""

    __slots__ = ("kind", "parts", "size")

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.parts = deque([text])
        self.size = len(text)

    def take(self, limit: int) -> str:
        taken: list[str] = []
        while self.parts and limit > 0:
            part = self.parts.popleft()
            if len(part) > limit:
                self.parts.appendleft(part[limit:])
                part = part[:limit]
            taken.append(part)
            limit -= len(part)
            self.size -= len(part)
        return "".join(taken)


class _Record:
    """Anything else: a picture, a drawing, a fragment of HTML."""

    __slots__ = ("data", "kind", "size")

    def __init__(self, kind: str, data: Any, size: int) -> None:
        self.kind = kind
        self.data = data
        self.size = size


class Console:
    """A queue of records and marks with one writer and one reader."""

    def __init__(self, on_size: Callable[[int], None] | None = None) -> None:
        """`on_size` hears how many characters are held, whenever that changed."""
        self.size = 0
        self._items: deque[_Text | _Record | Mark] = deque()
        self._marks = 0
        self._wake_at = 1
        self._on_size = on_size
        self._changed = asyncio.Event()
        self._discarding = False

    @property
    def has_mark(self) -> bool:
        """Whether a change of status waits in it."""
        return self._marks > 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to fetch."""
        return not self._items

    def put_text(self, kind: str, text: str) -> None:
        """Append output of `stdout` or `stderr`."""
        if not text or self._discarding:
            return
        last = self._items[-1] if self._items else None
        if isinstance(last, _Text) and last.kind == kind:
            last.parts.append(text)
            last.size += len(text)
        else:
            self._items.append(_Text(kind, text))
        self._grew(len(text))

    def put_record(self, kind: str, data: Any, size: int) -> None:
        """Append a record that is fetched whole; `size` is about its characters."""
        if not self._discarding:
            self._items.append(_Record(kind, data, size))
            self._grew(size)

    def put_mark(self, mark: Mark) -> None:
        """Append a change of status."""
        if not self._discarding:
            self._items.append(mark)
            self._marks += 1
            self._changed.set()

    def drop_marks(self, status: str) -> None:
        """Take back marks of this status that nobody has fetched yet."""
        kept = [item for item in self._items if not (isinstance(item, Mark) and item.status == status)]
        self._marks -= len(self._items) - len(kept)
        self._items = deque(kept)

    def discard(self) -> None:
        """Drop what is held and all that comes: nobody will fetch it."""
        self._discarding = True
        self._items.clear()
        self._marks = 0
        self._resized(-self.size)
        self._changed.set()

    def wake(self) -> None:
        """Let the one who waits look again."""
        self._changed.set()

    async def wait(self, seconds: float, size: int = 1) -> None:
        """Return when so many characters are held, when a mark was put, or when the time is over."""
        self._changed.clear()
        self._wake_at = size
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    def take(self, limit: int) -> tuple[list[list[Any]], Mark | None]:
        """Records of at most about `limit` characters, and the mark that follows them, if all before it fitted."""
        records: list[list[Any]] = []
        left = limit
        while self._items:
            item = self._items[0]
            if isinstance(item, Mark):
                self._items.popleft()
                self._marks -= 1
                self._resized(0)
                return records, item
            if left <= 0:
                break
            left -= self._take_one(item, left, records)
        self._resized(0)
        return records, None

    def _take_one(self, item: _Text | _Record, limit: int, records: list[list[Any]]) -> int:
        if isinstance(item, _Record):
            if records and item.size > limit:
                return limit  # it opens the next reply
            self._items.popleft()
            records.append([item.kind, item.data])
            self.size -= item.size
            return item.size
        text = item.take(min(limit, LARGEST_RECORD // 4))
        if not item.size:
            self._items.popleft()
        records.append([item.kind, text])
        self.size -= len(text)
        return limit if item.size else len(text)

    def _grew(self, by: int) -> None:
        self._resized(by)
        if self.size >= self._wake_at:
            self._changed.set()

    def _resized(self, by: int) -> None:
        self.size += by
        if self._on_size is not None:
            self._on_size(self.size)
