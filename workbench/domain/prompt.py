"""A prompt: running code that waits for a line from a person."""

from __future__ import annotations

from msgspec import Struct


class Prompt(Struct, frozen=True, kw_only=True):
    """One question, waiting until it is answered or its run ends."""

    session_id: str
    session_name: str
    run_id: str
    text: str
    """What the code printed last on its line: the question."""
    is_password: bool
    asked_at: float
    """Wall clock, seconds since the epoch."""
