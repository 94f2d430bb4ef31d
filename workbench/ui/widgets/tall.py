"""Widgets that are very tall: what the framework keeps per row is kept small."""

from __future__ import annotations

from typing import Any

from textual._spatial_map import SpatialMap
from textual._styles_cache import StylesCache
from textual.geometry import Region, Size
from textual.layout import DockArrangeResult
from textual.reactive import Reactive
from textual.widget import Widget

_GRID_WIDTH = 10_000
_SQUARES = 64
_ROWS = 500


class TallMixin(Widget):
    """For text of 100,000 rows, and for containers of such.

    The framework's map of where children are has a square for every 20 rows, and its cache of lines a number for every
    row that changed: filling them anew takes as long as drawing a frame. Here the squares grow with the children, and
    a change of many rows empties the cache instead. And a new height, which a layout has just given, asks for no second
    layout that would give the same.
    """

    virtual_size: Reactive[Size] = Reactive(Size(0, 0))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._styles_cache = _TallCache()

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:  # noqa: FBT001, FBT002 - Textual's
        """Arrange the children as their layout says."""
        result = super().arrange(size, optimal)
        if result._spatial_map is None:  # noqa: SLF001 - made lazily; this is the one place to choose its squares
            bottom = max((placement.region.bottom for placement in result.placements), default=0)
            squares = SpatialMap(_GRID_WIDTH, max(20, bottom // _SQUARES))  # type: ignore[var-annotated]
            squares.insert(
                (each.region.grow(each.margin), each.offset, each.fixed, each.overlay, each)
                for each in result.placements
            )
            result._spatial_map = squares  # noqa: SLF001
        return result


class _TallCache(StylesCache):
    """Lines of a tall widget: one that is not in the cache is drawn anyway, so an empty cache says that all changed."""

    def set_dirty(self, *regions: Region) -> None:
        if sum(region.height for region in regions) > _ROWS:
            self.clear()
        else:
            super().set_dirty(*regions)
