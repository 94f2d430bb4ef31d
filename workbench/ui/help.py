"""What F1 says: a few sentences on the pane, and its keys from the registry."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from workbench.ui.commands import Place, commands_of, key_label, keys_of

_ABOUT = {
    "sessions": "One row for each live session: what it does and the one thing that matters now. "
    "Enter opens one in the panes on the right; Space marks several.",
    "editor": "Buffers of the open session; they are saved as you type and come back after a crash. "
    "# %% lines divide a buffer into cells.",
    "output": "One block for each run, newest last. Blocks fold, copy and run again; "
    "a question of the code is answered in the line under it.",
    "terminal": "A real shell in the session, shared by everyone who opens it. Every key goes to it, "
    "function keys too, but for the one that leaves.",
}
_WITH_TITLES = 96
"""Columns from which there is room for the titles of commands beside what they do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of the help in one style."""

    text: str
    kind: str = ""
    """`title`, `key`, `name`, or "" for running text."""


def help_pieces(pane: str, width: int = 100) -> list[Piece]:
    """The help of that pane, laid out in lines of at most `width` columns."""
    pieces = [Piece(f"{line}\n") for line in textwrap.wrap(_ABOUT.get(pane, ""), width)]
    if pane in set(Place) - {Place.WORKBENCH}:
        pieces += _keys(f"Keys in the {pane} pane", Place(pane), width)
    return [*pieces, *_keys("Keys everywhere", Place.WORKBENCH, width)]


def help_text(pane: str, width: int = 100) -> str:
    """The same without styles."""
    return "".join(piece.text for piece in help_pieces(pane, width))


def _keys(title: str, place: Place, width: int) -> Iterator[Piece]:
    rows = [
        ("  ".join(map(key_label, keys.split(","))), each.title, each.help)
        for each in commands_of(place)
        if (keys := keys_of(each))
    ]
    if not rows:
        return
    yield Piece(f"\n{title}\n", "title")
    key_width = max(cell_len(keys) for keys, _, _ in rows) + 2
    name_width = max(cell_len(name) for _, name, _ in rows) + 2 if width >= _WITH_TITLES else 0
    indent = key_width + name_width + 1
    for keys, name, what in rows:
        yield Piece(" " + _padded(keys, key_width), "key")
        if name_width:
            yield Piece(_padded(name, name_width), "name")
        lines = textwrap.wrap(what, max(12, width - indent))
        yield Piece(("\n" + " " * indent).join(lines) + "\n")


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
