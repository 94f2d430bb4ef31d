"""The colours of code: worked out for the lines that are looked at, never for the whole text at every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tree_sitter import Language, Query, Tree

Colour = tuple[int, int | None, str]
"""First byte of the line, byte behind the last (None: the end of the line), name of the highlight."""

Location = tuple[int, int]

_BLOCK = 64
"""Lines asked for at once."""

AT_ONCE = 20_000
"""Bytes up to which a text is read again at every key; a larger one keeps its old colours until it settles."""


class Colours(Protocol):
    """The colours of one text."""

    def edit(self, lines: list[str], start: Location, end: Location, new: list[str], finish: Location) -> None:
        """Take note of an edit; called before `lines` changes, `finish` is where the new text ends."""

    def line(self, lines: list[str], at: int) -> tuple[Colour, ...]:
        """The colours of one line, least important first."""

    def settle(self, lines: list[str]) -> bool:
        """Catch up with edits whose colours were put off; False when there were none."""

    def forget(self) -> None:
        """The text is another one from now on."""


class TreeColours:
    """Colours from a tree-sitter grammar."""

    def __init__(self, language: Language, query: Query) -> None:
        from tree_sitter import Parser

        self._parser = Parser(language)
        self._query = query
        self._tree: Tree | None = None
        self._stale = True
        self._size = 0
        self._known: dict[int, tuple[Colour, ...]] = {}

    def edit(self, lines: list[str], start: Location, end: Location, new: list[str], finish: Location) -> None:
        """Tell the tree what changes."""
        self._stale = True
        self._known.clear()
        if self._tree is None:
            return
        first = _bytes_before(lines, start)
        old, added = lines[start[0] : end[0] + 1], new
        old_size = sum(len(line.encode()) + 1 for line in old) - 1
        new_size = sum(len(line.encode()) + 1 for line in added) - 1
        left = len(lines[start[0]][: start[1]].encode())
        right = len(old[-1][end[1] :].encode()) if old else 0
        self._tree.edit(
            start_byte=first,
            old_end_byte=first - left + old_size - right,
            new_end_byte=first - left + new_size - right,
            start_point=(start[0], left),
            old_end_point=(end[0], len(old[-1][: end[1]].encode()) if old else 0),
            new_end_point=(finish[0], len(added[-1].encode()) - right),
        )

    def line(self, lines: list[str], at: int) -> tuple[Colour, ...]:
        """The colours of one line, in the order of the grammar's patterns."""
        if self._stale and (self._tree is None or self._size <= AT_ONCE):
            self._read(lines)
        if at not in self._known:
            self._look(at // _BLOCK * _BLOCK)
        return self._known.get(at, ())

    def settle(self, lines: list[str]) -> bool:
        """Read the text again if it changed since."""
        if not self._stale:
            return False
        self._read(lines)
        self._known.clear()
        return True

    def forget(self) -> None:
        """Read the text from its beginning the next time."""
        self._tree, self._stale = None, True
        self._known.clear()

    def _read(self, lines: list[str]) -> None:
        source = "\n".join(lines).encode()
        self._size, self._stale = len(source), False
        self._tree = self._parser.parse(source) if self._tree is None else self._parser.parse(source, self._tree)

    def _look(self, top: int) -> None:
        from tree_sitter import QueryCursor

        bottom = top + _BLOCK
        if self._tree is None:
            return
        cursor = QueryCursor(self._query)
        cursor.set_point_range((top, 0), (bottom, 0))
        found: list[tuple[int, int, Colour]] = []
        for pattern, captures in cursor.matches(self._tree.root_node):
            for name, nodes in captures.items():
                for node in nodes:
                    (row, start), (last, end) = node.start_point, node.end_point
                    if row == last:
                        found.append((pattern, row, (start, end, name)))
                        continue
                    for each in range(max(row, top), min(last, bottom - 1) + 1):
                        colour = (start if each == row else 0, end if each == last else None, name)
                        found.append((pattern, each, colour))
        found.sort(key=_pattern_of)
        rows: dict[int, list[Colour]] = {row: [] for row in range(top, bottom)}
        for _, row, colour in found:
            if row in rows:
                rows[row].append(colour)
        self._known.update((row, tuple(each)) for row, each in rows.items())


def _pattern_of(found: tuple[int, int, Colour]) -> int:
    return found[0]


def _bytes_before(lines: list[str], at: Location) -> int:
    row, column = at
    above = len("\n".join(lines[:row]).encode()) + 1 if row else 0
    return above + (len(lines[row][:column].encode()) if row < len(lines) else 0)
