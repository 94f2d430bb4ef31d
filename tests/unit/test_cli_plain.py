"""Plain text: colours go where nobody sees them, whatever pieces the output comes in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli.plain import Filter, filter_for

TEXT = "a\x1b[1;31mred\x1b[0m\x1b[2K\x1b]8;;http://x\x1b\\link\x1b]8;;\x07 \x1b(B漢字\x1b=\n\x1b[38:2:1:2:3mz"


def test_no_escape_sequence_is_left() -> None:
    assert Filter(colours_only=False)(TEXT) == "aredlink 漢字\nz"


def test_without_colours_moves_and_links_stay() -> None:
    assert Filter(colours_only=True)("\x1b[31ma\x1b[2K\x1b[0m") == "a\x1b[2K"


@given(st.lists(st.integers(0, len(TEXT)), max_size=8))
def test_pieces_change_nothing(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(TEXT)]
    plain = Filter(colours_only=False)
    assert "".join(plain(TEXT[start:end]) for start, end in itertools.pairwise(places)) == "aredlink 漢字\nz"


def test_an_endless_sequence_is_not_held_for_ever() -> None:
    plain = Filter(colours_only=False)
    text = "".join(plain(piece) for piece in ["\x1b]0;", *["x" * 1000] * 20, "\nnext"])
    assert text.endswith("next")
    assert len(plain("")) == 0


@pytest.mark.parametrize(
    ("colour", "environ", "is_terminal", "left"),
    [
        ("auto", {}, True, "\x1b[31mx\x1b[K"),
        ("auto", {"NO_COLOR": "1"}, True, "x\x1b[K"),
        ("auto", {"NO_COLOR": ""}, True, "\x1b[31mx\x1b[K"),
        ("auto", {}, False, "x"),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, "\x1b[31mx\x1b[K"),
        ("always", {"NO_COLOR": "1"}, False, "\x1b[31mx\x1b[K"),
        ("never", {"FORCE_COLOR": "1"}, True, "x\x1b[K"),
    ],
)
def test_colours_are_for_those_who_see_and_want_them(
    colour: str, environ: dict[str, str], is_terminal: bool, left: str
) -> None:
    plain = filter_for(colour, environ, is_terminal=is_terminal)
    assert (plain("\x1b[31mx\x1b[K") if plain else "\x1b[31mx\x1b[K") == left
