"""Idle checks: what may reclaim a session, and when."""

from __future__ import annotations

from msgspec import Struct


class IdleCheck(Struct, frozen=True):
    """One enabled idle check of a session."""

    name: str
    """`network_timeout`, `session_lifetime` or `utilization`."""
    remaining: float | None
    """Seconds left; negative when overdue; None when not known or not counting."""
    kind: str = "expire_after"
    """`expire_after` (time until the reclaim) or `grace_period` (time until the check starts to count)."""

    @property
    def reclaims(self) -> bool:
        """Whether the session is destroyed when the time is over."""
        return self.kind != "grace_period"
