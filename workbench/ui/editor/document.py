"""The text of one buffer: only real line ends end a line, and every edit costs what it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.document._document import Document, EditResult, Location
from textual.geometry import Size

from workbench.ui.editor.view import width_of

if TYPE_CHECKING:
    from workbench.ui.editor.colours import Colours

_SURROGATE = re.compile("[\ud800-\udfff]")


def split_lines(text: str) -> list[str]:
    r"""The lines of a text: divided at `\n`, `\r\n` and `\r` alone, so that a form feed stays in its line."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


class CodeDocument(Document):
    """A document whose text comes back as it went in, and that keeps the width of its lines."""

    def __init__(self, text: str, tab_width: int = 4) -> None:
        super().__init__("")
        windows = text.count("\r\n")
        self._newline = "\r\n" if windows * 2 > text.count("\n") else "\n"
        self._lines = split_lines(_clean(text))
        self._tab_width = tab_width
        self._widths = [width_of(line, tab_width) for line in self._lines]
        self._widest = max(self._widths)
        self.characters = sum(map(len, self._lines))
        """How many there are, line ends apart."""
        self.colours: Colours | None = None
        """Follows the edits, when the language is known."""

    def get_size(self, tab_width: int) -> Size:
        """Columns of the widest line, and the number of lines."""
        if tab_width != self._tab_width:
            self._tab_width = tab_width
            self._widths = [width_of(line, tab_width) for line in self._lines]
            self._widest = max(self._widths)
        return Size(self._widest, len(self._lines))

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Put `text` in the place of what is between two locations."""
        lines = self._lines
        (top, left), (bottom, right) = sorted((start, end))
        if bottom >= len(lines):
            bottom, right = len(lines) - 1, len(lines[-1])
        replaced = self.get_text_range((top, left), (bottom, right))
        before, after = lines[top][:left], lines[bottom][right:]
        new = split_lines(_clean(text))
        finish = (top + len(new) - 1, len(new[-1]) + (len(before) if len(new) == 1 else 0))
        new[0] = before + new[0]
        new[-1] += after
        self.characters += sum(map(len, new)) - sum(map(len, lines[top : bottom + 1]))
        if self.colours is not None:
            self.colours.edit(lines, (top, left), (bottom, right), new, finish)
        lines[top : bottom + 1] = new
        self._measure(top, bottom, new)
        return EditResult(finish, replaced)

    def _measure(self, top: int, bottom: int, new: list[str]) -> None:
        widths = [width_of(line, self._tab_width) for line in new]
        gone = max(self._widths[top : bottom + 1], default=0)
        self._widths[top : bottom + 1] = widths
        widest = max(widths)
        if widest >= self._widest:
            self._widest = widest
        elif gone == self._widest:
            self._widest = max(self._widths)


def _clean(text: str) -> str:
    # Half a surrogate pair can be neither saved nor drawn.
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
