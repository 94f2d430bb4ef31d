"""The line in which a person answers code that waits for input."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from workbench.ui.commands import label_of

_HINT = "Enter sends   Esc leaves it waiting   {} interrupts"


class PromptInput(Input):
    """One answer; masked for a password, and empty again the moment it is sent."""

    DEFAULT_CSS = """
    PromptInput, PromptInput:focus {
        border: none; height: 1; padding: 0; background: $foreground 8%;
        & > .input--placeholder { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it waiting", show=False),
        Binding("f8", "interrupt", "Interrupt", id="run.interrupt"),
    ]

    @dataclass
    class Answered(Message):
        """A person sent a line."""

        input: PromptInput
        text: str = field(repr=False)

        @property
        def control(self) -> PromptInput:
            """The line it was typed in."""
            return self.input

    class Left(Message):
        """A person left the line without answering."""

    class Interrupted(Message):
        """A person wants the waiting code interrupted."""

    def __init__(self, *, is_password: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(password=is_password, select_on_focus=False, id=id)
        self.typed_at = 0.0
        """When a key was last pressed in it (monotonic)."""
        self.ask(is_password=is_password)

    def ask(self, *, is_password: bool) -> None:
        """Wait for an answer; what was typed ahead stays."""
        self.password = is_password
        hint = _HINT.format(label_of("run.interrupt"))
        self.placeholder = f"password, not shown   {hint}" if is_password else hint
        self.tooltip = None

    def wait(self) -> None:
        """An answer was sent: keep what is typed ahead, out of sight, for the next question."""
        self.password = True
        self.placeholder = ""

    def wipe(self) -> None:
        """Forget what was typed."""
        self.value = ""

    async def action_submit(self) -> None:
        """Send the line."""
        text = self.value
        self.wipe()
        self.post_message(self.Answered(self, text))

    def action_leave(self) -> None:
        """Leave the question waiting."""
        self.post_message(self.Left())

    def action_interrupt(self) -> None:
        """Interrupt instead of answering."""
        self.wipe()
        self.post_message(self.Interrupted())

    def action_copy(self) -> None:
        """Copy the selected text; never from a masked line."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut the selected text; never from a masked line."""
        if not self.password:
            super().action_cut()

    def on_key(self, event: events.Key) -> None:
        if event.is_printable:
            self.typed_at = monotonic()

    def on_input_changed(self, event: Input.Changed) -> None:
        # Nobody above needs to see an answer while it is typed.
        event.stop()


class PromptLine(Horizontal):
    """The mark of a question and the line to answer it."""

    DEFAULT_CSS = """
    PromptLine {
        height: 1;
        & > Label { color: $text-warning; text-style: bold; width: auto; }
    }
    """

    def __init__(self, *, is_password: bool) -> None:
        super().__init__()
        self.input = PromptInput(is_password=is_password)

    def compose(self) -> ComposeResult:
        yield Label(Content("? "))
        yield self.input
