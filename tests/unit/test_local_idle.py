"""When an idle session is reclaimed."""

from __future__ import annotations

from workbench.local.idle import due_checks, reclaim_reason, report, sweep_interval


def checks(**changes: float | bool) -> list[tuple[str, float]]:
    given = {"network_timeout": 600.0, "session_lifetime": 3600.0, "age": 100.0, "silence": 60.0, "is_busy": False}
    found = due_checks(**(given | changes))  # type: ignore[arg-type]
    return [(check.name, check.remaining) for check in found]


def test_only_enabled_checks_appear() -> None:
    assert checks() == [("network_timeout", 540.0), ("session_lifetime", 3500.0)]
    assert checks(network_timeout=0.0) == [("session_lifetime", 3500.0)]
    assert checks(network_timeout=0.0, session_lifetime=0.0) == []


def test_a_session_that_runs_code_is_never_silent_and_never_reclaimed() -> None:
    assert checks(is_busy=True, silence=9999.0)[0] == ("network_timeout", 600.0)
    overdue = due_checks(network_timeout=1, session_lifetime=1, age=9, silence=9, is_busy=True)
    assert reclaim_reason(overdue, is_busy=True) is None


def test_the_reason_is_that_of_the_overdue_check() -> None:
    def reason(age: float, silence: float) -> str | None:
        found = due_checks(network_timeout=10, session_lifetime=100, age=age, silence=silence, is_busy=False)
        return reclaim_reason(found, is_busy=False)

    assert reason(50, 5) is None
    assert reason(50, 10) == "idle-timeout"
    assert reason(100, 5) == "idle-session-lifetime"


def test_the_report_has_the_documented_shape() -> None:
    found = due_checks(network_timeout=10, session_lifetime=100, age=50, silence=20, is_busy=False)
    assert report(found) == {
        "network_timeout": {"remaining": -1, "remaining_time_type": "expire_after", "extra": None},
        "session_lifetime": {"remaining": 50, "remaining_time_type": "expire_after", "extra": None},
    }


def test_short_timeouts_are_looked_at_more_often() -> None:
    assert sweep_interval(600, 0) == 15
    assert sweep_interval(0, 2) == 0.5
    assert sweep_interval(0.01, 0) == 0.1
