"""Sessions that end or change their name while they are on the screen."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Button, Static

from tests.scenes import SESSIONS, make_app, workbench_screen
from workbench.domain.run import RunRequest
from workbench.domain.session import Session
from workbench.ui.app import WorkbenchApp
from workbench.ui.modals.confirm_quit import ConfirmQuit
from workbench.ui.screens.workbench import WorkbenchScreen

SCRATCH, TRAIN = SESSIONS[:2]


async def listed(app: WorkbenchApp, pilot: Pilot[None], *sessions: Session) -> WorkbenchScreen:
    """The screen, once the registry was told that these are the live sessions."""
    screen = workbench_screen(app)
    while screen.bench is None or screen.overview is None:
        await pilot.pause()
    screen.bench.registry._take(sessions, tell=True)
    screen._look()
    await pilot.pause()
    return screen


def said(app: WorkbenchApp) -> list[str]:
    return [notice.message for notice in app._notifications]


async def test_a_session_that_ends_elsewhere_stays_as_a_record_until_another_is_opened(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await listed(app, pilot, SCRATCH, TRAIN)
        assert screen.bench is not None
        await screen.open_session(SCRATCH.id)
        screen.bench.registry._reasons[SCRATCH.id] = "idle-timeout"
        await listed(app, pilot, TRAIN)
        assert any("scratch is gone: it was idle for too long" in text for text in said(app))
        assert screen.output.blocks is not None
        assert screen.output.blocks.queue is screen.bench.desk(SCRATCH.id).runs
        await screen.open_session(TRAIN.id)
        await pilot.pause()
        assert ("example", "scratch") not in screen.editor._groups
        assert SCRATCH.id not in screen.output._lists


async def test_after_destroying_the_open_session_its_neighbour_is_opened(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await listed(app, pilot, SCRATCH, TRAIN)
        await screen.open_session(SCRATCH.id)
        assert screen.departures is not None
        screen.departures.destroyed([SCRATCH.id])
        await listed(app, pilot, TRAIN)
        while screen.open_id != TRAIN.id:
            await pilot.pause()
        assert not any("gone" in text for text in said(app))


async def test_the_buffers_of_a_renamed_session_go_on_under_its_new_name(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await listed(app, pilot, SCRATCH, TRAIN)
        await screen.open_session(SCRATCH.id)
        assert screen.editor.area is not None
        screen.editor.area.text = "kept = True"
        await listed(app, pilot, replace(SCRATCH, name="renamed"), TRAIN)
        while screen.layout_state.open_session != "renamed":
            await pilot.pause()
        await screen.open_session(TRAIN.id)
        await screen.open_session(SCRATCH.id)
        assert screen.editor.buffer_texts() == {"scratch.py": "kept = True"}


async def test_leaving_asks_first_when_code_runs(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await listed(app, pilot, SCRATCH, TRAIN)
        assert screen.bench is not None
        run = screen.bench.desk(SCRATCH.id).runs.submit(RunRequest(code="while True: pass"))
        run.start()
        await pilot.press("ctrl+q")
        assert isinstance(app.screen, ConfirmQuit)
        assert "scratch: run 1" in "\n".join(str(each.render()) for each in app.screen.query(Static))
        await pilot.press("escape")
        assert app.is_running
        assert not run.state.is_over
        await pilot.press("ctrl+q")
        app.screen.query_one("#quit", Button).press()
        async with asyncio.timeout(20):
            while not app._exit:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
