"""State marks are complete, told by more than colour, and one cell wide."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from workbench.domain.run import RunState
from workbench.ui.glyphs import DIRTY, FOLDED, FOLLOW, RUN_MARKS, SESSION_MARKS, UNFOLDED, run_mark, session_mark
from workbench.ui.session_rows import RowState


def test_every_glyph_is_one_cell_wide() -> None:
    glyphs = [mark.glyph for mark in (*SESSION_MARKS.values(), *RUN_MARKS.values())]
    wide = [glyph for glyph in (*glyphs, DIRTY, FOLDED, UNFOLDED, FOLLOW) if cell_len(glyph) != 1]
    assert not wide


@pytest.mark.parametrize("state", RunState)
def test_every_run_state_has_a_mark(state: RunState) -> None:
    assert run_mark(state).word


@pytest.mark.parametrize("state", RowState)
def test_every_session_state_has_a_mark_of_its_own_word(state: RowState) -> None:
    assert session_mark(state).word == state.value


def test_no_two_states_look_the_same_without_colour() -> None:
    for marks in (SESSION_MARKS.values(), RUN_MARKS.values()):
        assert len({mark.glyph for mark in marks}) == len(marks)


def test_an_unknown_session_state_still_has_a_mark() -> None:
    assert session_mark("something-new").glyph
