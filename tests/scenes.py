"""The real app in set scenes: real engine objects filled by hand, no server, a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.clock import Clock
from tests.functional.hand_fed import HandHost
from tests.hand_terminal import HandTerminal, HandTerminalHost
from workbench.config.paths import shipped_themes
from workbench.config.settings import Settings
from workbench.domain.console import Output
from workbench.domain.idle import IdleCheck
from workbench.domain.run import Finished, InputRequested, RunRequest, RunState
from workbench.domain.session import NewSession, Session, SessionStatus
from workbench.engine.link import Link, LinkState
from workbench.engine.log import RunLog
from workbench.engine.ports import RunEvent
from workbench.engine.run import Run
from workbench.engine.workbench import Workbench
from workbench.ui.app import WorkbenchApp
from workbench.ui.launch import Launch
from workbench.ui.screens.workbench import WorkbenchScreen
from workbench.ui.widgets.code_area import CodeArea
from workbench.ui.widgets.media_view import MediaView
from workbench.ui.widgets.terminal_view import TerminalView
from workbench.wire.endpoint import Endpoint

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_USE = {"cpu_util": {"current": "3.2"}, "mem": {"current": "148897792"}}


def session(name: str, status: SessionStatus = SessionStatus.RUNNING, image: str = "local/python3:3.11") -> Session:
    """A session of that name; its id is made from the name."""
    return Session(id=f"id-{name}", name=name, status=status, image=image, created_at=CREATED, live_stat=_USE)


SESSIONS = (
    session("scratch"),
    session("train"),
    session("new-1", SessionStatus.PULLING, "cr.example/stable/julia:1.11"),
    replace(session("old"), idle_checks=(IdleCheck("network_timeout", 271.0),)),
    replace(session("bad", SessionStatus.ERROR, "local/r:4"), status_info="failed-to-start"),
)
SCRATCH, TRAIN, NEW, OLD, BAD = SESSIONS


class _Never:
    """A server that is asked and never answers."""

    def __init__(self) -> None:
        self.asked = False

    async def __call__(self) -> Endpoint:
        self.asked = True
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def make_app(
    state_dir: Path, *, theme: str = "house-dark", read_only: bool = False, settings: Settings | None = None
) -> WorkbenchApp:
    """The app on its way to a server that never answers."""
    settings = settings or Settings()
    launch = Launch(
        connect=_Never(),
        state_dir=state_dir,
        settings=replace(settings, ui=replace(settings.ui, theme=theme)),
        label="example",
        first_session=NewSession(image="python", name="scratch"),
        read_only=read_only,
    )
    return WorkbenchApp(launch)


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


@contextmanager
def shipped_themes_only() -> Iterator[None]:
    """Within it no theme of the person who runs this is seen."""
    with patch("workbench.ui.app.theme_dirs", lambda: (shipped_themes(),)):
        yield


class Stage:
    """A running app whose server is played by hand."""

    def __init__(self, pilot: Pilot[None], clock: Clock) -> None:
        assert isinstance(pilot.app, WorkbenchApp)
        self.pilot, self.clock, self.app = pilot, clock, pilot.app
        self.screen = workbench_screen(pilot.app)
        self.hosts: dict[str, HandHost] = {}
        self.terminals: dict[str, HandTerminalHost] = {}

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once the condition holds."""
        while not condition():
            if self.app._exception is not None:
                raise self.app._exception
            await asyncio.sleep(0.002)

    @property
    def bench(self) -> Workbench:
        """The engine."""
        assert self.screen.bench is not None
        return self.screen.bench

    async def ready(self) -> None:
        """The engine is there and waits for its server."""
        connect = self.app.launch.connect
        assert isinstance(connect, _Never)
        await self.until(lambda: self.screen.overview is not None and connect.asked)

    async def connect(self, sessions: Sequence[Session] = SESSIONS, *, latency: float = 12.0) -> None:
        """The server answers, and these are its sessions."""
        await self.ready()
        self.bench.registry.listed_at = self.clock.monotonic()
        self.bench.registry._take(sessions, tell=True)
        for each in sessions:
            self._play(each)
        self.say(Link(state=LinkState.LIVE, label="local", latency_ms=latency))
        if sessions:
            await self.until(lambda: self.screen.open_id and self.screen.editor.area is not None)

    def say(self, link: Link) -> None:
        """The connection is like this."""
        self.bench.link = link
        self.bench.link_changed.emit(link)
        self.screen._look()

    def _play(self, each: Session) -> None:
        host = self.hosts[each.id] = HandHost(each.name)
        terminal = self.terminals[each.id] = HandTerminalHost()
        desk = self.bench.desk(each.id)
        desk.runs._host, desk.terminal._host = host, terminal

    async def run(self, code: str, *events: RunEvent, seconds: float = 0.41, at: Session = SCRATCH) -> Run:
        """Code that runs in a session and says these things; it goes on unless the last one is its end."""
        host = self.hosts[at.id]
        before = len(host.streams)
        run = self.queue(code, at)
        await self.until(lambda: len(host.streams) > before)
        stream = host.streams[-1]
        self.clock.advance(seconds)
        stream.say(*events)
        await self.until(lambda: stream.is_read)
        await self.until(lambda: run.state is _state_after(events))
        return run

    def queue(self, code: str, at: Session = SCRATCH) -> Run:
        """Code that waits for its turn."""
        return self.bench.desk(at.id).runs.submit(RunRequest(code=code, source=f"{at.name}.py"))

    async def open_terminal(self, at: Session = SCRATCH) -> HandTerminal:
        """The session's terminal, in front of the person, at the size the screen has for it."""
        await self.pilot.press("f4")
        terminal = self.terminals[at.id].terminal
        await self.until(lambda: self.screen.terminal.current is not None)
        view = self.screen.terminal.current
        assert view is not None
        await self.until(lambda: terminal.size == (view.size.height, view.size.width) != (0, 0))
        return terminal

    def said(self) -> list[str]:
        """What is said in the corner."""
        return [notice.message for notice in self.app._notifications]

    async def settle(self) -> None:
        """Return when nothing on the screen will change by itself any more."""
        self.screen._look()
        for screen in self.app.screen_stack:
            for area in screen.query(TextArea):
                area.cursor_blink = False
            for line in screen.query(Input):
                line.cursor_blink = False
        for _ in range(3):  # what is drawn can make room for more to draw
            await self.until(self._is_drawn)
            await self.pilot.pause()

    def _is_drawn(self) -> bool:
        if any(worker.group in {"decode", "paint", "load", "open", "show-picture"} for worker in self.app.workers):
            return False
        shown = self.screen.output._shown
        if shown is not None and shown.is_on_screen and shown.has_work:
            return False
        if any(area.unsaved for area in self.screen.query(CodeArea)):
            return False
        if any(view._next_frame.is_due for view in self.screen.query(TerminalView)):
            return False
        return not any(view._decoding for screen in self.app.screen_stack for view in screen.query(MediaView))


def _state_after(events: Sequence[RunEvent]) -> RunState:
    match events[-1] if events else None:
        case Finished(exit_code=0):
            return RunState.FINISHED
        case Finished():
            return RunState.FAILED
        case InputRequested():
            return RunState.WAITING
        case _:
            return RunState.RUNNING
