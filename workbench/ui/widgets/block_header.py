"""The first line of a run's block."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from workbench.ui.glyphs import FOLDED, UNFOLDED
from workbench.ui.run_text import Headline

_STYLES = {
    "-queued": "$text-muted",
    "-running": "$text-accent bold",
    "-asks": "$text-warning bold",
    "-finished": "$text-success",
    "-failed": "$text-error bold",
    "-interrupted": "$text-warning",
    "-lost": "$text-error",
    "-refused": "$text-error",
}
_WORD_AT = 44
"""Columns from which there is room for the state in words."""


class BlockHeader(Widget):
    """Glyph, number, duration, first line of code, and the state in words at the right edge."""

    DEFAULT_CSS = """
    BlockHeader { height: 1; width: 1fr; background: $foreground 5%; }
    BlockHeader:hover { background: $foreground 10%; }
    """

    class Clicked(Message):
        """A person clicked it."""

    def __init__(self, line: Headline) -> None:
        super().__init__()
        self._line = line
        self._folded = False

    @property
    def line(self) -> Headline:
        """What it shows."""
        return self._line

    def show_line(self, line: Headline, *, folded: bool) -> None:
        """Show this; drawn again only when it differs."""
        if (line, folded) != (self._line, self._folded):
            self._line, self._folded = line, folded
            self.refresh()

    def render(self) -> Content:
        line, width = self._line, self.size.width
        style = _STYLES.get(line.css_class, "")
        word = f"{line.word} " if width >= _WORD_AT else ""
        right = [(word, style), (FOLDED if self._folded else UNFOLDED, "$text-muted")]
        head = f"{line.number} {line.duration}".rstrip() + "  "
        room = max(0, width - cell_len(line.glyph) - 1 - cell_len(head) - cell_len(word) - 3)
        title = line.title if cell_len(line.title) <= room else set_cell_size(line.title, max(0, room - 1)) + "…"
        gap = " " * max(1, room - cell_len(title) + 1)
        left = [(f"{line.glyph} ", style), (head, "$text-muted"), (title, "$foreground"), (gap, "")]
        return Content.assemble(*left, *right)

    def on_click(self) -> None:
        self.post_message(self.Clicked())
