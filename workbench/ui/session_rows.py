"""What the session list shows of each session: pure functions from engine state to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from rich.cells import cell_len

from workbench.domain.session import Session, SessionStatus


class RowState(StrEnum):
    """What a session is doing, as a person sees it; the most urgent one wins."""

    ASKS = "asks"
    RUNNING = "running"
    IDLE = "idle"
    """Its idle deadline is near."""
    READY = "ready"
    STARTING = "starting"
    ENDING = "ending"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One row of the list."""

    id: str
    name: str
    image: str
    state: RowState
    note: str
    """The one thing that matters now: a deadline, a reason, a duration."""
    created: float
    """Seconds since the epoch; 0 when unknown."""
    deadline: float
    """Seconds until the nearest reclaim; infinite when there is none."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What this app knows of a session beyond the server's list."""

    waiting: bool = False
    running_for: float | None = None
    """Seconds the current run has taken; None when nothing runs."""
    queued: int = 0


def row_of(session: Session, activity: Activity, warn_below: float, remaining: float | None) -> SessionRow:
    """The row of one session, `remaining` seconds before its reclaim; shown once that is nearer than `warn_below`."""
    deadline = float("inf") if remaining is None else remaining
    state, note = _state(session, activity, deadline, warn_below)
    created = session.created_at.timestamp() if session.created_at else 0.0
    return SessionRow(session.id, session.name, session.short_image, state, note, created, deadline)


def _state(session: Session, activity: Activity, deadline: float, warn_below: float) -> tuple[RowState, str]:
    status = session.status
    if status is SessionStatus.ERROR:
        return RowState.ERROR, session.status_info or "error"
    if status is SessionStatus.TERMINATING or status.is_dead:
        return RowState.ENDING, "ending…"
    if not status.is_running:
        reason = f" {session.status_info}" if session.status_info else ""
        return RowState.STARTING, f"{status.lower()}…{reason}"
    if activity.waiting:
        return RowState.ASKS, "asks"
    if activity.running_for is not None:
        more = f" +{activity.queued}" if activity.queued else ""
        return RowState.RUNNING, duration(activity.running_for) + more
    if deadline < warn_below:
        return RowState.IDLE, f"idle {duration(max(deadline, 0.0))}"
    return RowState.READY, session.short_image


def duration(seconds: float) -> str:
    """`04:31` under an hour, `5:12:09` under a day, `3d 04h` beyond."""
    whole = int(seconds)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24}d {hours % 24:02}h"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def shortened(text: str, columns: int) -> str:
    """The text in that many columns, with `…` where it is cut; a wide character is never cut in half."""
    if cell_len(text) <= columns:
        return text
    kept, used = "", 1
    for character in text:
        used += cell_len(character)
        if used > columns:
            break
        kept += character
    return f"{kept.rstrip()}…" if columns > 0 else ""


class Order(StrEnum):
    """How the list is sorted."""

    URGENCY = "urgency"
    NAME = "name"
    AGE = "age"
    DEADLINE = "deadline"

    def next(self) -> Order:
        """The one after it, round and round."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


_URGENCY = {state: place for place, state in enumerate(RowState)}
_KEYS: dict[Order, Callable[[SessionRow], tuple[float, str]]] = {
    Order.URGENCY: lambda row: (_URGENCY[row.state] if row.state in {RowState.ASKS, RowState.IDLE} else 9, row.name),
    Order.NAME: lambda row: (0, row.name),
    Order.AGE: lambda row: (-row.created, row.name),
    Order.DEADLINE: lambda row: (row.deadline, row.name),
}


def arrange(rows: Iterable[SessionRow], order: Order, needle: str) -> list[SessionRow]:
    """The rows whose name, image, state or note contains `needle`, sorted."""
    needle = needle.casefold()
    kept = (row for row in rows if needle in f"{row.name} {row.image} {row.state} {row.note}".casefold())
    return sorted(kept, key=_KEYS[order])


def age(created_at: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in words short enough for a cell; "" when unknown."""
    if created_at is None:
        return ""
    return duration(max(0.0, ((now or datetime.now(UTC)) - created_at).total_seconds()))
