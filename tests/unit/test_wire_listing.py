"""A list of sessions or images is read from every release's shape."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.domain.idle import IdleCheck
from workbench.domain.session import SessionStatus
from workbench.wire.listing import _drop_fields, _drop_statuses, image_of, session_of

ITEM = {
    "id": "7a1f",
    "session_id": "7a1f",
    "name": "train",
    "type": "INTERACTIVE",
    "status": "RUNNING",
    "status_info": None,
    "image": "cr.backend.ai/stable/python:3.13",
    "created_at": "2026-11-23T15:45:34.386565+00:00",
    "group_name": "default",
    "access_key": "AKIA",
    "occupying_slots": '{"cpu": "1", "mem": 536870912}',
    "num_queries": 3,
    "status_data": '{"interpreter": "/usr/bin/python3", "more": {}}',
    "idle_checks": '{"network_timeout": {"remaining": 512.5, "remaining_time_type": "expire_after", "extra": null},'
    ' "utilization": {"remaining": null, "remaining_time_type": "grace_period"}}',
    "containers": [{"live_stat": '{"mem": {"current": "1", "capacity": "2", "pct": "50"}}'}],
}


def test_a_session_is_read_with_its_nested_json() -> None:
    session = session_of(ITEM)
    assert session is not None
    assert (session.id, session.name, session.status) == ("7a1f", "train", SessionStatus.RUNNING)
    assert (session.type, session.project, session.num_queries) == ("interactive", "default", 3)
    assert session.created_at == datetime(2026, 11, 23, 15, 45, 34, 386565, tzinfo=UTC)
    assert session.occupied_slots == {"cpu": "1", "mem": "536870912"}
    assert session.live_stat == {"mem": {"current": "1", "capacity": "2", "pct": "50"}}
    assert session.interpreter == "/usr/bin/python3"
    assert session.idle_checks == (
        IdleCheck(name="network_timeout", remaining=512.5),
        IdleCheck(name="utilization", remaining=None, kind="grace_period"),
    )


def test_an_unknown_status_and_missing_fields_are_tolerated() -> None:
    session = session_of({"id": "x", "status": "DEPRIORITIZING", "containers": None, "idle_checks": "nonsense"})
    assert session is not None
    assert (session.name, session.status, session.idle_checks) == ("x", SessionStatus.UNKNOWN, ())


def test_an_item_without_an_id_is_no_session() -> None:
    assert session_of({"name": "x"}) is None


def test_an_image_is_read_with_its_labels() -> None:
    image = image_of(
        {
            "name": "stable/python",
            "registry": "cr.backend.ai",
            "tag": "3.13",
            "architecture": "x86_64",
            "installed": True,
            "size_bytes": 12,
            "aliases": ["python"],
            "labels": [{"key": "ai.backend.runtime-type", "value": "app"}, "odd"],
        }
    )
    assert image.reference == "cr.backend.ai/stable/python:3.13"
    assert image.aliases == ("python",)
    assert not image.runs_code


def test_a_field_that_the_server_does_not_know_is_dropped_with_its_branch() -> None:
    fields = ["id", "name", "containers { live_stat }"]
    assert _drop_fields(fields, "Cannot query field 'live_stat' on type 'ComputeContainer'.")
    assert fields == ["id", "name"]
    assert _drop_fields(fields, 'Cannot query field "name" on type "ComputeSession". Did you mean "id"?')
    assert fields == ["id"]
    assert not _drop_fields(fields, "Cannot query field 'id' on type 'ComputeSession'.")
    assert not _drop_fields(fields, "Syntax Error")


def test_a_status_that_the_server_does_not_know_is_dropped() -> None:
    variables = {"status": "PENDING,PREPARED,RUNNING,RUNNING_DEGRADED"}
    assert _drop_statuses(variables, "'RUNNING_DEGRADED' is not a valid SessionStatus")
    assert variables["status"] == "PENDING,PREPARED,RUNNING"
    assert not _drop_statuses(variables, "something else")
