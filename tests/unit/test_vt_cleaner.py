"""Output made safe to show."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.vt.cleaner import Cleaner

HARMLESS = re.compile(rb"\x1b(?:\[[0-9;:]*[mK]|\[[0-9:;]*[ABCDEFGX@Pa`]|\[0?J|\]8;[^\x07\x1b\n]*\x1b\\)")


def clean(*pieces: bytes) -> bytes:
    cleaner = Cleaner(64)
    return b"".join(cleaner.clean(piece) for piece in pieces)


@pytest.mark.parametrize(
    "kept",
    [
        b"plain \xe6\xbc\xa2 text\r\n\tand\x08 tabs",
        b"\x1b[1;38;2;1;2;3mcolour\x1b[0m\x1b[K",
        b"\x1b[2A\x1b[1Gprogress\x1b[2B",
        b"\x1b]8;;http://x.org\x1b\\link\x1b]8;;\x1b\\",
    ],
)
def test_text_colours_progress_and_links_stay(kept: bytes) -> None:
    assert clean(kept) == kept


@pytest.mark.parametrize(
    "command",
    [
        b"\x1b[?1049h",
        b"\x1b[2J",
        b"\x1b[3J",
        b"\x1b[H",
        b"\x1b[5;10r",
        b"\x1b[6n",
        b"\x1b[c",
        b"\x1b[>4;2m",
        b"\x1b[4h",
        b"\x1b[!p",
        b"\x1bc",
        b"\x1b7",
        b"\x1b(0",
        b"\x1b]2;title\x07",
        b"\x1b]52;c;AAAA\x1b\\",
        b"\x1bPq#0;2;0;0;0~~\x1b\\",
        b"\x1b_Gf=32;AAAA\x1b\\",
        b"\x0e\x05\x00\x18\x7f",
    ],
)
def test_commands_go_wherever_they_are_cut(command: bytes) -> None:
    data = b"a" + command + b"b"
    assert clean(data) == b"ab"
    for cut in range(1, len(data)):
        assert clean(data[:cut], data[cut:]) == b"ab"
    assert clean(*(data[i : i + 1] for i in range(len(data)))) == b"ab"


def test_an_unfinished_string_ends_with_its_line() -> None:
    assert clean(b"a\x1b]0;never ends\nb") == b"a\nb"
    assert clean(b"a\x1bP" + b"x" * 20_000, b"y\nb") == b"a\nb"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from(
                [b"\x1b", b"[", b"]", b"\x1b[", b"\x1b]8;;", b"\x07", b"\x1b\\", b"?1049h", b"\n", b"P", b"m"]
            ),
        ),
        max_size=30,
    )
)
def test_no_escape_comes_out_but_harmless_ones(pieces: list[bytes]) -> None:
    cleaned = clean(*pieces)
    assert b"\x1b" not in HARMLESS.sub(b"", cleaned)


def test_lines_are_counted_once_when_a_progress_display_moves_up() -> None:
    cleaner = Cleaner(64)
    cleaner.clean(b"one\ntwo\nthree\n")
    for _ in range(10):
        cleaner.clean(b"\x1b[2Atwo again\nthree again\n")
    assert cleaner.lines == 3
    cleaner.clean(b"four\n")
    assert cleaner.lines == 4
