"""What all questions over the screen look like."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A box in the middle: its title asks, its subtitle says the keys; lines to type in are one row high."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - an instance variable in the framework
    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical {
        width: 72; max-width: 95%; height: auto; max-height: 95%; padding: 1 2; background: $surface;
        border: round $primary; border-title-color: $text-primary; border-title-style: bold;
        border-subtitle-color: $text-muted; border-subtitle-align: right;
        & Input, & Input:focus { border: none; height: 1; padding: 0 1; background: $panel; width: 1fr; }
        & Input > .input--placeholder { color: $text-muted; }
        & .hint { color: $text-muted; height: auto; }
        & .problem { color: $text-error; height: auto; margin-top: 1; display: none; }
        & .problem.-said { display: block; }
        & .buttons { height: 1; align-horizontal: right; margin-top: 1; }
    }
    Dialog.-warning > Vertical { border: round $warning; border-title-color: $text-warning; }
    Dialog.-error > Vertical { border: round $error; border-title-color: $text-error; }
    """
