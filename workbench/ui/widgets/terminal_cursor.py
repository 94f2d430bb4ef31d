"""The cursor of a terminal, laid over the row it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from workbench.ui.widgets.strips import StripMaker, overlay

if TYPE_CHECKING:
    from workbench.vt.cells import Cursor

_UNDERLINE = RichStyle(underline=True)
_REVERSE = RichStyle(reverse=True)


def with_cursor(strip: Strip, cursor: Cursor, maker: StripMaker, *, focused: bool) -> Strip:
    """Return the row with the cursor: filled, a bar or a line; hollow when the terminal has not the focus."""
    text = _character(strip, cursor.x)
    blank = not text.strip()
    if not focused:
        return _put(strip, cursor.x, "▯") if blank else overlay(strip, cursor.x, cursor.x + _width(text), _UNDERLINE)
    if cursor.shape == "bar" and blank:
        return _put(strip, cursor.x, "▏")
    style = _block(maker) if cursor.shape == "block" else _UNDERLINE
    return overlay(strip, cursor.x, cursor.x + _width(text), style)


def _block(maker: StripMaker) -> RichStyle:
    if maker.palette.native:
        return _REVERSE
    return RichStyle.from_color(maker.blank_style.bgcolor, maker.blank_style.color)


def _width(text: str) -> int:
    return max(cell_len(text), 1)


def _character(strip: Strip, x: int) -> str:
    """Return the character at a column, a wide one whole."""
    two = strip.crop(x, x + 2).text
    return two if len(two) == 1 else two[:1]


def _put(strip: Strip, x: int, text: str) -> Strip:
    """Return the row with another character in a blank cell."""
    style = next((segment.style for segment in strip.crop(x, x + 1)), None)
    return Strip.join([strip.crop(0, x), Strip([Segment(text, style)], 1), strip.crop(x + 1)])
