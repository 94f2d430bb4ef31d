"""Rows of a terminal as strips of Textual, with the colours of the theme."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget

    from workbench.vt.cells import Row, Style

RGB = tuple[int, int, int]

_STYLES = 4096
_FAINT = 0.55
_EXTREME = 18.0
"""Contrast of text from which a theme is one of high contrast."""
_ANSI_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_JOINERS = "\u200c\u200d"


class Palette(NamedTuple):
    """The colours a terminal is drawn with."""

    ansi: tuple[RGB, ...]
    """The first 16 colours."""
    foreground: RGB
    background: RGB
    selection: RGB
    """Background of selected text."""
    native: bool = False
    """Whether to leave palette colours and defaults to the real terminal."""
    least_contrast: float = 1.0
    """Text on the plain background is made lighter or darker until it has this much."""


def palette_of(widget: Widget) -> Palette:
    """Return the palette for a widget: the theme's `ansi-red`, `ansi-bright-red`... variables, else Textual's own."""
    app: App[object] = widget.app
    theme = app.ansi_theme
    base, background = widget.background_colors
    back = (base + background).rgb
    fore = (base + background + widget.styles.color).rgb
    variables = app.theme_variables
    ansi = tuple(_variable(variables, _name(index)) or _rgb(theme.ansi_colors[index]) for index in range(16))
    selection = _variable(variables, "screen-selection-background") or _blend(fore, back, 0.3)
    return Palette(ansi, fore, back, selection, app.native_ansi_color)


def legible(palette: Palette) -> Palette:
    """The palette for output, which is coloured for other terminals: IPython's green is lost on a dark theme.

    Text gets the contrast that people need, or the more that a theme of extremes promises.
    """
    extreme = contrast(palette.foreground, palette.background) >= _EXTREME
    return palette._replace(least_contrast=7.0 if extreme else 4.5)


def _rgb(color: Sequence[int]) -> RGB:
    return color[0], color[1], color[2]


def _name(index: int) -> str:
    return f"ansi-{'bright-' if index > 7 else ''}{_ANSI_NAMES[index % 8]}"


def _variable(variables: dict[str, str], name: str) -> RGB | None:
    value = variables.get(name, "")
    if not value.startswith("#") or len(value) != 7:
        return None
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def _blend(over: RGB, under: RGB, amount: float) -> RGB:
    red, green, blue = (round(b + (a - b) * amount) for a, b in zip(over, under, strict=True))
    return red, green, blue


class StripMaker:
    """Makes strips of rows in one palette; styles are cached."""

    def __init__(self, palette: Palette) -> None:
        """Draw with these colours."""
        self.palette = palette
        self._styles: dict[Style, RichStyle] = {}
        self.blank_style = self._colors(
            None if palette.native else palette.foreground, None if palette.native else palette.background
        )

    def strip(self, row: Row, width: int) -> Strip:
        """Return a row as a strip of exactly `width` cells."""
        segments: list[Segment] = []
        styles = self._styles
        cells = 0
        for text, style, count in row:
            rich_style = styles.get(style)
            if rich_style is None:
                rich_style = self._make(style)
            segments.append(Segment(text if text.isascii() else fit_text(text, count), rich_style))
            cells += count
        if cells < width:
            segments.append(Segment(" " * (width - cells), self.blank_style))
        strip = Strip(segments, max(cells, width))
        return strip if cells <= width else strip.crop(0, width)

    def _make(self, style: Style) -> RichStyle:
        if len(self._styles) >= _STYLES:
            self._styles.clear()
        made = self._styles[style] = self._native(style) if self.palette.native else self._resolved(style)
        return made

    def _resolved(self, style: Style) -> RichStyle:
        """Every colour as RGB, so that inverse, faint and selected text look the same whatever the terminal."""
        palette = self.palette
        fore = self._rgb(style.fg, palette.foreground, bold=style.bold)
        back = self._rgb(style.bg, palette.background)
        if style.inverse:
            fore, back = back, fore
        if style.selected:
            back = palette.selection
        if style.faint:
            fore = _blend(fore, back, _FAINT)
        elif back == palette.background and palette.least_contrast > 1.0:
            fore = readable(fore, back, palette.foreground, palette.least_contrast)
        if style.invisible:
            fore = back
        return _with_attributes(self._colors(fore, back), style)

    def _native(self, style: Style) -> RichStyle:
        fore = None if style.fg is None else _native_color(style.fg)
        back = None if style.bg is None else _native_color(style.bg)
        made = RichStyle.from_color(fore, back)
        if style.inverse != style.selected:
            made += RichStyle(reverse=True)
        if style.faint or style.invisible:
            made += RichStyle(dim=style.faint or None, conceal=style.invisible or None)
        return _with_attributes(made, style)

    def _rgb(self, color: int | RGB | None, default: RGB, *, bold: bool = False) -> RGB:
        if color is None:
            return default
        if isinstance(color, tuple):
            return color
        if color < 16:
            return self.palette.ansi[color + 8 if bold and color < 8 else color]
        return _xterm(color)

    @staticmethod
    def _colors(fore: RGB | None, back: RGB | None) -> RichStyle:
        return RichStyle.from_color(
            None if fore is None else Color.from_triplet(ColorTriplet(*fore)),
            None if back is None else Color.from_triplet(ColorTriplet(*back)),
        )


def contrast(one: RGB, other: RGB) -> float:
    """How far apart two colours are in lightness, from 1 to 21 (WCAG 2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: RGB) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(fore: RGB, back: RGB, best: RGB, least: float) -> RGB:
    """The colour itself where it can be read on `back`, else as much of `best` in it as that takes."""
    for step in range(11):
        mixed = _blend(best, fore, step / 10)
        if contrast(mixed, back) >= least:
            return mixed
    return best


