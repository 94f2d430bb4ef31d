"""Drawings: all commands and properties, state over payloads, bounds."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.unit.media_samples import DRAWING, EXAMPLE, EXAMPLE_ON_THE_WIRE
from workbench.media.drawing import DrawingBook, drawing_commands
from workbench.media.limits import Budget, Limits
from workbench.media.picture import Picture, Unshowable
from workbench.media.preview import decode

PAPER = [0, "canvas", 100, 100, "#ffffffff", "#000000ff"]


def drawn(*commands: Any, book: DrawingBook | None = None) -> Image.Image:
    preview = decode(DRAWING, list(commands), drawings=book)
    assert isinstance(preview, Picture), preview
    return preview.image.convert("RGB").resize((100, 100), Image.Resampling.BOX)


def reason(content: Any) -> str:
    preview = decode(DRAWING, content)
    assert isinstance(preview, Unshowable), preview
    return preview.reason


@pytest.mark.parametrize(
    "content",
    [EXAMPLE, json.dumps(EXAMPLE), base64.b64encode(msgspec.msgpack.encode(EXAMPLE)).decode(), EXAMPLE_ON_THE_WIRE],
)
def test_a_payload_reads_the_same_as_list_json_and_messagepack(content: Any) -> None:
    assert drawing_commands(content, Limits()) == EXAMPLE
    preview = decode(DRAWING, content)
    assert isinstance(preview, Picture)
    assert (preview.width, preview.height) == (200, 120)
    picture = preview.image.resize((200, 120))
    assert picture.getpixel((120, 60)) == (255, 0, 0), "the circle was moved and filled"
    assert picture.getpixel((20, 100)) == (240, 240, 240), "the background was set"
    assert picture.getpixel((15, 13))[2] > 200, "the line is there"  # type: ignore[index]


def test_every_shape_is_placed_by_its_centre() -> None:
    picture = drawn(
        PAPER,
        [0, "obj", "r", ["rect", 25, 25, 20, 10, "#ff0000ff", "#ff0000ff", 0]],
        [0, "obj", "c", ["circle", 75, 25, 10, "#00ff00ff", "#00ff00ff", 0]],
        [0, "obj", "t", ["triangle", 25, 75, 20, 20, "#0000ffff", "#0000ffff", 0]],
    )
    assert picture.getpixel((25, 25)) == picture.getpixel((17, 25)) == picture.getpixel((33, 28)) == (255, 0, 0)
    assert picture.getpixel((25, 33)) == (255, 255, 255)
    assert picture.getpixel((75, 25)) == picture.getpixel((68, 25)) == (0, 255, 0)
    assert picture.getpixel((25, 80)) == (0, 0, 255)
    assert picture.getpixel((17, 68)) == (255, 255, 255), "it points up"


def test_angles_turn_clockwise_and_rotate_adds() -> None:
    rect = [0, "obj", 1, ["rect", 50, 50, 60, 4, "#000000ff", "#000000ff", 45]]
    assert drawn(PAPER, rect).getpixel((65, 65)) == (0, 0, 0)
    assert drawn(PAPER, rect, [0, "update", 1, "rotate", 45]).getpixel((50, 75)) == (0, 0, 0)
    assert drawn(PAPER, rect, [0, "update", 1, "angle", 0]).getpixel((75, 50)) == (0, 0, 0)


def test_every_property_of_a_line_and_a_circle_changes() -> None:
    line = [0, "obj", 1, ["line", 0, 0, 10, 0, "#ff0000ff"]]
    ends = [[0, "update", 1, prop, value] for prop, value in (("x1", 10), ("y1", 50), ("x2", 90), ("y2", 50))]
    assert drawn(PAPER, line, *ends, [0, "update", 1, "color", "#0000ffff"]).getpixel((50, 50)) == (0, 0, 255)
    circle = [0, "obj", 1, ["circle", 0, 0, 1, "#000000ff", "#ffffff00", 0]]
    moves = [[0, "update", 1, prop, value] for prop, value in (("x", 50), ("y", 50), ("radius", 30))]
    picture = drawn(
        PAPER, circle, *moves, [0, "update", 1, "border", "#00ff00ff"], [0, "update", 1, "fill", "#ff0000ff"]
    )
    assert picture.getpixel((50, 50)) == (255, 0, 0)
    assert picture.getpixel((80, 50))[1] > 100  # type: ignore[index]


def test_translucent_fills_blend() -> None:
    red, blue = drawn(PAPER, [0, "obj", 1, ["rect", 50, 50, 80, 80, "#ff000000", "#ff000080"]]).getpixel((50, 50))[::2]  # type: ignore[index]
    assert red == 255
    assert 120 < blue < 135


def test_an_object_that_exists_is_not_replaced_and_a_canvas_command_clears() -> None:
    first, second = (["rect", 50, 50, 50, 50, colour, colour] for colour in ("#ff0000ff", "#0000ffff"))
    assert drawn(PAPER, [0, "obj", 1, first], [0, "obj", 1, second]).getpixel((50, 50)) == (255, 0, 0)
    assert drawn(PAPER, [0, "obj", 1, first], PAPER).getpixel((50, 50)) == (255, 255, 255)


def test_a_later_payload_continues_the_canvas() -> None:
    book = DrawingBook()
    drawn(PAPER, [0, "obj", 1, ["rect", 20, 50, 20, 20, "#ff0000ff", "#ff0000ff"]], book=book)
    picture = drawn([0, "begin-group"], [0, "update", 1, "x", 80], [0, "end-group"], book=book)
    assert picture.getpixel((80, 50)) == (255, 0, 0)
    assert picture.getpixel((20, 50)) == (255, 255, 255)


def test_default_colours_come_from_the_canvas() -> None:
    picture = drawn(
        [0, "canvas", 100, 100], [0, "bgcolor", "#000"], [0, "fgcolor", "#0f0"], [0, "obj", 1, ["line", 0, 50, 99, 50]]
    )
    assert picture.getpixel((50, 10)) == (0, 0, 0)
    assert picture.getpixel((50, 50))[1] > 200  # type: ignore[index]


def test_commands_that_make_no_sense_are_skipped() -> None:
    nonsense = [
        None, 7, [], [0], [0, "obj"], [0, "obj", 1, ["line", "a"]], [0, "obj", 1, ["star", 1]], [9, "obj", 1, ["line"]],
        [0, "update", 44, "x", 1], [0, "bgcolor", "#zz"], [0, "fly"], [0, "obj", 2, ["line", 0, 0, 1e400, 0, "#000"]],
        [0, "obj", [1], ["line", 0, 0, 1, 1]], [0, "stop-anim"], [0, "resume-anim"],
        [0, "begin-fill", "#000"], [0, "end-fill"],
    ]  # fmt: skip
    assert drawn(PAPER, *nonsense).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([[0, "canvas", 10**9, 10**9]], "1,000,000,000×1,000,000,000"),
        ([[0, "canvas", 10**400, 5]], "10^12"),
        ([[0, "canvas", -5, 5]], "no size"),
        ([[0, "obj", 1, ["line", 0, 0, 1, 1]]], "no canvas"),
        ([[0, "stop-anim"]] * 200_001, "200,001 commands"),
        ("[" * 100_000, "damaged"),
        ("!!!", "damaged"),
        (EXAMPLE_ON_THE_WIRE[:60], "damaged"),
        ("[" + "[]," * 3_000_000 + "[]]", "more than a preview takes"),
        ({"a": 1}, "no list"),
        ("{}", "damaged"),
        (None, "no list"),
    ],
)
def test_hostile_payloads_are_one_line(content: Any, words: str) -> None:
    began = time.perf_counter()
    assert words in reason(content)
    assert time.perf_counter() - began < 3


def test_coordinates_far_away_cost_no_time() -> None:
    shapes = [
        [0, "obj", 1, ["line", -1e300, 50, 1e300, 50, "#000000ff"]],
        [0, "obj", 2, ["circle", 50, 50, 1e12, "#000000ff", "#ff0000ff"]],
        [0, "obj", 3, ["rect", 0, 0, 1e15, float("inf"), "#000000ff", "#00ff00ff", 33]],
    ]
    began = time.perf_counter()
    drawn(PAPER, *shapes)
    assert time.perf_counter() - began < 2


def test_a_drawing_that_takes_too_long_says_so() -> None:
    circles = [[0, "obj", number, ["circle", 50, 50, 1e9, "#000000ff", "#ff00ff80"]] for number in range(20_000)]
    preview = decode(DRAWING, [PAPER, *circles], limits=Limits(seconds=0.3))
    assert isinstance(preview, Unshowable)
    assert "longer than" in preview.reason


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["line", "rect", "x"])
)
COMMANDS = st.lists(
    st.lists(SCALARS | st.lists(SCALARS, max_size=9), max_size=8)
    | st.tuples(st.just(0), st.sampled_from(["obj", "update", "canvas", "bgcolor"]), SCALARS, SCALARS, SCALARS).map(
        list
    ),
    max_size=12,
)


@given(COMMANDS)
@settings(max_examples=150, deadline=None)
def test_no_list_of_commands_raises(commands: list[Any]) -> None:
    preview = decode(DRAWING, [PAPER, *commands])
    assert not isinstance(preview, Unshowable) or "cannot be decoded" not in preview.reason


def test_a_book_keeps_a_bounded_number_of_canvases() -> None:
    book = DrawingBook()
    for number in range(100):
        book.apply([[number, "canvas", 5, 5]], Limits(), Budget(5))
    assert len(book.canvases) == 16
    assert 99 in book.canvases
