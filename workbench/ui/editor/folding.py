"""The cells of a buffer as ranges of lines: what is marked, jumped to and folded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from workbench.domain.cells import is_marker


def cell_ranges(lines: Sequence[str]) -> list[tuple[int, int]]:
    """First and last line (from 0) of every cell that has a marker; blank lines at its end are not of it."""
    heads = [at for at, line in enumerate(lines) if "%%" in line and is_marker(line)]
    ranges = []
    for head, stop in pairwise([*heads, len(lines)]):
        last = stop - 1
        while last > head and not lines[last].strip():
            last -= 1
        ranges.append((head, last))
    return ranges


def cell_head(lines: Sequence[str], line: int) -> int | None:
    """The marker of the cell around a line; None before the first."""
    return next((at for at in range(min(line, len(lines) - 1), -1, -1) if is_marker(lines[at])), None)


def step(lines: Sequence[str], line: int, by: int) -> int | None:
    """The line below the next marker (`by` 1) or the marker before (-1); None when there is none."""
    heads = [at for at, text in enumerate(lines) if "%%" in text and is_marker(text)]
    if by > 0:
        return next((at for at in heads if at > line), None)
    return next((at for at in reversed(heads) if at < line), 0 if line else None)
