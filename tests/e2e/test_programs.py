"""Full-screen programs in the terminal pane, as a person uses them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import World
from tests.e2e.test_first_minute import ready
from tests.e2e.tui import Tui

PROMPT = r"▕[$#]"

PROBE = r"""
import os, re, signal, sys, termios, tty
what, asks, ends = sys.argv[1:4]
before = termios.tcgetattr(0)
tty.setraw(0)
def size(*_):
    columns, lines = os.get_terminal_size(0)
    os.write(1, b"\r\nsize %dx%d " % (columns, lines))
signal.signal(signal.SIGWINCH, size)
os.write(1, b"\x1b[H\x1b[2J\x1b[?%sh" % asks.encode() + what.encode())
size()
taken = b""
while not taken.endswith(ends.encode()):
    taken += os.read(0, 100)
termios.tcsetattr(0, termios.TCSADRAIN, before)
print("\r\ntook", repr(taken), "\x1b[?%sl" % asks)
"""


@pytest.fixture
def tui(world: World) -> Iterator[Tui]:
    """The app with the terminal of `scratch` open, and the probe in its folder."""
    wrote = world.command(
        "run", "-", "--session", "scratch", "--image", "python", stdin=f"_ = open('probe.py', 'w').write({PROBE!r})"
    )
    assert wrote.returncode == 0, wrote.stderr
    with world.open(cols=140, rows=48) as tui:
        ready(tui)
        tui.key("f4")
        tui.wait(PROMPT)
        yield tui


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


@needs("htop")
def test_htop_draws_and_takes_function_keys(tui: Tui) -> None:
    tui.type("htop\n")
    tui.wait("F1Help")
    tui.key("f3")
    tui.wait("Search:")
    tui.key("escape", "f10")
    tui.wait_gone("F1Help|F10Quit")
    tui.wait(PROMPT)


@needs("less")
def test_less_pages_searches_and_leaves_the_screen_as_it_was(tui: Tui) -> None:
    tui.type("echo be''fore; seq 100 999 | less\n")
    tui.wait(r"▕100")
    tui.type("G")
    tui.wait(r"▕999")
    tui.type("?345\n")
    tui.wait(r"▕345")
    tui.type("q")
    tui.wait(r"▕before")
    tui.wait_gone(r"▕345")


@needs("tmux")
def test_tmux_splits_and_its_panes_work(tui: Tui) -> None:
    tui.type("TMUX_TMPDIR=$PWD tmux -f /dev/null new -s inner\n")
    tui.wait(r"\[inner\]")
    tui.type("echo in-$((6*7))\n")
    tui.wait("in-42")
    tui.key("ctrl+b")
    tui.type("%")
    tui.wait("│[$#]|│ *[$#]")
    tui.type("echo right-$((7*8))\n")
    tui.wait("right-56")
    tui.type("tmux kill-server\n")
    tui.wait_gone(r"\[inner\]")


@needs("vim")
def test_vim_takes_the_mouse_and_follows_the_size(tui: Tui) -> None:
    tui.type('vim -u NONE -N -c \'set mouse=a ttymouse=sgr\' -c \'call setline(1, ["first", "second", "third"])\'\n')
    tui.wait("▕~")
    col, row = tui.find("second")
    tui.click(col + 3, row)
    tui.type("iXYZ")
    tui.wait("secXYZond")
    tui.key("escape")
    tui.resize(100, 40)
    tui.wait("secXYZond")
    tui.type(":echo 'columns' &columns\n")
    tui.wait(r"columns \d+")
    found = re.search(r"columns (\d+)", tui.screen)
    assert found is not None
    assert int(found[1]) < 100
    tui.type(":q!\n")
    tui.wait(PROMPT)


def test_clicks_reach_the_program_at_its_own_cells(tui: Tui) -> None:
    tui.type("python3 probe.py 'MOUSE' '1000;1006' m\n")
    tui.wait("▕MOUSE")
    col, row = tui.find("MOUSE")
    tui.click(col + 2, row)
    tui.wait(re.escape(r"took b'\x1b[<0;3;1M\x1b[<0;3;1m'"))


def test_a_paste_is_marked_for_the_program(tui: Tui) -> None:
    tui.type("python3 probe.py 'PASTE' 2004 '[201~'\n")
    tui.wait("▕PASTE")
    tui.paste("two\nlines")
    tui.wait(r"took b'\\x1b\[200~two(\\r|\\n)lines\\x1b\[201~'")


def test_a_new_size_reaches_the_program(tui: Tui) -> None:
    tui.type("python3 probe.py SIZE 25 q\n")
    tui.wait(r"size \d+x\d+")
    found = re.search(r"size (\d+)x(\d+)", tui.screen)
    assert found is not None
    columns = int(found[1])
    tui.resize(120, 48)
    tui.wait(rf"size {columns - 20}x\d+")
    tui.type("q")
    tui.wait("took b'q'")


def test_24_bit_colours_come_through(tui: Tui) -> None:
    tui.keep_raw = True
    tui.type("printf '\\033[38;2;1;2;3;48;2;250;128;7mR''GB\\033[0m\\n'\n")
    tui.wait(r"▕RGB")
    assert b"38;2;1;2;3" in tui.raw
    assert b"48;2;250;128;7" in tui.raw
