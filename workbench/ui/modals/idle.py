"""Sessions by idle deadline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from workbench.ui.glyphs import IDLE
from workbench.ui.modals.dialog import Dialog
from workbench.ui.session_rows import duration


@dataclass(frozen=True, slots=True)
class IdleRow:
    """One session in the idle view."""

    id: str
    name: str
    check: str
    """The check that would reclaim it first; "" for none."""
    remaining: float | None
    """Seconds."""
    cpu: str
    memory: str
    last_run: str
    protected: bool = False


class IdleView(Dialog[tuple[str, ...] | None]):
    """The nearest deadline first; answers the sessions to destroy."""

    DEFAULT_CSS = """
    IdleView > Vertical {
        width: 96; max-width: 98%; height: auto; max-height: 80%; padding: 0;
        & DataTable, & DataTable:focus {
            height: auto; max-height: 100%; margin-bottom: 1; background: $surface; background-tint: $foreground 0%;
        }
        & DataTable > .datatable--even-row, & DataTable > .datatable--odd-row { background: $surface; }
        & DataTable > .datatable--header { background: $surface; color: $text-muted; text-style: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "leave", "Close"),
        Binding("space", "mark", "Mark"),
        Binding("x,delete", "destroy", "Destroy"),
    ]

    def __init__(self, rows: Callable[[], Sequence[IdleRow]], *, warn_below: float) -> None:
        super().__init__()
        self._fetch, self._warn_below = rows, warn_below
        self._marked: set[str] = set()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Idle sessions"
            box.border_subtitle = "Space marks, x destroys, Esc closes"
            yield DataTable(cursor_type="row", zebra_stripes=False)

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for label, key in (
            ("", "mark"),
            ("Session", "name"),
            ("  Reclaimed in", "left"),
            ("By", "check"),
            ("CPU", "cpu"),
            ("Memory", "mem"),
            ("Last run", "last"),
        ):
            table.add_column(label, key=key)
        self._show()
        self.set_interval(1, self._show)

    def _show(self) -> None:
        table = self.query_one(DataTable)
        rows = sorted(self._fetch(), key=lambda row: (row.remaining is None, row.remaining or 0.0, row.name))
        chosen = self._at_cursor()
        table.clear()
        for row in rows:
            table.add_row(*self._cells(row), key=row.id)
        if chosen is not None and any(row.id == chosen for row in rows):
            table.move_cursor(row=table.get_row_index(chosen))

    def _cells(self, row: IdleRow) -> list[Text]:
        left = "no deadline" if row.remaining is None else "overdue" if row.remaining < 0 else duration(row.remaining)
        near = row.remaining is not None and row.remaining < self._warn_below
        mark = "✓" if row.id in self._marked else " "
        name = f"{row.name} (protected)" if row.protected else row.name
        left = f"{IDLE.glyph if near else ' '} {left}"
        texts = [mark, name, left, row.check.replace("_", " "), row.cpu, row.memory, row.last_run]
        return [Text(text, style="bold" if near and place == 2 else "") for place, text in enumerate(texts)]

    def _at_cursor(self) -> str | None:
        table = self.query_one(DataTable)
        if not table.row_count:
            return None
        return table.coordinate_to_cell_key(Coordinate(table.cursor_row, 0)).row_key.value

    def action_mark(self) -> None:
        """Mark the session under the cursor, or take the mark away."""
        chosen = self._at_cursor()
        if chosen:
            self._marked ^= {chosen}
            self._show()
            self.query_one(DataTable).action_cursor_down()

    def action_destroy(self) -> None:
        """Answer with the marked sessions, else the one under the cursor."""
        chosen = tuple(self._marked) or tuple(filter(None, [self._at_cursor()]))
        if chosen:
            self.dismiss(chosen)

    def on_data_table_row_selected(self) -> None:
        self.action_mark()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
