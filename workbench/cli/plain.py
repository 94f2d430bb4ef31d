"""Plain text for streams that are no terminal, and for people who want no colours."""

from __future__ import annotations

import re
from collections.abc import Mapping

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\|(?=[\x1b\n]))|[ -/]*[0-Z\\`-~])"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\n]*\x1b?|[ -/]*)\Z")
_LONGEST = 8192
"""Characters of a sequence that are held back until its end comes."""


class Filter:
    """Takes escape sequences out of a stream of text in pieces of any size."""

    def __init__(self, *, colours_only: bool) -> None:
        self._pattern = _COLOURS if colours_only else _SEQUENCES
        self._held = ""

    def __call__(self, text: str) -> str:
        """The next piece without them; an unfinished one waits for its end."""
        text, self._held = self._held + text, ""
        if "\x1b" not in text:
            return text
        unfinished = _UNFINISHED.search(text)
        if unfinished and len(unfinished[0]) <= _LONGEST:
            self._held, text = unfinished[0], text[: unfinished.start()]
        return self._pattern.sub("", text)


def filter_for(colour: str, environ: Mapping[str, str], *, is_terminal: bool) -> Filter | None:
    """What a stream needs: nothing when colours are wanted, else a filter.

    `colour` is `always`, `never` or `auto`: FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal.
    """
    if colour == "auto" and environ.get("FORCE_COLOR", "") not in {"", "0"}:
        colour = "always"
    if colour == "always":
        return None
    if not is_terminal:
        return Filter(colours_only=False)
    return Filter(colours_only=True) if colour == "never" or environ.get("NO_COLOR") else None
