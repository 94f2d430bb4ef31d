"""The workbench in set scenes."""

from __future__ import annotations

from msgspec.structs import replace

from tests.clock import NOON
from tests.scenes import SCRATCH, SESSIONS, TRAIN, Stage, finished_run, session
from tests.snapshot.vim import vim_screen
from tests.snapshot.wave import wave
from workbench.domain.console import Media, Output
from workbench.domain.idle import IdleCheck
from workbench.domain.run import Finished, InputRequested, RunState
from workbench.domain.session import SessionStatus
from workbench.engine.link import Link, LinkState
from workbench.engine.run import Run
from workbench.ui.glyphs import RUN_MARKS

WAVE = wave()

TRACEBACK = """\
\x1b[31m---------------------------------------------------------------------------\x1b[39m
\x1b[31mZeroDivisionError\x1b[39m                         Traceback (most recent call last)
Cell \x1b[32mIn[2]\x1b[39m, line 3
      1 \x1b[38;5;28;01mdef\x1b[39;00m mean(values):
      2     total = \x1b[38;5;28msum\x1b[39m(values)
----> 3     \x1b[38;5;28;01mreturn\x1b[39;00m total / \x1b[38;5;28mlen\x1b[39m(values)

\x1b[31mZeroDivisionError\x1b[39m: division by zero
"""

PROGRESS = (
    "\repoch 1/20 \x1b[32m████████████████████\x1b[0m 100% loss 0.412\n"
    "\repoch 2/20 \x1b[32m███████\x1b[90m─────────────\x1b[0m  35% loss 0.377"
)


async def first_minute(stage: Stage) -> None:
    """The example ran: text, a picture, a question; another session trains."""
    await stage.connect()
    await stage.run("for epoch in range(20): train(epoch)", Output("stdout", PROGRESS), seconds=42.3, at=TRAIN)
    code = stage.screen.editor.area
    assert code is not None
    await stage.run(
        code.text,
        Output("stdout", "Hello from a live session!\n"),
        Media("image/png", WAVE),
        Output("stdout", "What is your name? "),
        InputRequested(),
    )
    await stage.settle()


LOST = "lost the stream at 12.4 s; the server may still be running this code"


async def runs(stage: Stage) -> None:
    """Runs of every state, one folded; the output has the focus."""
    await stage.connect()
    queue = stage.bench.desk(SCRATCH.id).runs
    queue.restore(
        [
            finished_run("import pandas as pd", "", number=1, seconds=1.204),
            finished_run("frame.describe()", "count  128\nmean   0.42\nstd    0.11\n", number=2, seconds=0.012),
            finished_run("mean([])", TRACEBACK, number=3, exit_code=1, seconds=0.03),
            _ended("while True: step()", RunState.INTERRUPTED, 4, 192.0),
            _ended(
                "fit(model)",
                RunState.LOST,
                5,
                12.4,
                "lost the stream at 12.4 s; the server may still be running this code",
            ),
        ]
    )
    await stage.run("for epoch in range(20): train(epoch)", Output("stdout", PROGRESS), seconds=42.3)
    stage.queue("evaluate(model)\nprint('done')")
    stage.queue("save(model)")
    await stage.settle()
    await stage.pilot.press("f9", "f10", "home")
    blocks = stage.screen.output._shown
    assert blocks is not None
    blocks.select(blocks.blocks[1])
    await stage.pilot.press("c")


def _ended(code: str, state: RunState, number: int, seconds: float, note: str = "") -> Run:
    run = finished_run(code, "step 1\nstep 2\n", number=number)
    run.restore(state=state, elapsed=seconds, exit_code=None, note=note)
    assert RUN_MARKS[run.state]
    return run


async def colours(stage: Stage) -> None:
    """Sessions and runs of many states beside code: what a theme has to colour."""
    await stage.connect()
    await stage.run("train()", seconds=42.3, at=TRAIN)
    runs = [
        finished_run("frame.describe()", "count  128\nmean   0.42\n", number=1, seconds=0.012),
        finished_run("mean([])", TRACEBACK.split("\n", 5)[5], number=2, exit_code=1, seconds=0.03),
    ]
    stage.bench.desk(SCRATCH.id).runs.restore(runs)
    await stage.run("name = input()", Output("stdout", "What is your name? "), InputRequested())


