"""Which line of a buffer is on which row of the screen, with folds; and how wide text is there."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import overload

from textual._cells import cell_len, cell_width_to_column_index
from textual.document._document import DocumentBase, Location
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths
from textual.geometry import Offset

_HIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def visible(line: str) -> str:
    """The line with a picture for each character that would act on the terminal; of the same length."""
    return line if line.isprintable() else _HIDDEN.sub(_picture, line)


def width_of(line: str, tab_width: int) -> int:
    """Columns the line takes."""
    if line.isascii() and line.isprintable():
        return len(line)
    return cell_len(visible(line).expandtabs(tab_width))


class _Rows(Sequence[tuple[int, int]]):
    """Row of the screen to (line, part of the line), as the framework asks for it."""

    def __init__(self, view: LineView) -> None:
        self._view = view

    def __len__(self) -> int:
        return self._view.height

    @overload
    def __getitem__(self, row: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[tuple[int, int]]: ...
    def __getitem__(self, row: int | slice) -> tuple[int, int] | Sequence[tuple[int, int]]:
        if isinstance(row, slice):
            return [(self._view.line_of(each), 0) for each in range(*row.indices(len(self)))]
        if not 0 <= row < self._view.height:
            raise IndexError(row)
        return self._view.line_of(row), 0


class LineView(WrappedDocument):
    """One row for each line, less the folded ones; an edit costs nothing while nothing is folded."""

    def __init__(self, document: DocumentBase, tab_width: int, ranges: Callable[[], Sequence[tuple[int, int]]]) -> None:
        self._tab_width = tab_width
        self._ranges = ranges
        self._heads: set[int] = set()
        self._hidden: list[tuple[int, int]] = []
        self._starts: list[int] = []
        self._before: list[int] = []
        super().__init__(document, 0, tab_width)
        self._offset_to_line_info = _Rows(self)  # type: ignore[assignment] # read by index only

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Take another width of tabs; lines are never wrapped."""
        del width
        self._tab_width = tab_width or self._tab_width

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Move the folds below an edit along."""
        del start
        if not self._heads:
            return
        by = new_end[0] - old_end[0]
        self._heads = {head + by if head > old_end[0] else head for head in self._heads}
        self._refold()

    # -- folds --------------------------------------------------------------------------------------------------------

    @property
    def folded(self) -> frozenset[int]:
        """The first lines of what is folded; these stay in sight."""
        return frozenset(self._heads)

    def fold(self, heads: set[int]) -> None:
        """Fold exactly the ranges that begin at those lines."""
        self._heads = set(heads)
        self._refold()

    def reveal(self, line: int) -> bool:
        """Unfold what hides a line; False when it is in sight."""
        at = bisect_right(self._starts, line) - 1
        if at < 0 or line > self._hidden[at][1]:
            return False
        self.fold(self._heads - {self._hidden[at][0] - 1})
        return True

    def _refold(self) -> None:
        ends = dict(self._ranges())
        self._heads = {head for head in self._heads if ends.get(head, head) > head}
        self._hidden = [(head + 1, ends[head]) for head in sorted(self._heads)]
        self._starts = [first for first, _ in self._hidden]
        self._before, total = [], 0
        for first, last in self._hidden:
            self._before.append(total)
            total += last - first + 1

    def hidden_below(self, line: int) -> int:
        """How many lines are folded under a line."""
        at = bisect_left(self._starts, line + 1)
        if at < len(self._starts) and self._starts[at] == line + 1:
            return self._hidden[at][1] - line
        return 0

    @property
    def height(self) -> int:
        """Rows in all."""
        return self.document.line_count - sum(last - first + 1 for first, last in self._hidden)

    def line_of(self, row: int) -> int:
        """The line on a row."""
        line = row
        for first, last in self._hidden:
            if line < first:
                break
            line += last - first + 1
        return min(line, self.document.line_count - 1)

    def row_of(self, line: int) -> int:
        """The row of a line; of the head that hides it when it is folded."""
        at = bisect_right(self._starts, line) - 1
        if at < 0:
            return line
        first, last = self._hidden[at]
        return first - 1 - self._before[at] if line <= last else line - self._before[at] - (last - first + 1)

    # -- what the framework asks --------------------------------------------------------------------------------------

    def offset_to_location(self, offset: Offset) -> Location:
        """The place in the text at a cell."""
        line = self.line_of(max(0, offset[1]))
        return line, self.get_target_document_column(line, max(0, offset[0]), 0)

    def location_to_offset(self, location: Location) -> Offset:
        """The cell of a place in the text."""
        line = min(max(0, location[0]), self.document.line_count - 1)
        return Offset(width_of(self.document.get_line(line)[: location[1]], self._tab_width), self.row_of(line))

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        """The column of the text at a column of the screen."""
        del y_offset
        line = self.document.get_line(line_index)
        if line.isascii() and line.isprintable():
            return min(x_offset, len(line))
        return cell_width_to_column_index(visible(line), x_offset, self._tab_width)

    def get_sections(self, line_index: int) -> list[str]:
        """The line, in one piece."""
        return [self.document.get_line(line_index)]

    def get_offsets(self, line_index: int) -> list[int]:
        """Where the line is wrapped: nowhere."""
        if not 0 <= line_index < self.document.line_count:
            raise ValueError(f"There is no line {line_index}.")
        return []

    def get_tab_widths(self, line_index: int) -> list[int]:
        """The widths of the tabs of a line."""
        return [width for _, width in get_tab_widths(self.document.get_line(line_index), self._tab_width)]
