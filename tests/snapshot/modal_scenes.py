"""Every modal in set scenes, over the workbench."""

from __future__ import annotations

from msgspec.structs import replace

from tests.scenes import SESSIONS, TRAIN, Stage, session
from tests.snapshot.workbench_scenes import WAVE, first_minute
from workbench.domain.console import Media, Output
from workbench.domain.idle import IdleCheck
from workbench.domain.image import Image
from workbench.domain.names import name_problem
from workbench.domain.offer import Offer, Preset
from workbench.domain.run import BatchCommands, Finished, InputRequested
from workbench.ui.modals.ask_text import AskText
from workbench.ui.modals.batch import BatchModal
from workbench.ui.modals.confirm_destroy import ConfirmDestroy, Doomed
from workbench.ui.modals.confirm_quit import ConfirmQuit
from workbench.ui.modals.new_session import Choices, NewSessionModal
from workbench.ui.modals.reader import Reader
from workbench.ui.modals.themes import ThemePicker

OFFER = Offer(
    images=(
        Image(reference="local/python3:3.11", installed=True),
        Image(reference="cr.example.com/stable/julia:1.11-ubuntu24.04", installed=True),
        Image(reference="cr.example.com/stable/python:3.13-ubuntu24.04", installed=True),
        Image(reference="cr.example.com/stable/python-pytorch:2.9-py313-cuda13.0", installed=True),
        Image(reference="cr.example.com/stable/r-base:4.5-ubuntu24.04", installed=False),
    ),
    presets=(
        Preset(name="small", slots={"cpu": "1", "mem": "1073741824"}),
        Preset(name="large", slots={"cpu": "8", "mem": "68719476736", "cuda.device": "1"}, fits=False),
    ),
    left={"cpu": "3.5", "mem": "8589934592", "cuda.device": "0"},
    folders=("datasets", "models", "scratch"),
    projects=("default", "research"),
)

LOG = "\n".join(
    f"2026-11-24 11:{minute:02}:07 {'WARN  the disk is 91 % full' if minute == 41 else 'INFO  heartbeat, 3 clients'}"
    for minute in range(60)
)


async def new_session(stage: Stage) -> None:
    """A new session; the image is being chosen."""
    await stage.connect()
    stage.app.push_screen(NewSessionModal(Choices(OFFER, {each.name for each in SESSIONS})))


async def new_session_filled(stage: Stage) -> None:
    """A new session with resources to pick from, a name that is taken, and a mistake."""
    await stage.connect()
    modal = NewSessionModal(Choices(OFFER, {each.name for each in SESSIONS}))
    await stage.app.push_screen(modal)
    await stage.pilot.press(*"torch", "tab", "tab", *"train", "tab")
    await stage.pilot.press("tab", "tab", *"DEBUG", "enter", "shift+tab")


async def destroy(stage: Stage) -> None:
    """Three sessions are to be destroyed."""
    await stage.connect()
    files = "files in its folder that are not in a virtual folder"
    losses = ("code is running (12:34)", "2 more in the queue", files)
    stage.app.push_screen(
        ConfirmDestroy([Doomed("train", losses), Doomed("old", losses[2:]), Doomed("bad", (), forced=True)])
    )


async def destroy_protected(stage: Stage) -> None:
    """A protected session asks for its name."""
    await stage.connect()
    stage.app.push_screen(ConfirmDestroy([Doomed("production", ("code waits for your input",), protected=True)]))
    await stage.pilot.press(*"prod")


async def leave(stage: Stage) -> None:
    """Leaving while code runs."""
    await stage.connect()
    stage.app.push_screen(ConfirmQuit(["train: train.py (12:34)", "scratch: scratch.py waits for input"]))


async def idle(stage: Stage) -> None:
    """Sessions by deadline, two marked."""
    checks = (("network_timeout", 271.0), ("session_lifetime", 5025.0), ("network_timeout", 90061.0))
    due = [
        replace(session(name), idle_checks=(IdleCheck(check, left),))
        for name, (check, left) in zip(("old", "数据-清洗", "nightly"), checks, strict=True)
    ]
    await stage.connect((*SESSIONS[:3], *due))
    await stage.run("train()", Output("stdout", "ok\n"), Finished(0), at=TRAIN)
    stage.clock.advance(192)
    await stage.pilot.press("f2", "i", "space", "space")


async def batch(stage: Stage) -> None:
    """The commands of a batch run."""
    await stage.connect()
    stage.app.push_screen(BatchModal(BatchCommands(build="make", exec="./main --steps 200"), ["Makefile", "main.c"]))


async def inbox(stage: Stage) -> None:
    """Two sessions ask; the first one is answered."""
    await stage.connect()
    await stage.run("input()", Output("stdout", "Overwrite checkpoint-0042.pt? [y/N] "), InputRequested(), at=TRAIN)
    await stage.run("login()", Output("stdout", "Password for ada: "), InputRequested(is_password=True))
    await stage.settle()
    await stage.pilot.press("f3", "f12", *"yes")


async def inbox_password(stage: Stage) -> None:
    """A password is typed."""
    await stage.connect()
    await stage.run("login()", Output("stdout", "Password for ada: "), InputRequested(is_password=True), at=TRAIN)
    await stage.pilot.press("f12", *"hunter22")


async def picture(stage: Stage) -> None:
    """A picture over the whole screen."""
    await stage.connect()
    await stage.run("plot()", Media("image/png", WAVE), Media("image/png", WAVE), Finished(0))
    await stage.settle()
    await stage.pilot.press("f9", "o")


async def logs(stage: Stage) -> None:
    """A session's log."""
    await stage.connect()
    stage.app.push_screen(Reader("Logs of train", LOG))


async def help_editor(stage: Stage) -> None:
    """Help while the editor has the focus."""
    await first_minute(stage)
    await stage.pilot.press("f3", "f1")


async def help_sessions(stage: Stage) -> None:
    """Help while the list has the focus."""
    await stage.connect()
    await stage.pilot.press("f2", "f1")


async def themes(stage: Stage) -> None:
    """A theme is being chosen."""
    await first_minute(stage)
    stage.screen.action_choose_theme()
    await stage.until(lambda: isinstance(stage.app.screen, ThemePicker))


async def ask_text(stage: Stage) -> None:
    """A question with one line for an answer, and what is wrong with it."""
    await stage.connect()
    stage.app.push_screen(AskText("New name of train:", "train", problem=name_problem))
    await stage.pilot.press(*"no", "enter")
