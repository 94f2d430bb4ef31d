"""The commands of a batch run."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from workbench.domain.run import BatchCommands


class BatchModal(ModalScreen[BatchCommands | None]):
    """Clean, build and exec commands; Enter runs them."""

    DEFAULT_CSS = """
    BatchModal { align: center middle; }
    BatchModal > Vertical {
        width: 72; max-width: 95%; height: auto; padding: 1 2; background: $surface;
        border: round $primary; border-title-color: $text-primary; border-subtitle-color: $text-muted;
        & Input, & Input:focus { border: none; height: 1; padding: 0 1; background: $panel; width: 1fr; }
        & Horizontal { height: 1; margin-bottom: 1; }
        & Horizontal > Label { width: 8; color: $text-muted; }
        & .hint { color: $text-muted; height: auto; }
        & #problem { color: $text-error; height: auto; }
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
            yield Label("", id="problem", markup=False)

    def on_mount(self) -> None:
        self.query_one("#exec", Input).focus()

    def on_input_submitted(self) -> None:
        steps = {box.id or "": box.value.strip() for box in self.query(Input)}
        if any(steps.values()):
            self.dismiss(BatchCommands(clean=steps["clean"], build=steps["build"], exec=steps["exec"]))
        else:
            self.query_one("#problem", Label).update("Give at least one command.")

    def action_leave(self) -> None:
        """Run nothing."""
        self.dismiss(None)
