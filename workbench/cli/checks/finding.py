"""What one look found, and how to mend it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How bad it is."""

    FINE = "ok"
    LESS = "note"
    """Works, with less."""
    WRONG = "wrong"


class Finding(NamedTuple):
    """One line of the report."""

    subject: str
    state: State
    text: str
    mend: str = ""
    """What to do about it, in a sentence."""


def fine(subject: str, text: str) -> Finding:
    """All is well."""
    return Finding(subject, State.FINE, text)


def less(subject: str, text: str, mend: str = "") -> Finding:
    """It works, with less than there could be."""
    return Finding(subject, State.LESS, text, mend)


def wrong(subject: str, text: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(subject, State.WRONG, text, mend)
