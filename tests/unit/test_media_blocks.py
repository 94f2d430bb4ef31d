"""Half blocks: the right colours in the right cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.unit.media_samples import quarters
from workbench.media.blocks import half_blocks
from workbench.media.kitty import most_cells, placeholders, transmission
from workbench.media.picture import Picture, fit

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def test_one_pixel_is_exactly_one_half_cell() -> None:
    (top,) = half_blocks(quarters(2, 2), 2, 1, (0, 0, 0))
    assert top == [("▀", RED, BLUE), ("▀", GREEN, WHITE)]


def test_a_cell_of_one_colour_is_a_space() -> None:
    rows = half_blocks(quarters(4, 4), 4, 2, (0, 0, 0))
    assert {cell.char for row in rows for cell in row} == {" "}
    assert rows[0][0].bg == RED
    assert rows[1][3].bg == WHITE


def test_downscaling_keeps_the_areas() -> None:
    rows = half_blocks(quarters(640, 480), 40, 15, (0, 0, 0))
    assert (len(rows), len(rows[0])) == (15, 40)
    assert rows[3][5].bg == RED
    assert rows[3][35].bg == GREEN
    assert rows[12][5].bg == BLUE
    assert rows[12][35].bg == WHITE


def test_a_thin_line_survives_downscaling() -> None:
    image = Image.new("L", (600, 600), 255)
    image.paste(0, (299, 0, 301, 600))
    row = half_blocks(image.convert("RGB"), 60, 30, WHITE)[15]
    assert min(cell.fg[0] for cell in row) < 200


def test_a_bright_line_has_no_dark_halo() -> None:
    image = Image.new("RGB", (480, 480), (22, 33, 62))
    image.paste((76, 201, 240), (238, 0, 242, 480))
    row = half_blocks(image, 110, 55, WHITE)[20]
    assert {min(cell.fg[part] for cell in row) for part in range(3)} == {22, 33, 62}
    assert max(cell.fg[1] for cell in row) > 150


def test_what_is_transparent_shows_the_background() -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    image.paste((255, 255, 255, 128), (0, 0, 2, 4))
    row = half_blocks(image, 4, 2, (10, 20, 30))[0]
    assert row[3].bg == (10, 20, 30)
    assert all(abs(part - wanted) <= 1 for part, wanted in zip(row[0].bg, (133, 138, 143), strict=True))


@pytest.mark.parametrize(
    ("size", "box", "cells"),
    [
        ((640, 480), (100, 20), (53, 20)),
        ((640, 480), (40, 50), (40, 15)),
        ((16, 16), (100, 20), (16, 8)),
        ((10_000, 1), (80, 20), (80, 1)),
        ((1, 10_000), (80, 20), (1, 20)),
    ],
)
def test_a_preview_fits_and_keeps_its_proportions(
    size: tuple[int, int], box: tuple[int, int], cells: tuple[int, int]
) -> None:
    assert fit(*size, *box) == cells


@given(st.integers(1, 60_000), st.integers(1, 60_000), st.integers(-2, 400), st.integers(-2, 200))
def test_a_preview_is_never_empty_and_never_outside(width: int, height: int, columns: int, rows: int) -> None:
    cells = fit(width, height, columns, rows)
    assert 1 <= cells[0] <= max(1, columns)
    assert 1 <= cells[1] <= max(1, rows)


def test_a_small_vector_picture_may_be_shown_larger() -> None:
    picture = Picture(Image.new("RGB", (512, 512)), "image/svg+xml", 1, 16, 16, scalable=True)
    assert picture.fit(100, 20) == (40, 20)


def test_kitty_gets_the_picture_in_chunks_and_placeholders_count_every_cell() -> None:
    text = transmission(Image.effect_noise((100, 100), 90), 0x010203, 10, 5)
    messages = text.split("\x1b\\")[:-1]
    assert messages[0].startswith("\x1b_Ga=T,U=1,i=66051,f=100,c=10,r=5,q=2,m=1;")
    assert all(len(message) < 4200 for message in messages)
    assert [message.partition("m=")[2][0] for message in messages] == ["1"] * (len(messages) - 1) + ["0"]
    cells = [cell for row in placeholders(most_cells(), 3) for cell in row]
    assert len(set(cells)) == most_cells() * 3 == 297 * 3
    assert placeholders(2, 2)[0][1] == "\U0010eeee\u0305\u030d"
