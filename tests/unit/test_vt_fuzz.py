"""Anything may come from a program; nothing may break."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.vt.screen import Screen
from workbench.vt.transcript import Transcript

_BITS = st.sampled_from(
    [
        *[b"\x1b" + tail for tail in rb"[ ] P _G \ c #8 [?69h [?2026h [?2027h ]8;;u".split()],
        *rb"?1049h ?1049l ; 999999 m H J r A L M S T text".split(),
        *["漢".encode(), "\U0001f469\u200d\U0001f467".encode(), "e\u0301".encode()],
        *[b"\xff\xfe", b"\n", b"\r", b"\x9b", b"\x07"],
    ]
)
_BYTES = st.one_of(st.binary(max_size=40), st.lists(_BITS, max_size=25).map(b"".join))
_SIZES = st.tuples(st.integers(1, 60), st.integers(1, 20))
_STEPS = st.lists(st.one_of(_BYTES, _SIZES, st.integers(-30, 30)), max_size=25)


@settings(max_examples=150, deadline=None)
@given(_STEPS)
def test_a_screen_survives_any_bytes_sizes_and_scrolling(steps: list[bytes | tuple[int, int] | int]) -> None:
    replies: list[bytes] = []
    screen = Screen(20, 6, scrollback_lines=200, on_reply=replies.append)
    for step in steps:
        if isinstance(step, bytes):
            screen.feed(step)
        elif isinstance(step, int):
            screen.scroll(step)
            screen.select((step, step), (3, 2))
        else:
            screen.resize(*step)
        for y, row in screen.dirty_rows():
            assert 0 <= y < screen.rows
            assert sum(span.cells for span in row) <= screen.cols
            assert not any(unicodedata.category(char) == "Cc" for span in row for char in span.text)
        cursor = screen.cursor
        assert cursor.x < screen.cols
        assert cursor.y < screen.rows
        screen.selection_text()


@settings(max_examples=150, deadline=None)
@given(_STEPS)
def test_a_transcript_survives_any_bytes_and_widths(steps: list[bytes | tuple[int, int] | int]) -> None:
    transcript = Transcript(20, 100)
    for step in steps:
        if isinstance(step, bytes):
            transcript.feed(step * 7)
        elif isinstance(step, int):
            transcript.feed(b"x" * abs(step) + b"\n")
        else:
            transcript.resize(step[0])
        rows = transcript.rows(0, transcript.height)
        assert len(rows) == transcript.height
        assert all(sum(span.cells for span in row) <= transcript.cols for row in rows)
        assert 0 <= transcript.dropped_lines <= transcript.total_lines
        transcript.text()
