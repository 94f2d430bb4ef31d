"""Small and large screens, floods, a server that dies, quitting in the middle."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import World
from tests.e2e.test_first_minute import BLOCKS, ready, replace_code


@pytest.mark.parametrize(("cols", "rows"), [(80, 24), (300, 100)])
def test_the_main_job_on_the_smallest_and_the_largest_screen(world: World, cols: int, rows: int) -> None:
    with world.open(cols=cols, rows=rows) as tui:
        tui.wait(r"scratch\.py", 60)
        tui.wait("F5 Run")
        tui.key("f5")
        tui.wait("1 asks", 60)
        tui.key("f9")
        tui.type("Ada\n")
        tui.wait("Welcome, Ada")
        if rows > 24:
            tui.wait(BLOCKS)
        tui.key("f2")
        tui.wait("● scratch")
        tui.key("f4")
        tui.wait("━Terminal")
        tui.wait(r"^[$#]|▕[$#]")
        tui.type("echo in-$((6*7))\n")
        tui.wait("in-42")
        tui.key("ctrl+right_square_bracket", "ctrl+q")
        assert tui.ended() == 0


def test_keys_are_answered_and_nothing_is_lost_during_100_mb_of_output(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        replace_code(tui, "for n in range(1_000_000):\n    print(f'{n:07}', 'x' * 91)\nprint('flood is', 'over')\n# ")
        tui.key("f5")
        tui.wait(r"\d{7} x{40}")
        for _ in range(10):
            tui.type("key")
            tui.wait("# (key)+", 10)
        tui.wait("keykeykeykeykeykeykeykeykeykey")
        tui.wait("flood is over", 180)
        tui.key("f9", "home")
        tui.wait(r"kept the last [\d,]+ of 1,000,001 lines")


def test_a_server_that_dies_is_said_and_typing_goes_on(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        server = next(each for each in world.processes() if "workbench.local" in " ".join(each.cmdline()))
        server.kill()
        server.wait(10)
        tui.wait("(?i)try|retry|again", 30)
        tui.key("f3", "ctrl+end")
        tui.type("# typed while it was away")
        tui.wait("# typed while it was away")
        started = world.command("local", "start")
        assert started.returncode == 0, started.stderr
        tui.wait("local ●", 60)


def test_quitting_while_code_runs_asks_and_the_code_goes_on(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        replace_code(tui, "import time\nfor n in range(100):\n    print('tick', n)\n    time.sleep(0.1)\n")
        tui.key("f5")
        tui.wait("tick 3")
        tui.key("ctrl+q")
        tui.wait("scratch: run 1")
        tui.key("escape")
        tui.wait_gone("scratch: run 1")
        tui.key("ctrl+q")
        tui.wait("scratch: run 1")
        tui.key("enter")
        assert tui.ended() == 0


def test_the_output_is_paged_and_followed_by_keys_and_wheel(world: World) -> None:
    with world.open() as tui:
        ready(tui)
        replace_code(tui, "for n in range(1000):\n    print('line', n)\n")
        tui.key("f5")
        tui.wait("line 999$|line 999 ")
        tui.key("f9", "pageup")
        tui.wait_gone(r"line 999\b")
        tui.key("home")
        tui.wait(r"line 0\b")
        tui.key("pagedown")
        tui.wait_gone(r"line 0\b")
        tui.key("end")
        tui.wait(r"line 999\b")
        tui.scroll(60, 30, up=True, times=3)
        tui.wait_gone(r"line 999\b")
        tui.scroll(60, 30, up=False, times=4)
        tui.wait(r"line 999\b")
        tui.wait("▼ follow")
