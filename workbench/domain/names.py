"""Session names."""

from __future__ import annotations

import re
from collections.abc import Container

_NAME = re.compile(r"\w(?:[\w.-]{2,62})\w", re.ASCII)


def name_problem(name: str) -> str | None:
    """Why a server would refuse the name, in a sentence; None when it would not.

    Source: protocol.md §3.1 (4 to 64 ASCII word characters, `.` and `-` inside).
    """
    if len(name) < 4:
        return "A session name has at least 4 characters."
    if len(name) > 64:
        return "A session name has at most 64 characters."
    if not _NAME.fullmatch(name):
        return "A session name has letters, digits and _ at both ends, and also . and - inside."
    return None


def free_name(stem: str, taken: Container[str]) -> str:
    """`stem-1`, or the first `stem-N` that is not taken."""
    number = 1
    while (name := f"{stem}-{number}") in taken:
        number += 1
    return name
