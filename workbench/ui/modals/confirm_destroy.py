"""One question before sessions are destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from workbench.ui.modals.dialog import Dialog


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


class ConfirmDestroy(Dialog[bool]):
    """Names the sessions and what would be lost; answers True to go on."""

    DEFAULT_CSS = """
    ConfirmDestroy > Vertical {
        width: 64;
        & > VerticalScroll { height: auto; max-height: 12; }
        & .doomed { text-style: bold; }
        & .loss { color: $text-warning; }
        & #protected { margin: 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Keep"),
        Binding("y", "answer(True)", "Destroy", show=False),
        Binding("up,pageup", "scroll_names(-1)", "Up", show=False),
        Binding("down,pagedown", "scroll_names(1)", "Down", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, doomed: list[Doomed]) -> None:
        super().__init__(classes="-error")
        self.doomed = doomed
        self._locked = {each.name for each in doomed if each.protected}

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            count = len(self.doomed)
            question = f"Destroy {count} sessions?" if count > 1 else f"Destroy {self.doomed[0].name}?"
            box.border_title = Content(question)
            box.border_subtitle = "Esc keeps" if self._locked else "y destroys, Esc keeps"
            with VerticalScroll(can_focus=False):
                for each in self.doomed:
                    forced = "  (forced)" if each.forced else ""
                    yield Static(f"✗ {each.name}{forced}", classes="doomed", markup=False)
                    for loss in each.losses:
                        yield Static(f"    {loss}", classes="loss", markup=False)
            if self._locked:
                names = ", ".join(sorted(self._locked))
                yield Label(f"Protected by your settings. Type {names} to go on:", id="protected", markup=False)
                yield Input(id="names")
            with Horizontal(classes="buttons"):
                yield Button("Keep", id="keep", compact=True)
                yield Button("Destroy", id="destroy", variant="error", disabled=bool(self._locked), compact=True)

    def on_mount(self) -> None:
        self.query_one("#names" if self._locked else "#destroy").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        typed = {name.strip() for name in event.value.replace(",", " ").split()}
        self.query_one("#destroy", Button).disabled = not self._locked <= typed

    def on_input_submitted(self) -> None:
        self.action_answer(yes=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_answer(yes=event.button.id == "destroy")

    def action_scroll_names(self, by: int) -> None:
        """Look through the names when there are more than fit."""
        names = self.query_one(VerticalScroll)
        names.scroll_relative(y=by * max(1, names.size.height - 1), animate=False)

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001
        """Close with the answer; a protected session stays until its name is typed."""
        if not (yes and self.query_one("#destroy", Button).disabled):
            self.dismiss(yes)
