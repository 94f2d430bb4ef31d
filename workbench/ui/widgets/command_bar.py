"""The last line of the screen: the keys that do something now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from workbench.ui.commands import COMMANDS, UNBOUND, Place, key_label

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

_EVERYWHERE = tuple(each.id for each in COMMANDS if each.place is Place.WORKBENCH and each.footer)
_LAST = frozenset({"app.palette", "app.quit"})
"""They stay when there is no room for all: everything else is found through them."""


@dataclass(frozen=True, slots=True)
class Item:
    """A key and what it does."""

    id: str
    key: str
    label: str
    action: str
    node: DOMNode

    @property
    def width(self) -> int:
        """Columns, with the gap after it."""
        return cell_len(self.key) + cell_len(self.label) + 3


class CommandBar(Widget):
    """One line, made from the bindings in force: the focused pane's first, then those of everywhere.

    What read-only mode forbids is not in it. A click does the same as the key.
    """

    DEFAULT_CSS = """
    CommandBar {
        dock: bottom; height: 1; background: $footer-background; color: $footer-description-foreground;
        & > .command-bar--key { color: $footer-key-foreground; text-style: bold; background: $footer-background; }
        & > .command-bar--rule { color: $rule; background: $footer-background; }
        & > .command-bar--hover { background: $block-cursor-blurred-background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"command-bar--key", "command-bar--rule", "command-bar--hover"}

    def __init__(self) -> None:
        super().__init__()
        self._of_pane: list[Item] = []
        self._of_all: list[Item] = []
        self._places: list[tuple[range, Item]] = []
        self._hovered: Item | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen is not self.screen or not screen.is_current:
            return
        active = list(screen.active_bindings.values())
        items = [
            Item(
                binding.id or f"{type(node).__name__}.{binding.action}",
                key_label(binding.key),
                binding.description,
                binding.action,
                node,
            )
            for node, binding, enabled, _ in active
            if binding.show and enabled and not binding.key.startswith(UNBOUND)
        ]
        focused = screen.focused
        for key, label, action in getattr(focused, "command_bar", ()):
            assert focused is not None
            items.append(Item(action, key, label, action, focused))
        by_id = {item.id: item for item in reversed(items)}
        of_pane = [item for item in by_id.values() if item.id not in _EVERYWHERE][::-1]
        of_all = [by_id[each] for each in _EVERYWHERE if each in by_id]
        if (of_pane, of_all) != (self._of_pane, self._of_all):
            self._of_pane, self._of_all, self._hovered = of_pane, of_all, None
            self.refresh()

    def _fitting(self, width: int) -> tuple[list[Item], list[Item]]:
        of_pane, of_all = list(self._of_pane), list(self._of_all)

        def too_wide() -> bool:
            return sum(item.width for item in (*of_pane, *of_all)) + 2 * bool(of_pane) > width

        while too_wide() and (less := [item for item in of_all if item.id not in _LAST]):
            of_all.remove(less[0])
        while too_wide() and of_pane:
            of_pane.pop()
        while too_wide() and of_all:
            of_all.pop()
        return of_pane, of_all

    def render_line(self, y: int) -> Strip:
        del y
        of_pane, of_all = self._fitting(self.size.width)
        self._places = []
        segments: list[Segment] = []
        at = 0
        for item in of_pane:
            at = self._put(segments, item, at)
        if of_pane and of_all:
            segments.append(Segment(" │", self.get_component_rich_style("command-bar--rule")))
            at += 2
        for item in of_all:
            at = self._put(segments, item, at)
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _put(self, segments: list[Segment], item: Item, at: int) -> int:
        base, key = self.rich_style, self.get_component_rich_style("command-bar--key")
        if item == self._hovered:
            hover = self.get_component_rich_style("command-bar--hover", partial=True)
            base, key = base + hover, key + hover
        segments += [Segment(" ", self.rich_style), Segment(item.key, key), Segment(f" {item.label}", base)]
        segments.append(Segment(" ", self.rich_style))
        self._places.append((range(at + 1, at + item.width - 1), item))
        return at + item.width

    def _at(self, x: int) -> Item | None:
        return next((item for place, item in self._places if x in place), None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    def _hover(self, item: Item | None) -> None:
        if item != self._hovered:
            self._hovered = item
            self.refresh()

    async def on_click(self, event: events.Click) -> None:
        if item := self._at(event.x):
            await self.app.run_action(item.action, item.node)
