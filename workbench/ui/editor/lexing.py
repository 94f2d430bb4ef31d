"""Colours without a grammar: keywords, text, numbers and comments of one line at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.ui.editor.colours import Colour, Location


class WordColours:
    """Colours each line by itself; a text that spans lines is not followed."""

    def __init__(self, words: Sequence[str], comment: str) -> None:
        parts = [
            rf"(?P<comment>{re.escape(comment)}.*)" if comment else r"(?P<comment>(?!))",
            r"(?P<string>\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?)",
            r"(?P<number>\b\d[\w.]*)",
            rf"(?P<keyword>\b(?:{'|'.join(map(re.escape, words))})\b)",
            r"(?P<function>\b[A-Za-z_][\w.]*(?=\())",
            r"\w+",
        ]
        self._pattern = re.compile("|".join(parts))

    def edit(self, lines: list[str], start: Location, end: Location, new: list[str], finish: Location) -> None:
        """Nothing is remembered."""

    def line(self, lines: list[str], at: int) -> tuple[Colour, ...]:
        """The colours of one line."""
        text = lines[at]
        found: list[Colour] = []
        for match in self._pattern.finditer(text):
            if match.lastgroup:
                start = len(text[: match.start()].encode())
                found.append((start, start + len(match[0].encode()), match.lastgroup))
        return tuple(found)

    def settle(self, lines: list[str]) -> bool:
        """Nothing was put off."""
        del lines
        return False

    def forget(self) -> None:
        """Nothing is remembered."""