def _native_color(color: int | RGB) -> Color:
    return Color.from_triplet(ColorTriplet(*color)) if isinstance(color, tuple) else Color.from_ansi(color)


def _xterm(index: int) -> RGB:
    """Return a colour of the 6x6x6 cube or the grey ramp, as xterm defines them."""
    if index >= 232:
        grey = 8 + (index - 232) * 10
        return grey, grey, grey
    index -= 16
    levels = (0, 95, 135, 175, 215, 255)
    return levels[index // 36], levels[index // 6 % 6], levels[index % 6]


def _with_attributes(made: RichStyle, style: Style) -> RichStyle:
    if not (
        style.bold or style.italic or style.underline or style.blink or style.strike or style.overline or style.link
    ):
        return made
    link = style.link if style.link is not None and style.link.isprintable() else None
    return made + RichStyle(
        bold=style.bold or None,
        italic=style.italic or None,
        underline=bool(style.underline) or bool(link) or None,
        underline2=style.underline == 2 or None,
        blink=style.blink or None,
        strike=style.strike or None,
        overline=style.overline or None,
        link=link,
    )


@lru_cache(8192)
def fit_text(text: str, cells: int) -> str:
    """Return text that takes so many cells here too, where the emulator and Textual disagree about a width."""
    text = "".join([char for char in text if char in _JOINERS or unicodedata.category(char) not in {"Cf", "Cc"}])
    if cell_len(text) == cells:
        return text
    wanted = 2 if cells == 2 * len(text) else 1
    if len(text) * wanted != cells:  # a cluster: keep its base
        return _fit_character(text[:1] or " ", cells)
    return "".join([_fit_character(char, wanted) for char in text])


def _fit_character(char: str, cells: int) -> str:
    if "\U0001f1e6" <= char <= "\U0001f1ff" and cells == 2:
        # Terminals disagree about half a flag; a full-width letter is as wide everywhere.
        return chr(0xFF21 + ord(char) - 0x1F1E6)
    width = get_character_cell_size(char)
    if width == cells:
        return char
    return char + " " * (cells - width) if 0 < width < cells else "\ufffd" + " " * (cells - 1)


def cell_of(row: Row, index: int) -> int:
    """Return the column where the character at a string index of the row begins."""
    column = 0
    for text, _style, cells in row:
        if index <= 0:
            return column
        length = len(text if text.isascii() else fit_text(text, cells))
        if index < length:
            drawn = text if text.isascii() else fit_text(text, cells)
            return column + cell_len(drawn[:index])
        index -= length
        column += cells
    return column + max(index, 0)


def drawn_text(row: Row) -> str:
    """Return the text of a row as it is drawn."""
    return "".join([text if text.isascii() else fit_text(text, cells) for text, _style, cells in row])


def overlay(strip: Strip, start: int, stop: int, style: RichStyle) -> Strip:
    """Return the strip with a style laid over columns `start` to `stop`."""
    head, middle, tail = strip.crop(0, start), strip.crop(start, stop), strip.crop(stop)
    over = [Segment(text, (old or RichStyle.null()) + style) for text, old, _ in middle]
    return Strip.join([head, Strip(over, middle.cell_length), tail])


def filtered(widget: Widget, strips: Sequence[Strip]) -> list[Strip]:
    """Apply the app's filters (ANSI themes, monochrome, dim) as Textual does for the lines it renders itself."""
    filters = [each for each in widget.get_line_filters() if each.enabled]
    if not filters:
        return list(strips)
    background = widget.background_colors[1]
    made: list[Strip] = []
    for strip in strips:
        done = strip
        for each in filters:
            done = done.apply_filter(each, background)
        made.append(done)
    return made
