"""What can be set about the embedded server, by environment variables or by flags of `backend-tui local start`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

PREFIX = "BACKEND_TUI_LOCAL_"

MAX_BODY = 32 * 1024 * 1024
"""Bytes of one request body; more is answered with 413."""


@dataclass(frozen=True)
class Settings:
    """Seconds each; 0 turns a check off."""

    idle_exit: float = 600.0
    """The server stops after this long without a session and without a client."""
    network_timeout: float = 0.0
    """A session is reclaimed after this long without code, terminal traffic or a finished run."""
    session_lifetime: float = 0.0
    """A session is reclaimed this long after it started, whatever it does, unless code is running."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read `BACKEND_TUI_LOCAL_IDLE_EXIT` and so on; raises `ValueError` that names the bad one."""
        values = {}
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            if text := environ.get(name, "").strip():
                values[field.name] = _seconds(name, text)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """The variables that give these settings to a server."""
        return {PREFIX + field.name.upper(): repr(getattr(self, field.name)) for field in fields(self)}


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} is {text!r}; it must be a number of seconds, 0 or more.")
    return value
