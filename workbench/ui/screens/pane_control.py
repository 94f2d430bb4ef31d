"""Focus, size and visibility of the panes, by keys and mouse."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.screen import Screen

from workbench.ui.layout import Layout, load_layout
from workbench.ui.screens.pane_layout import STACK, PaneLayout
from workbench.ui.widgets.status_header import NARROW


class PaneControl(Screen[None]):
    """A screen of the panes `sessions`, `editor`, `output` and `terminal`, in the layout kept from the last time."""

    def __init__(self, layout_path: Path) -> None:
        super().__init__()
        self.layout_path = layout_path
        self.layout_state: Layout = load_layout(layout_path)
        self._panes: PaneLayout | None = None
        self._dragging: tuple[str, int, int] | None = None

    @property
    def panes(self) -> PaneLayout:
        """Sizes and visibility of the panes."""
        if self._panes is None:
            stack = {name: self.query_one(f"#{name}") for name in STACK}
            self._panes = PaneLayout(self.layout_state, self.query_one("#sessions"), stack)
        return self._panes

    def focused_pane(self) -> str:
        """The pane that has the focus; the editor when none has."""
        for name in ("sessions", *STACK):
            pane = self.query_one(f"#{name}")
            if self.focused is not None and pane in self.focused.ancestors_with_self:
                return name
        return "editor"

    def action_zoom(self) -> None:
        """Give the focused pane everything, or go back."""
        self.panes.zoom(self.focused_pane())

    def action_hide_pane(self) -> None:
        """Hide the focused pane."""
        self.panes.hide(self.focused_pane())
        self._focus_in_sight()

    def _focus_in_sight(self) -> None:
        """What is typed next goes where a person sees it."""
        shown = next(name for name in STACK if self.panes.is_shown(name))
        self.call_next(self.run_action, f"focus_pane('{shown}')")

    def action_resize_pane(self, rows: int) -> None:
        """Give the focused pane more or fewer rows."""
        self.panes.grow(self.focused_pane(), rows)

    def action_resize_list(self, columns: int) -> None:
        """Give the list more or fewer columns."""
        self.panes.widen_list(columns)

    def on_resize(self, event: events.Resize) -> None:
        self.panes.narrow = event.size.width < NARROW
        self.panes.apply()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        edge = self.panes.edge_at(event.screen_x, event.screen_y)
        if edge is not None:
            self._dragging = (edge, event.screen_x, event.screen_y)
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging is None:
            return
        name, x, y = self._dragging
        if name == "sessions" and event.screen_x != x:
            self.panes.widen_list(event.screen_x - x)
        elif name != "sessions" and event.screen_y != y:
            self.panes.grow(name, y - event.screen_y)
        self._dragging = (name, event.screen_x, event.screen_y)

    def on_mouse_up(self) -> None:
        if self._dragging is not None:
            self._dragging = None
            self.release_mouse()
