"""A run that ends or asks while the person looks elsewhere, in a real terminal."""

from __future__ import annotations

from tests.e2e.conftest import World
from tests.e2e.tui import Tui

BLUR, FOCUS = "\x1b[O", "\x1b[I"


def until(tui: Tui, sequence: bytes) -> None:
    """Read until the program wrote these bytes."""
    for _ in range(1500):
        if sequence in tui.raw:
            return
        tui.pump(0.02)
    raise AssertionError(f"{sequence!r} was not written")


def start(tui: Tui, code: str) -> None:
    """Run code that takes its time in a buffer of its own, and look elsewhere."""
    tui.keep_raw = True
    tui.wait(r"● scratch|scratch +ready")
    tui.send("\x1bn")
    tui.wait(r"scratch-2\.py")
    tui.type(f"import time; time.sleep(2); {code}")
    tui.key("f5")
    tui.wait(r"\[1\] ")
    tui.send(BLUR)


def test_a_blurred_terminal_notifies_the_desktop_and_marks_its_title(world: World) -> None:
    with world.open() as tui:
        start(tui, "input('Name: ')")
        until(tui, b"\x1b]9;backend-tui: scratch asks: Name:")
        until(tui, "\x1b]2;● scratch asks: Name:".encode())
        tui.send(FOCUS)
        until(tui, b"\x1b]2;backend-tui\x07")


def test_the_end_of_a_run_is_told_when_nobody_looks(world: World) -> None:
    with world.open("--set", "notifications.after=0") as tui:
        start(tui, "print('over')")
        until(tui, b"\x1b]9;backend-tui: scratch: run 1 is done")


def test_notifications_can_be_muted(world: World) -> None:
    off = [f"--set=notifications.{name}=off" for name in ("toast", "system", "title")]
    with world.open(*off, "--set=notifications.after=0") as tui:
        start(tui, "print('o' + 'ver')")
        tui.wait(r"^[^(]*\bover\b")
        tui.wait("✓ .*1")
        tui.wait("● scratch")  # the look that shows it also tells of what ended
        assert b"\x1b]9;" not in tui.raw
        assert b"\x1b]2;" not in tui.raw
