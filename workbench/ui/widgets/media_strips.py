"""Pictures to strips: half blocks, Kitty placeholders, Sixel; made in threads, never by the event loop."""

from __future__ import annotations

from typing import NamedTuple

from rich.color import Color
from rich.control import Control
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.strip import Strip

from workbench.media.picture import Picture, Rgb
from workbench.ui.widgets.graphics import Graphics

_ZERO_WIDTH = [(ControlType.CURSOR_FORWARD, 0)]
_MOST_PIXELS = 4_000_000


class Shape(NamedTuple):
    """What a drawn picture depends on."""

    columns: int
    rows: int
    background: Rgb


class Drawn(NamedTuple):
    """A picture in cells."""

    shape: Shape
    strips: list[Strip]
    transmission: str = ""
    """What the terminal must be sent before the strips mean anything."""


def half_block_strips(picture: Picture, shape: Shape) -> list[Strip]:
    """Strips of exactly `columns` by `rows` cells."""
    strips = []
    for row in picture.half_blocks(*shape):
        segments: list[Segment] = []
        start = 0
        for end in range(1, len(row) + 1):
            if end == len(row) or row[end] != row[start]:
                char, fg, bg = row[start]
                colour = Color.from_rgb(*fg) if char != " " else None
                segments.append(Segment(char * (end - start), Style(color=colour, bgcolor=Color.from_rgb(*bg))))
                start = end
        strips.append(Strip(segments, shape.columns))
    return strips


def kitty_drawn(picture: Picture, shape: Shape, number: int, graphics: Graphics) -> Drawn:
    """The picture as placeholders, and what sends it."""
    from workbench.media.blocks import scale
    from workbench.media.kitty import placeholders, transmission

    size = _pixels(shape, graphics)
    image = picture.image
    if size[0] < image.width:
        image = scale(image, *size)
    style = Style(
        color=Color.from_rgb(number >> 16, number >> 8 & 255, number & 255), bgcolor=Color.from_rgb(*shape.background)
    )
    strips = [Strip([Segment("".join(row), style)], shape.columns) for row in placeholders(shape.columns, shape.rows)]
    return Drawn(shape, strips, transmission(image, number, shape.columns, shape.rows))


class SixelPart(NamedTuple):
    """The rows of a picture that are in sight."""

    shape: Shape
    first: int
    last: int
    """One more than the last row."""


def sixel_text(picture: Picture, part: SixelPart, graphics: Graphics) -> str:
    """The rows of a part as one Sixel string."""
    from workbench.media.blocks import flatten, scale
    from workbench.media.sixel import sixels

    width, height = part.shape.columns * graphics.cell_width, part.shape.rows * graphics.cell_height
    image = flatten(scale(picture.image, width, height), part.shape.background)
    return sixels(image.crop((0, part.first * graphics.cell_height, width, part.last * graphics.cell_height)))


def sixel_fits(shape: Shape, graphics: Graphics) -> bool:
    """Whether a Sixel of that many pixels is worth sending."""
    return shape.columns * graphics.cell_width * shape.rows * graphics.cell_height <= _MOST_PIXELS


def with_sixel(strip: Strip, text: str, at: tuple[int, int], back_to: tuple[int, int]) -> Strip:
    """A strip that also draws a Sixel at a screen cell, and puts the cursor back where the strip ends."""
    moves = (Control.move_to(*at).segment.text, text, Control.move_to(*back_to).segment.text)
    return Strip([*strip, *(Segment(move, None, _ZERO_WIDTH) for move in moves)], strip.cell_length)


def _pixels(shape: Shape, graphics: Graphics) -> tuple[int, int]:
    return shape.columns * graphics.cell_width, shape.rows * graphics.cell_height
