"""The first line of the screen: where we are connected and what wants attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from workbench.ui.commands import label_of


@dataclass(frozen=True, slots=True)
class HeaderState:
    """What the header shows."""

    label: str = ""
    """The endpoint's name."""
    link: str = "connecting"
    """`connecting`, `live`, `stale` or `down`."""
    sessions: int = 0
    asks: int = 0
    latency_ms: float | None = None
    read_only: bool = False
    insecure: bool = False
    """TLS certificates are not verified."""


NARROW = 100
"""Columns below which the list hides behind a key, which then stands beside the count of sessions."""
_LINKS = {"connecting": "◌ connecting", "live": "●", "stale": "◐ stale", "down": "✗ no connection"}


class StatusHeader(Widget):
    """One line; a click on the prompts asks for them, one on the sessions shows their list."""

    DEFAULT_CSS = """
    StatusHeader {
        dock: top; height: 1; background: $panel; color: $foreground;
        & > .status-header--name { text-style: bold; color: $text-primary; background: $panel; }
        & > .status-header--dim { color: $text-muted; background: $panel; }
        & > .status-header--good { color: $text-success; background: $panel; }
        & > .status-header--warn { color: $text-warning; background: $panel; text-style: bold; }
        & > .status-header--bad { color: $text-error; background: $panel; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"status-header--{part}" for part in ("name", "dim", "good", "warn", "bad")
    }

    class PromptsClicked(Message):
        """A person clicked the count of prompts."""

    class SessionsClicked(Message):
        """A person clicked the count of sessions."""

    class HelpClicked(Message):
        """A person clicked the key of help."""

    state: reactive[HeaderState] = reactive(HeaderState)

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[range, type[Message]]] = []

    def render_line(self, y: int) -> Strip:
        del y
        width, state = self.size.width, self.state
        self._places = []
        left = [self._part(" backend-tui ", "name"), self._part(f"  {state.label} " if state.label else "  ", None)]
        left.append(self._part(_LINKS.get(state.link, state.link), _LINK_STYLES.get(state.link, "warn")))
        if state.link in {"live", "stale"}:
            plural = "session" if state.sessions == 1 else "sessions"
            key = f"{label_of('pane.sessions')} " if width < NARROW else ""
            left.append(self._part(f"   {key}", "dim"))
            self._click(left, f"{state.sessions} {plural}", None, self.SessionsClicked)
        if state.insecure:
            left.append(self._part("   TLS not verified", "bad"))
        if state.read_only:
            left.append(self._part("   read-only", "warn"))
        if state.asks:
            asks = f"   ? {state.asks} " + ("asks" if state.asks == 1 else "ask")
            self._click(left, asks, "warn", self.PromptsClicked)
        latency = f"{state.latency_ms:.0f} ms   " if state.latency_ms is not None else ""
        help_part = f"{label_of('app.help')} help "
        right = [self._part(latency, "dim"), self._part(help_part, "dim")]
        gap = width - sum(cell_len(segment.text) for segment in (*left, *right))
        self._places.append((range(width - cell_len(help_part), width), self.HelpClicked))
        if gap < 1:
            return Strip(left).adjust_cell_length(width, self.rich_style)
        return Strip([*left, Segment(" " * gap, self.rich_style), *right])

    def _click(self, line: list[Segment], text: str, style: str | None, message: type[Message]) -> None:
        """Add a part that can be clicked."""
        start = sum(cell_len(segment.text) for segment in line)
        self._places.append((range(start, start + cell_len(text)), message))
        line.append(self._part(text, style))

    def _part(self, text: str, name: str | None) -> Segment:
        return Segment(text, self.get_component_rich_style(f"status-header--{name}") if name else self.rich_style)

    def on_click(self, event: object) -> None:
        x = getattr(event, "x", -1)
        for place, message in self._places:
            if x in place:
                self.post_message(message())
                return


_LINK_STYLES = {"connecting": "dim", "live": "good", "stale": "warn", "down": "bad"}
