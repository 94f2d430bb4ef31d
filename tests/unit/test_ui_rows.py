"""The session list says the one thing that matters now."""

from __future__ import annotations

import pytest

from workbench.domain.idle import IdleCheck
from workbench.domain.session import Session, SessionStatus
from workbench.ui.session_rows import Activity, Order, RowState, arrange, duration, row_of


def session(name: str = "train", status: SessionStatus = SessionStatus.RUNNING, **more: object) -> Session:
    return Session(id=f"id-{name}", name=name, status=status, image="registry/stable/python:3.13", **more)  # type: ignore[arg-type]


def test_a_waiting_prompt_wins_over_everything_else() -> None:
    row = row_of(session(), Activity(waiting=True, running_for=3.0), 600, 10.0)
    assert (row.state, row.note) == (RowState.ASKS, "asks")


def test_a_running_session_shows_how_long_and_what_queues() -> None:
    row = row_of(session(), Activity(running_for=75.2, queued=2), 600, None)
    assert (row.state, row.note) == (RowState.RUNNING, "01:15 +2")


def test_a_deadline_shows_only_under_the_threshold() -> None:
    assert row_of(session(), Activity(), 600, 5000.0).state is RowState.READY
    assert row_of(session(), Activity(), 600, 271.0).note == "idle 04:31"


def test_a_grace_period_is_not_a_deadline() -> None:
    checks = (IdleCheck("utilization", 5.0, "grace_period"), IdleCheck("session_lifetime", 50.0))
    nearest = session(idle_checks=checks).nearest_deadline()
    assert nearest is not None
    assert nearest.name == "session_lifetime"


def test_a_pending_session_says_why() -> None:
    row = row_of(session(status=SessionStatus.PENDING, status_info="no-available-instances"), Activity(), 600, None)
    assert row.note == "pending… no-available-instances"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (271, "04:31"), (3600, "1:00:00"), (86_400 * 3 + 4 * 3600, "3d 04h")]
)
def test_durations_read_like_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_urgency_puts_what_needs_a_person_first() -> None:
    calm = row_of(session("aaaa"), Activity(), 600, None)
    asks = row_of(session("zzzz"), Activity(waiting=True), 600, None)
    assert [row.name for row in arrange([calm, asks], Order.URGENCY, "")] == ["zzzz", "aaaa"]


def test_the_filter_finds_names_images_and_states() -> None:
    rows = [
        row_of(session("etl-9"), Activity(waiting=True), 600, None),
        row_of(session("train"), Activity(), 600, None),
    ]
    assert [row.name for row in arrange(rows, Order.NAME, "ASKS")] == ["etl-9"]
    assert [row.name for row in arrange(rows, Order.NAME, "pyth")] == ["etl-9", "train"]
