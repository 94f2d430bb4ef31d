"""Idle checks: when a session is reclaimed, as numbers; source: protocol.md §9."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

SWEEP_EVERY = 15.0
"""Seconds between two looks at the sessions."""


class Due(Struct, frozen=True):
    """One enabled check of one session."""

    name: str
    reason: str
    """Of the events and the status when it reclaims."""
    remaining: float
    """Seconds left; not positive when the session is to be reclaimed."""


def due_checks(
    *, network_timeout: float, session_lifetime: float, age: float, silence: float, is_busy: bool
) -> list[Due]:
    """The enabled checks of a session (0 turns one off); `silence` is the time since its last use.

    A session that runs code is never idle: its network timeout stands at its full length, its lifetime at 0 at least.
    """
    checks = []
    if network_timeout:
        remaining = network_timeout if is_busy else network_timeout - silence
        checks.append(Due("network_timeout", "idle-timeout", remaining))
    if session_lifetime:
        checks.append(Due("session_lifetime", "idle-session-lifetime", session_lifetime - age))
    return checks


def reclaim_reason(checks: list[Due], *, is_busy: bool) -> str | None:
    """Why the session is to be destroyed now; None when it is not."""
    overdue = (check.reason for check in checks if check.remaining <= 0)
    return None if is_busy else next(overdue, None)


def report(checks: list[Due]) -> dict[str, Any]:
    """The `idle_checks` of a list; `remaining` is -1 when overdue."""
    return {
        check.name: {
            "remaining": round(check.remaining, 3) if check.remaining > 0 else -1,
            "remaining_time_type": "expire_after",
            "extra": None,
        }
        for check in checks
    }


def sweep_interval(network_timeout: float, session_lifetime: float) -> float:
    """Seconds between two looks: short timeouts are kept about as exactly as long ones."""
    shortest = min((value for value in (network_timeout, session_lifetime) if value), default=SWEEP_EVERY * 4)
    return max(0.1, min(SWEEP_EVERY, shortest / 4))
