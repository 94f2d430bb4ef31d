"""What is sent when a person runs a cell or a selection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.cells import Piece, cell_at, is_marker, selected, whole

BUFFER = ["import math", "", "# %% first", "x = 1", "", "print(x)", "", "# %%", "y = 2", ""]


@pytest.mark.parametrize("line", ["# %%", "#%%", "# %% title", "  # %% indented", "// %%", "-- %%"])
def test_a_marker_line_starts_a_cell(line: str) -> None:
    assert is_marker(line)


@pytest.mark.parametrize("line", ["x = '# %%'", "%%time", "# 100 %%", ""])
def test_other_lines_do_not(line: str) -> None:
    assert not is_marker(line)


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        (0, Piece("import math", 1)),
        (1, Piece("import math", 1)),
        (2, Piece("# %% first\nx = 1\n\nprint(x)", 3)),
        (5, Piece("# %% first\nx = 1\n\nprint(x)", 3)),
        (7, Piece("# %%\ny = 2", 8)),
        (99, Piece("# %%\ny = 2", 8)),
    ],
)
def test_the_cell_around_the_cursor(line: int, piece: Piece) -> None:
    assert cell_at(BUFFER, line) == piece


def test_a_buffer_without_markers_is_one_cell_that_starts_at_its_first_line_of_code() -> None:
    assert cell_at(["", "", "a = 1", "b = 2", ""], 3) == Piece("a = 1\nb = 2", 3)


def test_an_empty_buffer_is_an_empty_cell() -> None:
    assert cell_at([""], 0).code == ""
    assert whole([""]).code == ""


def test_part_of_a_line_is_sent_as_it_is() -> None:
    assert selected(["total = sum(values)  # all"], (0, 8), (0, 20)) == Piece("sum(values)", 1)


def test_a_selection_made_backwards_is_the_same() -> None:
    lines = ["a = 1", "b = 2"]
    assert selected(lines, (1, 3), (0, 2)) == selected(lines, (0, 2), (1, 3)) == Piece("a = 1\nb = 2", 1)


def test_lines_inside_a_block_lose_their_common_indent() -> None:
    assert selected(["def f():", "    if x:", "        y()", ""], (1, 4), (3, 0)) == Piece("if x:\n    y()", 2)


@given(st.lists(st.sampled_from(["", "x = 1", "# %%", "    y()"]), min_size=1, max_size=12), st.integers(0, 11))
def test_a_cell_is_always_found_in_the_buffer_at_the_line_it_says(lines: list[str], line: int) -> None:
    code, first = cell_at(lines, line)
    count = len(code.split("\n")) if code else 0
    assert lines[first - 1 : first - 1 + count] == (code.split("\n") if code else [])
