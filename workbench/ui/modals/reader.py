"""A long text over the screen: logs, help, a raw problem document."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Markdown, TextArea


class Reader(ModalScreen[None]):
    """Read-only text that can be scrolled, selected and copied."""

    DEFAULT_CSS = """
    Reader { align: center middle; }
    Reader > Vertical {
        width: 90%; height: 85%; background: $surface; border: round $primary; border-title-color: $text-primary;
        & TextArea { border: none; background: $surface; }
        & Markdown { overflow-y: auto; padding: 1 2; height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1", "leave", "Close")]

    def __init__(self, title: str, text: str, *, markdown: bool = False) -> None:
        super().__init__()
        self._title, self._text, self._markdown = title, text, markdown

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "Esc closes"
            if self._markdown:
                yield Markdown(self._text)
            else:
                yield TextArea(self._text, read_only=True, show_cursor=False, soft_wrap=True)

    def on_mount(self) -> None:
        body = self.query_one(Markdown if self._markdown else TextArea)
        body.can_focus = True
        body.focus()
        if isinstance(body, TextArea):
            body.move_cursor(body.document.end)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
