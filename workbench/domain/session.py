"""A compute session as a list shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType, field

from workbench.domain.idle import IdleCheck
from workbench.domain.image import short_image


class SessionStatus(StrEnum):
    """Status names of the session API; a name that is not here is `UNKNOWN`."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    PREPARING = "PREPARING"
    PULLING = "PULLING"
    PREPARED = "PREPARED"
    CREATING = "CREATING"
    RUNNING = "RUNNING"
    RUNNING_DEGRADED = "RUNNING_DEGRADED"
    RESTARTING = "RESTARTING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    CANCELLED = "CANCELLED"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> SessionStatus:  # noqa: ARG003
        return cls.UNKNOWN

    @property
    def is_running(self) -> bool:
        """Whether code can run in it."""
        return self in {SessionStatus.RUNNING, SessionStatus.RUNNING_DEGRADED}

    @property
    def is_dead(self) -> bool:
        """Whether it is over and its name is free again."""
        return self in {SessionStatus.TERMINATED, SessionStatus.CANCELLED}

    @property
    def is_starting(self) -> bool:
        """Whether it is on its way to running."""
        return not (self.is_running or self.is_dead or self in {SessionStatus.TERMINATING, SessionStatus.ERROR})


LIVE_STATUSES = tuple(
    status
    for status in SessionStatus
    if status not in {SessionStatus.TERMINATED, SessionStatus.CANCELLED, SessionStatus.UNKNOWN}
)
"""What a list of live sessions asks for."""


class Session(Struct, frozen=True, kw_only=True):
    """One session, as the server last told it."""

    id: str
    """UUID."""
    name: str
    status: SessionStatus
    status_info: str = ""
    """The server's reason for the status, such as `no-available-instances`; "" when it gave none."""
    image: str = ""
    """The canonical reference, `registry/project/name:tag`."""
    type: str = "interactive"
    project: str = ""
    """Called `group` on the wire."""
    access_key: str = ""
    created_at: datetime | None = None
    terminated_at: datetime | None = None
    occupied_slots: Mapping[str, str] = field(default_factory=dict)
    """Resources held, such as `{"cpu": "1", "mem": "536870912"}`."""
    live_stat: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Metric name to its `current`, `capacity`, `pct` and `unit_hint`; all text, as on the wire."""
    idle_checks: tuple[IdleCheck, ...] = ()
    num_queries: int = 0
    interpreter: str = ""
    """Path of the program that runs the code, where the server says so (the embedded one does)."""

    @property
    def short_image(self) -> str:
        """The image's own name: `python` of `cr.backend.ai/stable/python:3.13-rig`."""
        return short_image(self.image)

    def nearest_deadline(self) -> IdleCheck | None:
        """The idle check that would reclaim the session first, if one is set and known."""
        due = [check for check in self.idle_checks if check.remaining is not None and check.reclaims]
        return min(due, key=lambda check: check.remaining or 0.0, default=None)


class NewSession(Struct, frozen=True, kw_only=True):
    """What a person asks for when creating a session."""

    image: str
    name: str
    resources: Mapping[str, str] = field(default_factory=dict)
    """Slot name to amount; empty means the image's minimum."""
    shared_memory: str = ""
    """An amount such as `1g`; "" leaves it to the server."""
    environ: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[str, ...] = ()
    """Virtual folder names."""
    project: str | UnsetType = UNSET
    """Unset means the profile's own."""
