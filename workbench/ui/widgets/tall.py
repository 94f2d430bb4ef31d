"""Layout of containers whose children are very tall."""

from __future__ import annotations

from textual._spatial_map import SpatialMap
from textual.geometry import Size
from textual.layout import DockArrangeResult
from textual.widget import Widget

_GRID_WIDTH = 10_000
_SQUARES = 64


class TallMixin(Widget):
    """Keeps the framework's map of where the children are small.

    That map has a square for every 20 rows: with 100,000 rows of text, filling it anew takes as long as drawing a
    frame. Here the squares grow with the children.
    """

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
