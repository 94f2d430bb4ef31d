"""The connection to a server, as a person sees it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class LinkState(StrEnum):
    """How the connection is."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    """It was live; what is shown may be old."""
    DOWN = "down"
    """It has not been live yet."""


class Link(Struct, frozen=True, kw_only=True):
    """The connection as it is now."""

    state: LinkState = LinkState.CONNECTING
    label: str = ""
    """What the header calls the server: `local`, or its host."""
    reason: str = ""
    """Why it is not live, in a sentence."""
    since: float = 0.0
    """When this state began; wall clock, seconds since the epoch."""
    retry_at: float | None = None
    """When it is tried again; wall clock, seconds since the epoch; None while it is live or being tried."""
    latency_ms: float | None = None
    """How long the last call took."""
    server: str = ""
    """The manager's version, else the API version."""
    insecure: bool = False
    """TLS certificates are not verified."""
