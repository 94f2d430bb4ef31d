"""The list of live sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input

from workbench.ui.commands import Place, bindings_of
from workbench.ui.glyphs import session_mark
from workbench.ui.session_rows import Order, RowState, SessionRow, arrange, shortened


class SessionList(ScrollView, can_focus=True):
    """Rows of sessions, drawn line by line so that ten thousand scroll like ten."""

    DEFAULT_CSS = """
    SessionList {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .session-list--cursor { background: $block-cursor-blurred-background; }
        &:focus > .session-list--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .session-list--open { text-style: bold; }
        & > .session-list--dim { color: $text-muted; }
        & > .session-list--asks { color: $text-warning; }
        & > .session-list--running { color: $text-accent; }
        & > .session-list--idle { color: $text-warning; }
        & > .session-list--ready { color: $text-success; }
        & > .session-list--starting { color: $text-muted; }
        & > .session-list--ending { color: $text-muted; }
        & > .session-list--error { color: $text-error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "session-list--cursor",
        "session-list--open",
        "session-list--dim",
        *(f"session-list--{state}" for state in RowState),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First", show=False),
        Binding("end,G", "edge(-1)", "Last", show=False),
        *bindings_of(Place.SESSIONS),
    ]

    @dataclass
    class Opened(Message):
        """A person chose a session."""

        session_id: str

    @dataclass
    class Asked(Message):
        """A person wants something done with sessions: the marked ones, else the one under the cursor."""

        what: str
        """`destroy`, `idle`, `logs`, `rename`, `copy` or `refresh`."""
        session_ids: tuple[str, ...]

    class FilterRequested(Message):
        """A person pressed the filter key."""

    cursor_id: reactive[str] = reactive("", repaint=True)
    open_id: reactive[str] = reactive("", repaint=True)
    order: reactive[Order] = reactive(Order.URGENCY)
    needle: reactive[str] = reactive("")

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.marked: set[str] = set()
        self._all: tuple[SessionRow, ...] = ()
        self._rows: list[SessionRow] = []
        self._places: dict[str, int] = {}
        self._blank = ("No sessions yet.", "^N makes one.")

    def show_rows(self, rows: Iterable[SessionRow]) -> None:
        """Show these sessions; cursor and marks stay on theirs."""
        rows = tuple(rows)
        if rows != self._all:
            self._all = rows
            self._arrange()

    def _arrange(self) -> None:
        place = self._places.get(self.cursor_id, 0)
        self._rows = arrange(self._all, self.order, self.needle)
        self._places = {row.id: at for at, row in enumerate(self._rows)}
        self.marked &= {row.id for row in self._all}
        if self.cursor_id not in self._places:
            self.cursor_id = self._rows[min(place, len(self._rows) - 1)].id if self._rows else ""
        self.virtual_size = Size(self.size.width, len(self._rows))
        self.refresh()

    @property
    def shown(self) -> list[SessionRow]:
        """The rows after filter and sort."""
        return self._rows

    def neighbour(self, session_id: str) -> str:
        """The session below that one, else the one above; "" when there is none."""
        at = self._places.get(session_id)
        if at is None:
            return self._rows[0].id if self._rows else ""
        beside = self._rows[at + 1 : at + 2] or self._rows[max(0, at - 1) : at]
        return beside[0].id if beside else ""

    def chosen(self) -> tuple[str, ...]:
        """The marked sessions in shown order, else the one under the cursor."""
        if self.marked:
            return tuple(row.id for row in self._rows if row.id in self.marked)
        return (self.cursor_id,) if self.cursor_id else ()

    def watch_order(self) -> None:
        self._arrange()

    def watch_needle(self) -> None:
        self._arrange()

    def watch_cursor_id(self) -> None:
        place = self._places.get(self.cursor_id)
        if place is not None and self.is_mounted:
            self.scroll_to_region(Region(0, place, 1, 1), animate=False, force=True)

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows))

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width = self.size.width
        if not self._rows and not self._all and 0 < at <= len(self._blank):
            dim = self.get_component_rich_style("session-list--dim")
            return Strip([Segment(" " + self._blank[at - 1], dim)]).adjust_cell_length(width, self.rich_style)
        if at >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        return self._row_strip(self._rows[at], width)

    def _row_strip(self, row: SessionRow, width: int) -> Strip:
        base = self.rich_style
        if row.id == self.cursor_id:
            base += self.get_component_rich_style("session-list--cursor", partial=True)
        name_style = (
            base + self.get_component_rich_style("session-list--open", partial=True) if row.id == self.open_id else base
        )
        note_style = base
        if row.id != self.cursor_id or not self.has_focus:
            glyph_style = base + Style(color=self.get_component_rich_style(f"session-list--{row.state}").color)
            note_style = base + Style(color=self.get_component_rich_style("session-list--dim").color)
            if row.state in {RowState.ASKS, RowState.IDLE, RowState.ERROR}:
                note_style = glyph_style
        else:
            glyph_style = base
        mark = "✓" if row.id in self.marked else "▎" if row.id == self.open_id else " "
        room = max(0, width - 4)
        note = shortened(row.note, max(room // 2, room - cell_len(row.name) - 1))
        name_room = max(0, room - cell_len(note) - 1)
        name = shortened(row.name, name_room)
        segments = [
            Segment(mark, base),
            Segment(f"{session_mark(row.state).glyph} ", glyph_style),
            Segment(set_cell_size(name, name_room), name_style),
            Segment(f" {note} ", note_style),
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def action_step(self, by: int) -> None:
        self._move(self._places.get(self.cursor_id, 0) + by)

    def action_page(self, by: int) -> None:
        self.action_step(by * max(1, self.size.height - 1))

    def action_edge(self, at: int) -> None:
        self._move(at if at >= 0 else len(self._rows) - 1)

    def _move(self, to: int) -> None:
        if self._rows:
            self.cursor_id = self._rows[max(0, min(to, len(self._rows) - 1))].id

    def action_open(self) -> None:
        if self.cursor_id:
            self.post_message(self.Opened(self.cursor_id))

    def action_mark(self) -> None:
        self.marked ^= {self.cursor_id} if self.cursor_id else set()
        self.refresh()
        self.action_step(1)

    def action_mark_all(self) -> None:
        shown = {row.id for row in self._rows}
        self.marked = set() if shown <= self.marked else shown
        self.refresh()

    def action_sort(self) -> None:
        self.order = self.order.next()

    def action_filter(self) -> None:
        self.post_message(self.FilterRequested())

    def action_destroy(self) -> None:
        self._ask("destroy")

    def action_idle(self) -> None:
        self._ask("idle")

    def action_logs(self) -> None:
        self._ask("logs")

    def action_rename(self) -> None:
        self._ask("rename")

    def action_copy(self) -> None:
        self._ask("copy")

    def action_refresh(self) -> None:
        self._ask("refresh")

    def _ask(self, what: str) -> None:
        self.post_message(self.Asked(what, self.chosen()))

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        if at < len(self._rows):
            self.cursor_id = self._rows[at].id
            if event.ctrl or event.meta:
                self.marked ^= {self.cursor_id}
                self.refresh()
            else:
                self.action_open()


class SessionsPane(Vertical):
    """The list with its filter line."""

    DEFAULT_CSS = """
    SessionsPane {
        & > Input { display: none; }
        & > Input, & > Input:focus { border: none; height: 1; padding: 0 1; }
        &.-filtering > Input { display: block; }
    }
    """
    BORDER_TITLE = "Sessions"

    def compose(self) -> ComposeResult:
        yield SessionList(id="session-list")
        yield Input(placeholder="/ filter", id="session-filter")

    @property
    def sessions(self) -> SessionList:
        """The list itself."""
        return self.query_one(SessionList)

    def on_session_list_filter_requested(self) -> None:
        self.add_class("-filtering")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.sessions.needle = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_class(bool(event.value), "-filtering")
        self.sessions.focus()

    def on_key(self, event: events.Key) -> None:
        box = self.query_one(Input)
        if event.key == "escape" and (box.has_focus or box.value):
            event.stop()
            box.value = ""
            self.remove_class("-filtering")
            self.sessions.focus()
        elif event.key == "down" and box.has_focus:
            event.stop()
            self.sessions.focus()
