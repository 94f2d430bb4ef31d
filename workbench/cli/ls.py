"""`backend-tui ls`: the live sessions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.headless import connected, run_async

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.domain.session import Session
    from workbench.engine.registry import SessionRegistry


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object a session.")
def ls(*, as_json: bool) -> None:
    """List live sessions, oldest first."""
    run_async(_ls(as_json=as_json))


async def _ls(*, as_json: bool) -> int:
    from workbench.cli.endpoint import find_running

    endpoint = await find_running()
    if endpoint is None:
        _print([], None, as_json=as_json)
        return 0
    async with connected(endpoint) as bench:
        _print(list(bench.registry.sessions.values()), bench.registry, as_json=as_json)
    return 0


def _print(sessions: Sequence[Session], registry: SessionRegistry | None, *, as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps([_object(session) for session in sessions], indent=2))
        return
    rows: list[tuple[str, ...]] = [("NAME", "STATUS", "IMAGE", "AGE", "IDLE", "ID")]
    rows += [_row(session, registry.remaining(session) if registry else None) for session in sessions]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(session: Session, remaining: float | None) -> tuple[str, ...]:
    age = time.time() - session.created_at.timestamp() if session.created_at else None
    idle = "" if remaining is None else span(remaining)
    return (session.name, session.status.value, session.short_image, span(age), idle, session.id)


def span(seconds: float | None) -> str:
    """A length of time in at most two units: `4 s`, `12 m 05 s`, `3 h 20 m`, `2 d 4 h`."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def _object(session: Session) -> dict[str, Any]:
    return {
        "name": session.name,
        "id": session.id,
        "status": session.status.value,
        "status_info": session.status_info,
        "image": session.image,
        "type": session.type,
        "project": session.project,
        "created_at": session.created_at.isoformat() if session.created_at else None,
        "occupied_slots": dict(session.occupied_slots),
        "idle_checks": [
            {"name": check.name, "remaining": check.remaining, "kind": check.kind} for check in session.idle_checks
        ],
        "num_queries": session.num_queries,
        "interpreter": session.interpreter,
    }
