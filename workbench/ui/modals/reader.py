"""A long text over the screen: logs, a raw problem document."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import TextArea

from workbench.ui.modals.dialog import Dialog


class Reader(Dialog[None]):
    """Read-only text that can be scrolled, selected and copied; it begins at its end, where the news is."""

    DEFAULT_CSS = """
    Reader > Vertical {
        width: 110; height: 85%; padding: 0 1;
        & TextArea, & TextArea:focus { border: none; padding: 0; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1", "leave", "Close")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "Ctrl+C copies, Esc closes"
            yield TextArea(self._text, read_only=True, show_cursor=False, soft_wrap=True)

    def on_mount(self) -> None:
        body = self.query_one(TextArea)
        body.focus()
        self.call_after_refresh(body.scroll_end, animate=False)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
