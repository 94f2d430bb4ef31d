"""Which part of a buffer to run: the cell between two `# %%` lines, or what is selected."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

_MARKER = re.compile(r"\s*(?:#|//|--)\s*%%")

Location = tuple[int, int]
"""Line and column, both from 0."""


class Piece(NamedTuple):
    """A part of a buffer."""

    code: str
    first_line: int
    """The line of the buffer, from 1, at which the code begins."""


def is_marker(line: str) -> bool:
    """Whether the line starts a cell."""
    return _MARKER.match(line) is not None


def whole(lines: Sequence[str]) -> Piece:
    """The whole buffer."""
    return Piece("\n".join(lines), 1)


def cell_at(lines: Sequence[str], line: int) -> Piece:
    """The cell around a line (from 0), its marker line included, blank lines around it left out."""
    line = max(0, min(line, len(lines) - 1))
    start = next((at for at in range(line, -1, -1) if is_marker(lines[at])), 0)
    stop = next((at for at in range(line + 1, len(lines)) if is_marker(lines[at])), len(lines))
    while start < stop and not lines[start].strip():
        start += 1
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    return Piece("\n".join(lines[start:stop]), start + 1)


def selected(lines: Sequence[str], start: Location, end: Location) -> Piece:
    """What a selection means as code: part of one line as it is, several lines whole and without common indent."""
    (top, left), (bottom, right) = sorted((start, end))
    if top == bottom:
        return Piece(lines[top][left:right].strip(), top + 1)
    if right == 0:
        bottom -= 1
    block = list(lines[top : bottom + 1])
    while block and not block[0].strip():
        del block[0]
        top += 1
    while block and not block[-1].strip():
        del block[-1]
    return Piece(textwrap.dedent("\n".join(block)), top + 1)
