"""Hiding, zooming and resizing the panes of the workbench screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget

    from workbench.ui.layout import Layout

STACK = ("editor", "output", "terminal")
"""The panes of the work area, from top to bottom."""


class PaneLayout:
    """Applies a `Layout` to the panes and changes it as a person drags and toggles."""

    def __init__(self, layout: Layout, sessions: Widget, panes: dict[str, Widget]) -> None:
        self.layout = layout
        self.sessions = sessions
        self.panes = panes
        self.zoomed: str | None = None
        self.narrow = False
        self.list_over = False
        """On a narrow screen: whether the list was called up."""

    def apply(self) -> None:
        """Put the layout on the screen."""
        for name, pane in self.panes.items():
            pane.display = name == self.zoomed if self.zoomed else name not in self.layout.hidden
            pane.styles.height = f"{self.layout.weights[name]:.4f}fr"
        self.sessions.display = self.zoomed == "sessions" or (
            self.zoomed is None and (self.list_over if self.narrow else "sessions" not in self.layout.hidden)
        )
        if self.zoomed == "sessions":
            self.sessions.styles.width = "100%"
        else:
            self.sessions.styles.width = self.layout.list_width

    def is_shown(self, name: str) -> bool:
        """Whether a pane is on the screen."""
        pane = self.sessions if name == "sessions" else self.panes[name]
        return bool(pane.display)

    def show(self, name: str) -> None:
        """Bring a pane back, out of another's zoom if need be."""
        if self.zoomed not in {None, name}:
            self.zoomed = None
        if name == "sessions":
            self.list_over = True
        if name != "sessions" or not self.narrow:
            self.layout.hidden.discard(name)
        self.apply()

    def hide(self, name: str) -> None:
        """Hide a pane; the last one of the work area stays."""
        self.zoomed = None
        if name == "sessions":
            self.list_over = False
        if (name == "sessions" and not self.narrow) or (
            name in STACK and not self.layout.hidden.issuperset(set(STACK) - {name})
        ):
            self.layout.hidden.add(name)
        self.apply()

    def zoom(self, name: str) -> None:
        """Give the pane everything, or go back."""
        self.zoomed = None if self.zoomed == name else name
        self.apply()

    def grow(self, name: str, rows: int) -> None:
        """Give a pane that many more rows, taken from the others shown."""
        shown = [each for each in STACK if self.panes[each].display]
        if name not in shown or len(shown) < 2:
            return
        height = {each: max(1, self.panes[each].outer_size.height) for each in shown}
        neighbour = shown[shown.index(name) - 1] if shown.index(name) else shown[1]
        move = max(min(rows, height[neighbour] - 3), 3 - height[name])
        height[name] += move
        height[neighbour] -= move
        # Shares in whole rows are met exactly; those of hidden panes keep their proportion to them.
        scale = sum(height.values()) / sum(self.layout.weights[each] for each in shown)
        for each in STACK:
            self.layout.weights[each] = height.get(each, self.layout.weights[each] * scale)
        self.apply()

    def widen_list(self, columns: int) -> None:
        """Change the width of the session list."""
        self.layout.list_width = min(80, max(12, self.layout.list_width + columns))
        self.apply()

    def edge_at(self, x: int, y: int) -> str | None:
        """The pane whose draggable edge is at that screen cell: its title rule, or the list's right edge."""
        if self.zoomed:
            return None
        if self.sessions.display and x == self.sessions.region.right - 1 and self.sessions.region.contains(x, y):
            return "sessions"
        shown = [name for name in STACK if self.panes[name].display]
        for name in shown[1:]:
            region = self.panes[name].region
            if y == region.y and region.x <= x < region.right:
                return name
        return None
