"""A question with one line for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label


class AskText(ModalScreen[str | None]):
    """Answers the text, or None when left with Esc."""

    DEFAULT_CSS = """
    AskText { align: center middle; }
    AskText > Vertical {
        width: 60; max-width: 90%; height: auto; padding: 1 2; background: $surface; border: round $primary;
        & #problem { color: $text-error; height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, question: str, value: str = "", *, problem: Callable[[str], str | None] | None = None) -> None:
        super().__init__()
        self._question, self._value, self._problem = question, value, problem

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(self._question, markup=False)
            yield Input(self._value)
            yield Label("", id="problem", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        wrong = self._problem(event.value) if self._problem else None
        if wrong:
            self.query_one("#problem", Label).update(wrong)
        else:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
