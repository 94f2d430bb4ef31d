"""The text output of a run, as a terminal would have shown it; tall, bounded, and deaf to commands."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from workbench.vt.cells import Row
from workbench.vt.cleaner import Cleaner
from workbench.vt.ghostty import Native, check, ffi, grid_ref, init_sized, lib, tracked_row
from workbench.vt.rows import RowReader
from workbench.vt.search import Search

_WINDOW = 64
"""Rows that can still change: a progress display can move up this far."""
_SLICE = 16_384
_MARK_LINES, _MARK_BYTES = 256, 65_536
_COMPRESS_STEPS = 8
_LINE_FEED_MODE = 20
_PAGE_CELLS = 50_000
"""No page of the emulator's memory holds more cells than this."""


class _Mark(NamedTuple):
    """A row of the terminal, and how much had come when the cursor was on it."""

    row: Any
    lines: int
    fed: int


class Transcript:
    """Text of a run: keeps about the last `max_lines` rows and `max_bytes` bytes of it.

    Memory is a small multiple of the text kept, because scrolled rows are compressed: about 12 MB for 100,000 lines
    of a log, and less than 30 MB whatever comes.
    """

    def __init__(self, cols: int, max_lines: int = 100_000, *, max_bytes: int = 9_000_000) -> None:
        """Make an empty transcript of a width in cells."""
        self._native = Native(max(cols, 1), _WINDOW)
        self._native.set_size("SCROLLBACK_MAX_BYTES", None)
        self._native.set_size("SCROLLBACK_MAX_LINES", None)
        self._native.set_mode(_LINE_FEED_MODE, ansi=True)
        self._reader = RowReader(self._native)
        self._cleaner = Cleaner(_WINDOW)
        self._limit = self._max_lines = max(max_lines, _WINDOW)
        self._max_bytes = max_bytes
        self._marks: deque[_Mark] = deque()
        self._fed = 0
        self._height: int | None = 0
        self._dropped_lines: int | None = 0
        self.cols = max(cols, 1)
        """Width in cells."""
        self.dropped_rows = 0
        """Rows dropped since the last resize; what a view that holds its place has to move by."""
        self.version = 0
        """Changes whenever anything does."""

    def feed(self, text: str | bytes) -> None:
        """Add output; escape sequences other than colours, links and moves of progress bars are dropped."""
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        for start in range(0, len(data), _SLICE):
            self._feed(data[start : start + _SLICE])
        if data:
            self._height = None
            self.version += 1

    def _feed(self, data: bytes) -> None:
        self._native.feed(self._cleaner.clean(data))
        self._fed += len(data)
        self._mark()
        if self._native.size("TOTAL_ROWS") > self._limit + self._page_rows:
            self._drop(self._limit)
        if self._marks and self._fed - self._marks[0].fed > self._max_bytes:
            self._drop_bytes()
        self._native.compress(_COMPRESS_STEPS)

    def _mark(self) -> None:
        """Remember which line the cursor's row belongs to, now and then."""
        lines = self._cleaner.lines
        last = self._marks[-1] if self._marks else _Mark(None, 0, 0)
        if self._cleaner.above or (lines - last.lines < _MARK_LINES and self._fed - last.fed < _MARK_BYTES):
            return
        row = tracked_row(self._native, self._native.u16("CURSOR_Y"))
        self._marks.append(_Mark(row, lines, self._fed))

    def _drop_bytes(self) -> None:
        for mark in self._marks:
            if self._fed - mark.fed <= self._max_bytes:
                y = self._row_of(mark)
                if y is not None:
                    self._drop(max(self._native.size("TOTAL_ROWS") - y, _WINDOW))
                return

    def _drop(self, keep: int) -> None:
        """Drop the oldest rows but so many; only whole pages of memory go, so up to a page more stays."""
        before = self._native.size("TOTAL_ROWS")
        self._native.set_size("SCROLLBACK_MAX_LINES", keep + self._page_rows - _WINDOW)
        self._native.set_size("SCROLLBACK_MAX_LINES", None)
        dropped = before - self._native.size("TOTAL_ROWS")
        if not dropped:
            return
        self.dropped_rows += dropped
        self._dropped_lines = None
        while self._marks and self._row_of(self._marks[0]) is None:
            self._marks.popleft()

    @property
    def _page_rows(self) -> int:
        return _PAGE_CELLS // self.cols + _WINDOW

    def _row_of(self, mark: _Mark) -> int | None:
        out = ffi.new("GhosttyPointCoordinate*")
        if lib.ghostty_tracked_grid_ref_point(mark.row, lib.GHOSTTY_POINT_TAG_SCREEN, out):
            return None
        return int(out.y)

    def resize(self, cols: int) -> None:
        """Change the width; every line reflows, and nothing is dropped for it."""
        cols = max(cols, 1)
        if cols == self.cols:
            return
        self._native.resize(cols, _WINDOW)
        self._native.compress(1 << 16)
        self.cols = cols
        # A narrower view has more rows for the same text: what is kept stays kept.
        self._limit = max(self._max_lines, self._native.size("TOTAL_ROWS"))
        self.dropped_rows = 0
        self._height = None
        self.version += 1

    @property
    def height(self) -> int:
        """Rows of text at the present width."""
        if self._height is None:
            self._height = self._measure()
        return self._height

    def _measure(self) -> int:
        native = self._native
        x, y = native.u16("CURSOR_X"), native.u16("CURSOR_Y")
        start = grid_ref(native, 0, y, "ACTIVE")
        end = grid_ref(native, self.cols - 1, _WINDOW - 1, "ACTIVE")
        below = native.selection_text(native.selection(start, end), unwrap=False).rstrip()
        used = below.count("\n") + 1 if below else int(x > 0)
        return native.size("SCROLLBACK_ROWS") + y + used

    @property
    def stable_rows(self) -> int:
        """Rows at the top that only a resize or dropping can change any more."""
        return self._native.size("SCROLLBACK_ROWS")

    @property
    def total_lines(self) -> int:
        """Lines that ever came, the unfinished last one too."""
        y = self._native.size("SCROLLBACK_ROWS") + self._native.u16("CURSOR_Y")
        return self._cleaner.lines + (1 if self.height > y else 0)

    @property
    def dropped_lines(self) -> int:
        """Whole lines that are not kept any more."""
        if self._dropped_lines is None:
            self._dropped_lines = self._count_dropped()
        return self._dropped_lines

    @property
    def kept_lines(self) -> int:
        """Lines that can still be shown."""
        return self.total_lines - self.dropped_lines

    def _count_dropped(self) -> int:
        """Count back from the oldest mark, whose line is known, to the first row."""
        mark = self._marks[0] if self._marks else None
        y = self._row_of(mark) if mark is not None else None
        if mark is not None and y is not None:
            lines = mark.lines
        else:
            y = self._native.size("SCROLLBACK_ROWS") + self._native.u16("CURSOR_Y")
            lines = self._cleaner.lines - self._cleaner.above
        return max(0, lines - sum(not self._continues(row) for row in range(1, y + 1)))

    def _continues(self, row: int) -> bool:
        ref = grid_ref(self._native, 0, row, "SCREEN")
        out, flag = ffi.new("GhosttyRow*"), ffi.new("bool*")
        check(lib.ghostty_grid_ref_row(ref, out), "grid_ref_row")
        check(lib.ghostty_row_get(out[0], lib.GHOSTTY_ROW_DATA_WRAP_CONTINUATION, flag), "row_get")
        return bool(flag[0])

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows from `start` to `stop` (exclusive), as many as there are."""
        found: list[Row] = []
        start, stop = max(start, 0), min(stop, self.height)
        top = self._native.size("TOTAL_ROWS") - _WINDOW
        while start < stop:
            first = min(start, top)
            if first < top:
                self._native.scroll("ROW", first)
            else:
                self._native.scroll("BOTTOM")
            self._reader.update()
            part = self._reader.rows(start - first, min(stop - first, _WINDOW))
            if not part:
                break
            found += part
            start += len(part)
        self._native.scroll("BOTTOM")
        return found

    def text(self) -> str:
        """Return all kept text, wrapped lines joined."""
        selection = init_sized("GhosttySelection")
        if lib.ghostty_terminal_select_all(self._native.handle, selection):
            return ""
        text = self._native.selection_text(selection, unwrap=True)
        self._native.compress(1 << 16)
        return text

    def find(self, needle: str, limit: int = 10_000) -> list[int]:
        """Return the rows in which a text begins (ASCII letters in either case), from the top."""
        rows = Search(self._native, needle).rows(limit) if needle else []
        self._native.compress(1 << 16)
        return rows

    def text_between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return the text between two (column, row) points, the second exclusive, wrapped lines joined."""
        last_x, last_y = end
        if last_x <= 0:
            last_y, last_x = last_y - 1, self.cols
        if last_y < start[1]:
            return ""
        first = grid_ref(self._native, min(start[0], self.cols - 1), start[1], "SCREEN")
        last = grid_ref(self._native, min(last_x, self.cols) - 1, last_y, "SCREEN")
        if first is None or last is None:
            return ""
        return self._native.selection_text(self._native.selection(first, last), unwrap=True)
