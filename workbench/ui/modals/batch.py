"""The commands of a batch run."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from workbench.domain.run import BatchCommands
from workbench.ui.modals.dialog import Dialog


class BatchModal(Dialog[BatchCommands | None]):
    """Clean, build and exec commands; Enter runs them."""

    DEFAULT_CSS = """
    BatchModal > Vertical {
        & Horizontal { height: 1; margin-bottom: 1; }
        & Horizontal > Label { width: 8; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, last: BatchCommands, uploads: list[str]) -> None:
        super().__init__()
        self._last, self._uploads = last, uploads

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Batch run"
            box.border_subtitle = "Enter runs, Esc leaves"
            for step in ("clean", "build", "exec"):
                with Horizontal():
                    yield Label(step.capitalize())
                    yield Input(
                        getattr(self._last, step),
                        id=step,
                        placeholder="a shell command, * for the usual one, or nothing",
                    )
            sent = ", ".join(self._uploads) or "nothing"
            yield Label(f"Uploaded first: {sent}", classes="hint", markup=False)
            yield Label("", id="problem", classes="problem", markup=False)

    def on_mount(self) -> None:
        self.query_one("#exec", Input).focus()

    def on_input_submitted(self) -> None:
        steps = {box.id or "": box.value.strip() for box in self.query(Input)}
        if any(steps.values()):
            self.dismiss(BatchCommands(clean=steps["clean"], build=steps["build"], exec=steps["exec"]))
        else:
            label = self.query_one("#problem", Label)
            label.update("Give at least one command.")
            label.add_class("-said")

    def action_leave(self) -> None:
        """Run nothing."""
        self.dismiss(None)
