"""One question before running code is interrupted by leaving."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static


class ConfirmQuit(ModalScreen[bool]):
    """Names what runs; answers True to leave and interrupt it."""

    DEFAULT_CSS = """
    ConfirmQuit { align: center middle; }
    ConfirmQuit > Vertical {
        width: 60; max-width: 90%; height: auto; max-height: 80%; padding: 1 2;
        background: $surface; border: round $warning;
        & .loss { color: $text-warning; }
        & Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
        & Button { margin-left: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Stay"),
        Binding("y,ctrl+q", "answer(True)", "Quit", show=False),
    ]

    def __init__(self, running: list[str]) -> None:
        super().__init__()
        self._going = running

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("Leaving interrupts the code that runs:")
            for each in self._going[:8]:
                yield Static(f"▶ {each}", classes="loss", markup=False)
            if len(self._going) > 8:
                yield Static(f"and {len(self._going) - 8} more", classes="loss")
            with Horizontal():
                yield Button("Stay", id="stay")
                yield Button("Quit", id="quit", variant="warning")

    def on_mount(self) -> None:
        self.query_one("#quit").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_answer(yes=event.button.id == "quit")

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001
        """Close with the answer."""
        self.dismiss(yes)
