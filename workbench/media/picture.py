"""What becomes of a media record: a picture, a page of text, or the reason why it cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from workbench.media.payload import human_size

if TYPE_CHECKING:
    from PIL.Image import Image

Rgb = tuple[int, int, int]


class Cell(NamedTuple):
    """One terminal cell of a picture."""

    char: str
    fg: Rgb
    bg: Rgb


class Unshowable(Struct, frozen=True):
    """A payload that cannot be shown, and why."""

    reason: str
    """One sentence."""
    mime: str
    size: int
    """Bytes of the payload."""

    @property
    def caption(self) -> str:
        """Type and size, such as `audio/ogg 120 KB`."""
        return f"{self.mime} {human_size(self.size)}"


class TextPage(Struct, frozen=True):
    """A payload that reads as text."""

    lines: tuple[str, ...]
    """Without control characters."""
    mime: str
    size: int
    dropped_lines: int = 0

    @property
    def caption(self) -> str:
        """Type and size, and what was left out."""
        more = f", {self.dropped_lines:,} more lines" if self.dropped_lines else ""
        return f"{self.mime} {human_size(self.size)}{more}"


class Picture(Struct, frozen=True):
    """A decoded picture, reduced to what a preview needs."""

    image: Image
    """`RGB`, or `RGBA` where something shows through."""
    mime: str
    size: int
    """Bytes of the payload."""
    width: int
    height: int
    """Pixels as the payload declares them; `image` may be smaller, or larger for a vector picture."""
    scalable: bool = False
    """Whether it was drawn from vectors and may be shown larger than its declared size."""

    @property
    def caption(self) -> str:
        """Such as `image/png 640×480 38 KB`."""
        return f"{self.mime} {self.width}×{self.height} {human_size(self.size)}"

    def rgba(self) -> Image:
        """The pixels with their alpha channel."""
        return self.image.convert("RGBA")

    def fit(self, columns: int, rows: int) -> tuple[int, int]:
        """The cells it takes within `columns` by `rows`, at most one pixel a half cell."""
        source = self.image.size if self.scalable else (self.width, self.height)
        return fit(*source, columns, rows)

    def half_blocks(self, columns: int, rows: int, background: Rgb) -> list[list[Cell]]:
        """The picture in exactly `columns` by `rows` cells, over a background colour."""
        from workbench.media.blocks import half_blocks

        return half_blocks(self.image, columns, rows, background)


Preview = Picture | TextPage | Unshowable


def fit(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Cells of a picture kept in proportion; a cell is one pixel wide and two high, and nothing is enlarged."""
    columns, rows = max(1, columns), max(1, rows)
    scale = min(1.0, columns / width, rows * 2 / height)
    cell_columns = min(columns, max(1, round(width * scale)))
    cell_rows = min(rows, max(1, -(-round(height * scale) // 2)))
    return cell_columns, cell_rows
