"""The real app in set scenes: real engine objects filled by hand, no server, a fixed clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from workbench.config.settings import Settings
from workbench.domain.console import Output
from workbench.domain.idle import IdleCheck
from workbench.domain.run import RunRequest, RunState
from workbench.domain.session import Session, SessionStatus
from workbench.engine.log import RunLog
from workbench.engine.run import Run
from workbench.ui.app import WorkbenchApp
from workbench.ui.launch import Launch
from workbench.ui.screens.workbench import WorkbenchScreen
from workbench.wire.endpoint import Endpoint

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SESSIONS = (
    Session(id="s1", name="scratch", status=SessionStatus.RUNNING, image="local/python3:3.11", created_at=CREATED),
    Session(id="s2", name="train", status=SessionStatus.RUNNING, image="local/python3:3.11", created_at=CREATED),
    Session(
        id="s3", name="new-1", status=SessionStatus.PULLING, image="cr.example/stable/julia:1.11", created_at=CREATED
    ),
    Session(
        id="s4",
        name="old",
        status=SessionStatus.RUNNING,
        image="local/python3:3.11",
        created_at=CREATED,
        idle_checks=(IdleCheck("network_timeout", 271.0),),
    ),
    Session(
        id="s5",
        name="bad",
        status=SessionStatus.ERROR,
        status_info="failed-to-start",
        image="local/r:4",
        created_at=CREATED,
    ),
)


async def _never() -> Endpoint:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def make_app(state_dir: Path, *, read_only: bool = False) -> WorkbenchApp:
    """The app on its way to a server that never answers."""
    return WorkbenchApp(
        Launch(connect=_never, state_dir=state_dir, settings=Settings(), label="example", read_only=read_only)
    )


def workbench_screen(app: WorkbenchApp) -> WorkbenchScreen:
    """The workbench under whatever covers it."""
    screen = app.screen_stack[0]
    assert isinstance(screen, WorkbenchScreen)
    return screen


def finished_run(code: str, text: str, *, number: int = 1, exit_code: int = 0, seconds: float = 0.41) -> Run:
    """A run that is over."""
    log = RunLog()
    log.append(Output("stdout" if exit_code == 0 else "stderr", text))
    run = Run(RunRequest(code=code, source="scratch.py"), number, log=log)
    state = RunState.FINISHED if exit_code == 0 else RunState.FAILED
    run.restore(state=state, elapsed=seconds, exit_code=exit_code, note="")
    return run