async def search(stage: Stage) -> None:
    """A text is looked for in the output."""
    await runs(stage)
    await stage.pilot.press("slash", *"loss", "enter")


FAR = tuple(session(f"fold-{number}") for number in range(1, 5))
WIDE = (
    session("数据-清洗"),
    session("🚀-launch"),
    replace(session("日本語の長いセッション名"), idle_checks=(IdleCheck("session_lifetime", 353.0),)),
    replace(session("waits", SessionStatus.PENDING), status_info="no-available-instances"),
    session("leaving", SessionStatus.TERMINATING),
)


async def sessions(stage: Stage) -> None:
    """The list has the focus: every state, wide names, two marks."""
    await stage.connect((*SESSIONS, *WIDE, *FAR))
    await stage.run("train()", seconds=94.0, at=TRAIN)
    await stage.run("answer = input()", Output("stdout", "Go on? "), InputRequested(), at=FAR[1])
    await stage.settle()
    stage.app.clear_notifications()
    await stage.pilot.press("f2", "home", "space", "down", "space")


async def filtered(stage: Stage) -> None:
    """The list shows what a filter leaves, and is not kept true any more."""
    await sessions(stage)
    await stage.pilot.press("slash", *"fold")
    stage.bench.registry.stale_since = NOON - 75
    reason = "The event stream of local broke: connection reset by peer."
    stage.say(Link(state=LinkState.STALE, label="local", reason=reason, retry_at=stage.clock.time() + 8))


async def gone(stage: Stage) -> None:
    """The open session was reclaimed; what it did stays in sight."""
    await first_minute(stage)
    stage.bench.registry._reasons[SCRATCH.id] = "idle-timeout"
    stage.bench.registry._take(SESSIONS[1:], tell=True)
    await stage.until(stage.said)


async def lost(stage: Stage) -> None:
    """The connection was lost while code ran."""
    await first_minute(stage)
    stage.bench.registry.stale_since = NOON - 75
    reason = "Cannot reach cluster.example.com: connection refused."
    stage.say(Link(state=LinkState.STALE, label="cluster.example.com", reason=reason, retry_at=stage.clock.time() + 8))


async def no_connection(stage: Stage) -> None:
    """A cluster that has never answered."""
    await stage.ready()
    reason = "Cannot reach cluster.example.com: the name is not known. Check BACKEND_ENDPOINT."
    stage.say(Link(state=LinkState.DOWN, label="cluster.example.com", reason=reason, retry_at=stage.clock.time() + 15))


async def read_only(stage: Stage) -> None:
    """An app that changes nothing."""
    await stage.connect()
    await stage.pilot.press("f5")


async def connecting(stage: Stage) -> None:
    """The very first frame, before the server answers."""
    await stage.ready()


async def no_sessions(stage: Stage) -> None:
    """A server without a session."""
    stage.screen._first_done = True
    await stage.connect(())
    await stage.pilot.press("f2")


async def nothing_ran(stage: Stage) -> None:
    """An open session in which nothing ran yet; the terminal pane is shown but not opened."""
    await stage.connect()
    stage.screen.panes.show("terminal")


async def buffers(stage: Stage) -> None:
    """Several buffers in tabs, one with a selection."""
    await stage.connect()
    await stage.run("print(1)", Output("stdout", "1\n"), Finished(0))
    await stage.pilot.press("f3", "alt+n", *"answer = 42", "enter", *"print(answer)", "alt+n", "alt+pageup")
    await stage.pilot.press("ctrl+home", "shift+end")


async def terminal(stage: Stage) -> None:
    """A full-screen editor in the terminal pane."""
    await stage.connect()
    at = await stage.open_terminal()
    at.print(vim_screen(*at.size))
    view = stage.screen.terminal.current
    assert view is not None
    await stage.until(lambda: "INSERT" in view.emulator.text())


async def toasts(stage: Stage) -> None:
    """Messages in the corner."""
    await stage.connect()
    stage.app.notify("Destroyed old, bad.", timeout=3600)
    stage.app.notify("Nothing runs in this session.", severity="warning", timeout=3600)
    stage.app.notify("The buffers cannot be saved: no space left on device.", severity="error", timeout=3600)


async def palette(stage: Stage) -> None:
    """Every command by its name."""
    await stage.connect()
    await stage.pilot.press("ctrl+p")
