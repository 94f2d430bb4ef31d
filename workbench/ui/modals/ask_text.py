"""A question with one line for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Label

from workbench.ui.modals.dialog import Dialog


class AskText(Dialog[str | None]):
    """Answers the text, or None when left with Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, question: str, value: str = "", *, problem: Callable[[str], str | None] | None = None) -> None:
        super().__init__()
        self._question, self._value, self._problem = question, value, problem

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._question)
            box.border_subtitle = "Enter accepts, Esc leaves"
            yield Input(self._value)
            yield Label("", id="problem", classes="problem", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        wrong = self._problem(event.value) if self._problem else None
        if wrong:
            label = self.query_one("#problem", Label)
            label.update(wrong)
            label.add_class("-said")
        else:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
