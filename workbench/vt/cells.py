"""What a terminal shows, as plain data: styles, spans of text and rows."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Color: TypeAlias = int | tuple[int, int, int] | None
"""A palette index (0 to 255), a 24-bit colour, or the default."""


class Style(NamedTuple):
    """How a span of text looks."""

    fg: Color = None
    bg: Color = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: int = 0
    """0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed."""
    blink: bool = False
    inverse: bool = False
    invisible: bool = False
    strike: bool = False
    overline: bool = False
    link: str | None = None
    selected: bool = False


PLAIN = Style()


class Span(NamedTuple):
    """A run of text in one style."""

    text: str
    style: Style
    cells: int
    """Columns the text takes; wide characters take two."""


Row: TypeAlias = tuple[Span, ...]
"""One line of the screen; columns after the last span are blank."""


class Cursor(NamedTuple):
    """Where the cursor is in the viewport, and how it looks."""

    x: int
    y: int
    visible: bool
    shape: str
    """`block`, `bar` or `underline`."""
    blink: bool


def row_text(row: Row) -> str:
    """Return the text of a row without trailing blanks."""
    return "".join([span.text for span in row]).rstrip(" ")


def restyle(row: Row, start: int, stop: int, **changes: object) -> Row:
    """Return the row with a change of style in columns `start` to `stop` (exclusive)."""
    spans: list[Span] = []
    x = 0
    for span in row:
        end = x + span.cells
        if end <= start or x >= stop:
            spans.append(span)
        else:
            head, rest = _cut(span, start - x)
            middle, tail = _cut(rest, stop - max(x, start))
            style = span.style._replace(**changes)  # type: ignore[arg-type]
            spans += [part for part in (head, middle._replace(style=style), tail) if part.cells]
        x = end
    if x < stop:
        blank = max(start - x, 0)
        if blank:
            spans.append(Span(" " * blank, PLAIN, blank))
        width = stop - max(x, start)
        spans.append(Span(" " * width, PLAIN._replace(**changes), width))  # type: ignore[arg-type]
    return tuple(spans)


def _cut(span: Span, at: int) -> tuple[Span, Span]:
    """Split a span after `at` columns; a span with wide text is split on whole characters only."""
    text, style, cells = span
    if at <= 0:
        return Span("", style, 0), span
    if at >= cells:
        return span, Span("", style, 0)
    if len(text) == cells:
        return Span(text[:at], style, at), Span(text[at:], style, cells - at)
    # Readers give wide text one character (or cluster) a span, so every character has the same width.
    if cells == 2 * len(text):
        count = (at + 1) // 2
        return Span(text[:count], style, 2 * count), Span(text[count:], style, cells - 2 * count)
    return span, Span("", style, 0)
