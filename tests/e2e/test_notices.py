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


def test_a_blurred_terminal_notifies_the_desktop_and_marks_its_title(world: World) -> None:
    with world.open("--set", "notifications.after=0") as tui:
        tui.keep_raw = True
        tui.wait(r"● scratch|scratch +ready")
        tui.key("f5")
        tui.send(BLUR)
        until(tui, b"\x1b]9;backend-tui: scratch asks: What is your name?")
        until(tui, "\x1b]2;● scratch asks: What is your name?".encode())
        tui.send(FOCUS)
        until(tui, b"\x1b]2;backend-tui\x07")
        tui.key("f12")
        tui.wait("Enter sends, Esc leaves it waiting")
        tui.type("Ada")
        tui.send("\r" + BLUR)
        until(tui, b"\x1b]9;backend-tui: scratch: run 1 is done")


def test_notifications_can_be_muted(world: World) -> None:
    off = [f"--set=notifications.{name}=off" for name in ("toast", "system", "title")]
    with world.open(*off, "--set=notifications.after=0") as tui:
        tui.keep_raw = True
        tui.wait(r"● scratch|scratch +ready")
        tui.send(BLUR)
        tui.key("f5")
        tui.wait(r"What is your name\?")
        tui.type("Ada\n")
        tui.wait("Welcome, Ada")
        tui.settle()
        assert b"\x1b]9;" not in tui.raw
        assert "● scratch asks".encode() not in tui.raw
