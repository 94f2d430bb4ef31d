"""Everything that waits for input, answered one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Label

from workbench.ui.modals.dialog import Dialog

if TYPE_CHECKING:
    from workbench.domain.prompt import Prompt
    from workbench.engine.prompts import PromptInbox


class Inbox(Dialog[None]):
    """Asks for the oldest prompt, then the next; closes when none is left. What is typed goes to the code alone."""

    DEFAULT_CSS = """
    Inbox > Vertical {
        & Label { width: 1fr; height: auto; }
        & Input, & Input:focus { margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it waiting"),
        Binding("tab,f12", "skip", "Next question"),
    ]

    def __init__(self, prompts: PromptInbox) -> None:
        super().__init__(classes="-warning")
        self._prompts = prompts
        self._asked: Prompt | None = None
        self._skipped = 0
        self._disconnect: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("", id="question", markup=False)
            yield Input(id="answer")

    def on_mount(self) -> None:
        self._disconnect = self._prompts.changed.connect(lambda _: self._show())
        self.query_one(Input).focus()
        self._show()

    def on_unmount(self) -> None:
        if self._disconnect is not None:
            self._disconnect()

    def _show(self) -> None:
        """Ask what waits now; a question that is still the same keeps what was typed for it."""
        waiting = self._prompts.waiting
        if not waiting:
            if self.is_current:
                self.dismiss(None)
            return
        prompt = waiting[self._skipped % len(waiting)]
        box = self.query_one(Vertical)
        box.border_title = Content(f"{prompt.session_name} asks")
        more = f"{len(waiting)} wait, Tab goes on; " if len(waiting) > 1 else ""
        box.border_subtitle = f"{more}Enter sends, Esc leaves it waiting"
        if prompt == self._asked:
            return
        self._asked = prompt
        self.query_one("#question", Label).update(
            prompt.text or ("Password:" if prompt.is_password else "A line of input:")
        )
        answer = self.query_one(Input)
        answer.value = ""
        answer.password = prompt.is_password

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        prompt, text = self._asked, event.value
        self._asked = None
        event.input.value = ""
        if prompt is not None and not self._prompts.answer(prompt, text):
            self.notify("That question no longer waits.", severity="warning")
        self._show()

    def action_skip(self) -> None:
        """Go on to the next question; this one stays waiting."""
        self._skipped += 1
        self._show()

    def action_leave(self) -> None:
        """Leave them waiting."""
        self.dismiss(None)
