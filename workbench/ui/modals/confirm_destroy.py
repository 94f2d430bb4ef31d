"""One question before sessions are destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static


@dataclass(frozen=True, slots=True)
class Doomed:
    """A session that is about to be destroyed, and what goes with it."""

    name: str
    losses: tuple[str, ...] = ()
    """Such as `code is running (00:12)`."""
    forced: bool = False
    """Its status needs a forced destroy."""
    protected: bool = False
    """A setting protects it: its name must be typed."""


class ConfirmDestroy(ModalScreen[bool]):
    """Names the sessions and what would be lost; answers True to go on."""

    DEFAULT_CSS = """
    ConfirmDestroy { align: center middle; }
    ConfirmDestroy > Vertical {
        width: 64; max-width: 90%; height: auto; max-height: 80%; padding: 1 2;
        background: $surface; border: round $error;
        & > VerticalScroll { height: auto; max-height: 12; margin: 1 0; }
        & .loss { color: $text-warning; }
        & Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
        & Button { margin-left: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Keep"),
        Binding("y", "answer(True)", "Destroy", show=False),
    ]

    def __init__(self, doomed: list[Doomed]) -> None:
        super().__init__()
        self.doomed = doomed
        self._locked = {each.name for each in doomed if each.protected}

    def compose(self) -> ComposeResult:
        with Vertical():
            count = len(self.doomed)
            question = f"Destroy {count} sessions?" if count > 1 else f"Destroy {self.doomed[0].name}?"
            yield Label(question, markup=False)
            with VerticalScroll(can_focus=False):
                for each in self.doomed:
                    yield Static(f"✗ {each.name}" + ("  (forced)" if each.forced else ""), markup=False)
                    for loss in each.losses:
                        yield Static(f"    {loss}", classes="loss", markup=False)
            if self._locked:
                names = ", ".join(sorted(self._locked))
                yield Label(f"Protected by your settings. Type {names} to go on:", markup=False)
                yield Input(id="names")
            with Horizontal():
                yield Button("Keep", id="keep")
                yield Button("Destroy", id="destroy", variant="error", disabled=bool(self._locked))

    def on_mount(self) -> None:
        self.query_one("#names" if self._locked else "#destroy").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        typed = {name.strip() for name in event.value.replace(",", " ").split()}
        self.query_one("#destroy", Button).disabled = not self._locked <= typed

    def on_input_submitted(self) -> None:
        self.action_answer(yes=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_answer(yes=event.button.id == "destroy")

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001
        """Close with the answer; a protected session stays until its name is typed."""
        if not (yes and self.query_one("#destroy", Button).disabled):
            self.dismiss(yes)
