"""The first minute, and the main job: what a person does, with the real command in a real terminal."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.conftest import World
from tests.e2e.tui import KEYS, Tui

BLOCKS = r"[▀▄]{6}"


def ready(tui: Tui) -> None:
    """Wait until the first session can run code and the cursor is in its editor."""
    tui.wait("scratch", 60)
    tui.wait(r"● scratch", 60)
    tui.wait(r"scratch\.py", 30)


def replace_code(tui: Tui, code: str) -> None:
    """Put other code into the buffer, as a person would: select all, paste."""
    tui.key("f3", "ctrl+a")
    tui.paste(code)
    tui.settle(0.2)


def open_session(tui: Tui, name: str) -> None:
    """Open a session by its name, all keys at once."""
    tui.send(f"{KEYS['f2']}/{name}\r\r")
    tui.wait(rf"{name}\.py")
    tui.key("f2", "escape")


def test_a_fresh_machine_runs_shows_a_picture_and_asks(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        tui.wait("F5 Run")
        tui.key("f5")
        tui.wait("Hello from a live session!")
        tui.wait(BLOCKS)
        tui.wait("1 asks")
        tui.key("f9")
        tui.type("Ada\n")
        tui.wait("Welcome, Ada")
        tui.key("ctrl+q")
        assert tui.ended() == 0


def test_a_matplotlib_plot_is_seen_as_a_preview(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        replace_code(
            tui, "import matplotlib.pyplot as plt\n_ = plt.plot([1, 4, 9])\nplt.show()\nprint('plot ' + 'done')\n"
        )
        tui.key("f5")
        tui.wait("plot done", 60)
        tui.wait(BLOCKS)
        tui.wait("image/png")


def test_two_sessions_stream_while_a_third_waits_for_a_password(world: World) -> None:
    for name in ("scratch", "left-1", "right-1"):
        made = world.command("run", "-", "--session", name, "--image", "python", stdin="print('made')")
        assert made.returncode == 0, made.stderr
    ticks = "import time\nfor n in range(400):\n    print('{0}', n, flush=True)\n    time.sleep(0.05)\n"
    with world.open() as tui:
        ready(tui)
        for name in ("left-1", "right-1"):
            open_session(tui, name)
            replace_code(tui, ticks.format(name.split("-")[0]))
            tui.key("f5")
            tui.wait(rf"{name.split('-')[0]} \d+")
        open_session(tui, "scratch")
        replace_code(tui, "import getpass\nword = getpass.getpass('Secret: ')\nprint('got', len(word))\n")
        tui.key("f5")
        tui.wait("Secret: ")
        tui.wait(r"▶ left-1")
        tui.wait(r"▶ right-1")
        tui.key("f9")
        tui.type("hunter2\n")
        tui.wait("got 7")
        assert "hunter2" not in tui.screen
        tui.wait(r"▶ left-1")
    state = world.root / ".local" / "state" / "backend-tui"
    assert not any(b"hunter2" in path.read_bytes() for path in state.rglob("*") if path.is_file())


@pytest.mark.skipif(not shutil.which("vim"), reason="vim is not installed")
def test_a_file_written_in_vim_is_read_by_code(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        tui.key("f4")
        tui.wait(r"▕[$#]")
        tui.type("vim note.txt\n")
        tui.wait("~")
        tui.type("iwritten in vim")
        tui.wait("written in vim")
        tui.key("escape")
        tui.type(":wq\n")
        tui.wait_gone("~")
        tui.key("ctrl+right_square_bracket")
        tui.wait_gone("leaves")
        replace_code(tui, "print(open('note.txt').read().upper())\n")
        tui.key("f5")
        tui.wait("WRITTEN IN VIM")


def test_everything_is_back_after_kill_9(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        replace_code(tui, "answer = 6 * 7\nprint('the answer is', answer)\n")
        tui.key("f5")
        tui.wait("the answer is 42")
        tui.type("# typed last")
        tui.wait("# typed last")
        tui.settle(1.0)
        tui.kill()
    with world.open() as tui:
        tui.wait("● scratch", 60)
        tui.wait("# typed last")
        tui.wait("the answer is 42")
        replace_code(tui, "print('still', answer)\n")
        tui.key("f5")
        tui.wait("still 42")


def test_destroying_a_session_leaves_no_process(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        tui.key("f4")
        tui.wait(r"▕[$#]")
        tui.type("sleep 4711 &\n")
        tui.key("ctrl+right_square_bracket")
        tui.wait_gone("leaves")
        replace_code(tui, "import subprocess\nchild = subprocess.Popen(['sleep', '4712'])\nprint('child', child.pid)\n")
        tui.key("f5")
        tui.wait(r"child \d+")
        sleepers = [each for each in world.processes() if each.cmdline()[:1] == ["sleep"]]
        assert len(sleepers) == 2
        tui.key("f2")
        tui.wait("━Sessions")
        tui.type("x")
        tui.wait("Destroy scratch")
        tui.key("enter")
        tui.wait("Destroyed scratch")
        tui.wait_gone("◍ scratch|● scratch")
        assert [each for each in sleepers if each.is_running() and each.status() != "zombie"] == []
