"""What the environment says about the terminal's colours."""

from __future__ import annotations

import re
from collections.abc import Mapping

TRUE_COLOR = 1 << 24

_TRUE = re.compile(r"kitty|ghostty|direct|truecolor|alacritty|wezterm|foot|contour")
"""Terminals that show every colour, by their TERM; over ssh COLORTERM is often lost."""


def terminal_colors(environ: Mapping[str, str]) -> int:
    """How many colours the terminal shows: 16, 256 or all of 24 bits."""
    term = environ.get("TERM", "").lower()
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or _TRUE.search(term):
        return TRUE_COLOR
    return 256 if "256color" in term else 16
