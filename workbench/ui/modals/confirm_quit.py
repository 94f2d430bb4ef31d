"""One question before running code is interrupted by leaving."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from workbench.ui.modals.dialog import Dialog


class ConfirmQuit(Dialog[bool]):
    """Names what runs; answers True to leave and interrupt it."""

    DEFAULT_CSS = """
    ConfirmQuit > Vertical { width: 60; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Stay"),
        Binding("y,ctrl+q", "answer(True)", "Quit", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, running: list[str]) -> None:
        super().__init__(classes="-warning")
        self._going = running

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Leaving interrupts the code that runs"
            box.border_subtitle = "y leaves, Esc stays"
            for each in self._going[:8]:
                yield Static(f"▶ {each}", markup=False)
            if len(self._going) > 8:
                yield Static(f"and {len(self._going) - 8} more", classes="hint")
            with Horizontal(classes="buttons"):
                yield Button("Stay", id="stay", compact=True)
                yield Button("Quit", id="quit", variant="warning", compact=True)

    def on_mount(self) -> None:
        self.query_one("#quit").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_answer(yes=event.button.id == "quit")

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001
        """Close with the answer."""
        self.dismiss(yes)
