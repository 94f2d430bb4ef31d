"""The focused pane explained, over the screen."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.ui.help import help_pieces
from workbench.ui.modals.dialog import Dialog

_STYLES = {"title": "$text-primary bold", "key": "$text-accent bold", "name": "bold", "": ""}


class HelpView(Dialog[None]):
    """A few sentences and the keys; it can be scrolled, selected and copied."""

    DEFAULT_CSS = """
    HelpView > Vertical {
        width: 116; height: auto; max-height: 90%; padding: 0;
        & VerticalScroll { height: auto; max-height: 100%; padding: 1 2; }
        & Static { width: 1fr; height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1", "leave", "Close"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, pane: str) -> None:
        super().__init__()
        self.pane = pane

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = f"Help: {self.pane}"
            box.border_subtitle = "↑ ↓ scroll, Esc closes"
            with VerticalScroll():
                yield Static(id="help")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        width = min(116, int(event.size.width * 0.95)) - 8
        pieces = help_pieces(self.pane, width)
        self.query_one("#help", Static).update(
            Content.assemble(*((piece.text, _STYLES[piece.kind]) for piece in pieces))
        )

    def action_scroll(self, rows: int) -> None:
        """A line up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
