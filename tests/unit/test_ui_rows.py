"""The session list says the one thing that matters now."""

from __future__ import annotations

import pytest

from workbench.domain.idle import IdleCheck
from workbench.domain.session import Session, SessionStatus
from workbench.ui.session_rows import Activity, Order, RowState, arrange, duration, row_of


def session(name: str = "train", status: SessionStatus = SessionStatus.RUNNING, **more: object) -> Session:
    return Session(id=f"id-{name}", name=name, status=status, image="registry/stable/python:3.13", **more)  # type: ignore[arg-type]


def test_a_waiting_prompt_wins_over_everything_else() -> None:
    idle = (IdleCheck("network_timeout", 10.0),)
    row = row_of(session(idle_checks=idle), Activity(waiting=True, running_for=3.0), warn_below=600)
    assert (row.state, row.note) == (RowState.ASKS, "asks")


def test_a_running_session_shows_how_long_and_what_queues() -> None:
    row = row_of(session(), Activity(running_for=75.2, queued=2), warn_below=600)
    assert (row.state, row.note) == (RowState.RUNNING, "01:15 +2")


def test_a_deadline_shows_only_under_the_threshold() -> None:
    far = session(idle_checks=(IdleCheck("session_lifetime", 5000.0),))
    near = session(idle_checks=(IdleCheck("session_lifetime", 5000.0), IdleCheck("network_timeout", 271.0)))
    assert row_of(far, Activity(), 600).state is RowState.READY
    assert row_of(near, Activity(), 600).note == "idle 04:31"


def test_a_grace_period_is_not_a_deadline() -> None:
    row = row_of(session(idle_checks=(IdleCheck("utilization", 5.0, "grace_period"),)), Activity(), 600)
    assert row.state is RowState.READY


def test_a_pending_session_says_why() -> None:
    row = row_of(session(status=SessionStatus.PENDING, status_info="no-available-instances"), Activity(), 600)
    assert row.note == "pending… no-available-instances"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (271, "04:31"), (3600, "1:00:00"), (86_400 * 3 + 4 * 3600, "3d 04h")]
)
def test_durations_read_like_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_urgency_puts_what_needs_a_person_first() -> None:
    calm = row_of(session("aaaa"), Activity(), 600)
    asks = row_of(session("zzzz"), Activity(waiting=True), 600)
    assert [row.name for row in arrange([calm, asks], Order.URGENCY, "")] == ["zzzz", "aaaa"]


def test_the_filter_finds_names_images_and_states() -> None:
    rows = [row_of(session("etl-9"), Activity(waiting=True), 600), row_of(session("train"), Activity(), 600)]
    assert [row.name for row in arrange(rows, Order.NAME, "ASKS")] == ["etl-9"]
    assert [row.name for row in arrange(rows, Order.NAME, "pyth")] == ["etl-9", "train"]
