"""Colours of a program's text on the colours of a theme."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.widgets.strips import Palette, StripMaker, contrast, readable
from workbench.vt.cells import Span, Style

DARK, LIGHT = (21, 24, 30), (251, 250, 246)
WHITE, BLACK = (215, 220, 229), (38, 42, 51)
GREEN, YELLOW = 28, 226
"""Of the 256 colours: what IPython writes keywords in, and a yellow."""

part = st.integers(0, 255)
colours = st.tuples(part, part, part)


def drawn(color: int, back: tuple[int, int, int], fore: tuple[int, int, int], least: float) -> tuple[int, int, int]:
    palette = Palette((fore,) * 16, fore, back, back, least_contrast=least)
    (segment, *_) = StripMaker(palette).strip((Span("x", Style(fg=color), 1),), 1)
    assert segment.style is not None
    assert segment.style.color is not None
    triplet = segment.style.color.triplet
    assert triplet is not None
    return triplet.red, triplet.green, triplet.blue


def test_what_a_theme_would_swallow_is_made_readable() -> None:
    assert contrast((0, 135, 0), DARK) < 4.5
    assert contrast(drawn(GREEN, DARK, WHITE, 4.5), DARK) >= 4.5
    assert contrast(drawn(YELLOW, LIGHT, BLACK, 4.5), LIGHT) >= 4.5


def test_what_can_be_read_keeps_its_colour() -> None:
    assert drawn(YELLOW, DARK, WHITE, 4.5) == (255, 255, 0)
    assert drawn(GREEN, DARK, WHITE, 1.0) == (0, 135, 0)


@given(colours)
def test_every_colour_is_readable_on_both_house_themes(colour: tuple[int, int, int]) -> None:
    assert contrast(readable(colour, DARK, WHITE, 3.5), DARK) >= 3.5
    assert contrast(readable(colour, LIGHT, BLACK, 3.5), LIGHT) >= 3.5


def test_contrast_is_that_of_the_standard() -> None:
    assert round(contrast((255, 255, 255), (0, 0, 0)), 2) == 21.0
    assert round(contrast((0x76, 0x76, 0x76), (255, 255, 255)), 2) == 4.54
