"""`make bench`: how fast the app is, as ratios against bare programs measured in the same run."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.tui import Tui

HERE = Path(__file__).parent
PYTHON = sys.executable
COMMAND = str(Path(PYTHON).with_name("backend-tui"))
FLOOD_LINES = 200_000
CAT_BYTES = 70_000_000
FLOOD = "for n in range({}): print('line', n, 'of a run that prints and prints')"
PROMPT = r"(?m)[$#]\s*$"
"""Of /bin/sh, for root or anyone."""


@dataclass(frozen=True)
class Result:
    """One line of the report."""

    what: str
    ours: str
    bare: str
    ratio: float
    aim: str

    def __str__(self) -> str:
        return f"{self.what:<44}{self.ours:>14}{self.bare:>14}{self.ratio:>9.2f}x  {self.aim}"


class Bench:
    """A private world with one embedded server, and the measurements in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = {
            "HOME": str(root),
            "PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
            "PS1": "$ ",
            "PYTHONPATH": str(HERE.parents[1]),
            "BACKEND_TUI_RUNTIME_DIR": str(root / "run"),
        }
        self.notes: list[str] = []

    def app(self) -> Tui:
        """The real command."""
        return Tui([COMMAND], env=self.env, cwd=self.root)

    def bare(self) -> Tui:
        """A Textual app with nothing but a TextArea."""
        return Tui([PYTHON, str(HERE / "bare_editor.py")], env=self.env, cwd=self.root)

    def tmux(self) -> Tui:
        """A shell in tmux."""
        return Tui(["tmux", "-L", f"bench{os.getpid()}", "-f", "/dev/null", "new-session"], env=self.env, cwd=self.root)

    def command(self, *args: str) -> str:
        """Run the command without a terminal; its output."""
        return subprocess.run(
            [COMMAND, *args], env=self.env, cwd=self.root, capture_output=True, text=True, check=True
        ).stdout

    @contextmanager
    def memory(self, what: str, tui: Tui) -> Iterator[None]:
        """Note the memory of the app before and after."""
        before = tui.memory()
        yield
        self.notes.append(f"{what}: memory {before / 1e6:.0f} -> {tui.memory() / 1e6:.0f} MB")

    # -- measurements -------------------------------------------------------------------------------------------------

    def first_frame(self) -> Result:
        """Time to the first frame, the two programs taking turns."""

        def once(make: Callable[[], Tui], pattern: str) -> float:
            with make() as tui:
                return tui.wait(pattern)

        pairs = [(once(self.app, "Sessions"), once(self.bare, "bare")) for _ in range(8)]
        ours, bare = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
        return Result("time to first frame", f"{ours * 1e3:.0f} ms", f"{bare * 1e3:.0f} ms", ours / bare, "aim <= 1.3")

    def editor_echo(self) -> Result:
        """From a key to the screen, in the editor and in a bare TextArea."""
        with self.app() as tui:
            _ready(tui)
            _clear_editor(tui)
            with self.memory("editor echo", tui):
                ours = statistics.median(tui.latency("q", 40))
        with self.bare() as tui:
            tui.wait("bare")
            tui.settle(0.5)
            bare = statistics.median(tui.latency("q", 40))
        return Result("echo in the editor", f"{ours:.1f} ms", f"{bare:.1f} ms", ours / bare, "aim <= 1.3")

    def terminal_echo(self) -> Result:
        """From a key to the screen through stream_pty, and through tmux."""
        with self.app() as tui:
            _ready(tui)
            tui.key("f4")
            tui.wait(PROMPT)
            tui.settle(0.5)
            with self.memory("terminal echo", tui):
                ours = statistics.median(tui.latency("q", 40))
        with self.tmux() as tui:
            tui.wait(PROMPT)
            tui.settle(0.5)
            bare = statistics.median(tui.latency("q", 40))
            tui.type("exit\n")
            tui.ended()
        return Result("echo in the terminal (against tmux)", f"{ours:.1f} ms", f"{bare:.1f} ms", ours / bare, "")

    def flood(self) -> list[Result]:
        """Printed lines through stream_execute, in the app and drained by a bare client; keys during the flood."""
        code = f"{FLOOD.format(FLOOD_LINES)}\nprint('flood', 'is', 'over')"
        self.command("local", "start")
        exports = self.command("local", "status", "--env").splitlines()
        pairs = (line.removeprefix("export ").split("=", 1) for line in exports if "=" in line)
        env = {**self.env, **{key: value.strip("'\"") for key, value in pairs}}

        def drain() -> float:
            run = [PYTHON, "-m", "tests.bench.bare_drain", "scratch", code]
            done = subprocess.run(run, env=env, cwd=HERE.parents[1], capture_output=True, text=True, check=True)
            return float(json.loads(done.stdout)["seconds"])

        ours, bare, lags = [], [], []
        with self.app() as tui:
            _ready(tui)
            for number in range(3):
                tui.key("f9", "ctrl+l")
                tui.wait_gone("flood is over")
                bare.append(drain())
                _clear_editor(tui)
                tui.paste(f"{code}\n")
                tui.settle(0.5)
                before = tui.memory()
                began = time.perf_counter()
                tui.key("f5")
                lags += _keys_while(tui, "flood is over", began)
                ours.append(time.perf_counter() - began)
                tui.wait("● scratch")
                tui.settle(0.5)
                self.notes.append(f"flood {number + 1}: memory {before / 1e6:.0f} -> {tui.memory() / 1e6:.0f} MB")
        lag = statistics.quantiles(lags, n=20)[-1] if len(lags) > 1 else max(lags, default=0.0)
        mine, drained = statistics.median(ours), statistics.median(bare)
        return [
            Result("200,000 printed lines", f"{mine:.2f} s", f"{drained:.2f} s", mine / drained, "aim <= 1.15"),
            Result("keys during it, 95th percentile", f"{lag:.0f} ms", "50 ms", lag / 50, "aim <= 50 ms"),
        ]

    def million(self) -> Result:
        """Memory before and after a million lines."""
        with self.app() as tui:
            _ready(tui)
            _clear_editor(tui)
            tui.paste(f"{FLOOD.format(1_000_000)}\nprint('flood', 'is', 'over')\n")
            tui.settle(1.0)
            before = tui.memory()
            tui.key("f5")
            tui.wait("flood is over", 180)
            tui.wait("● scratch")
            tui.settle(1.0)
            after = tui.memory()
        aim = f"grew by {(after - before) / 1e6:.0f} MB, aim <= 60"
        now, then = f"{after / 1e6:.0f} MB", f"{before / 1e6:.0f} MB"
        return Result("memory after a million lines", now, then, after / before, aim)

    def cat(self) -> Result:
        """A big file through the terminal pane, and through tmux."""
        big = self.root / "big.txt"
        with big.open("w") as file:
            line = "the quick brown fox jumps over the lazy dog, again and again and again and then once more\n"
            file.write(line * (CAT_BYTES // len(line)))
        ours: list[float] = []
        bare: list[float] = []
        with self.tmux() as yard, self.app() as tui:
            # It asks the terminal what it is; an answer that comes late would be typed into its shell.
            yard.wait(PROMPT)
            yard.settle(1.0)
            _ready(tui)
            tui.key("f4")
            tui.wait(PROMPT)
            tui.key("f10")
            with self.memory("cat", tui):
                for number in range(3):
                    for each, into in ((yard, bare), (tui, ours)):
                        each.settle(0.3)
                        each.type(f"cat {big}; echo end-$((40+{number}))\n")
                        into.append(each.wait(f"end-{40 + number}", 120))
            yard.type("exit\n")
            yard.ended()
        mine, theirs = statistics.median(ours), statistics.median(bare)
        return Result("70 MB cat (against tmux)", f"{mine:.2f} s", f"{theirs:.2f} s", mine / theirs, "aim <= 1.0")


def _ready(tui: Tui) -> None:
    tui.wait(r"● scratch", 60)
    tui.wait(r"scratch\.py", 30)
    tui.settle(0.8)


def _clear_editor(tui: Tui) -> None:
    tui.key("f3", "ctrl+a", "backspace")
    tui.settle(0.3)


def _keys_while(tui: Tui, done: str, began: float) -> list[float]:
    """Type into the editor until the pattern shows; how long each key took to show, in milliseconds."""
    import re

    over, lags = re.compile(done), []
    for key, step in itertools.cycle((("Q", 1), ("\x7f", -1))):
        wanted = tui.screen.count("Q") + step
        sent = time.perf_counter()
        tui.send(key)
        while tui.screen.count("Q") != wanted and time.perf_counter() - began < 180:
            tui.pump(0.002)
        lags.append((time.perf_counter() - sent) * 1e3)
        while time.perf_counter() - sent < 0.15:
            tui.pump(0.01)
        if step < 0 and (over.search(tui.screen) or time.perf_counter() - began > 180):
            break
    return lags


def main() -> None:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    names = ("first_frame", "editor_echo", "terminal_echo", "flood", "million", "cat")
    parser.add_argument("only", nargs="*", choices=[*names, []], help="measurements to take")
    chosen = parser.parse_args().only or names
    if not shutil.which("tmux"):
        sys.exit("The bench compares with tmux: install it first.")
    root = Path(tempfile.mkdtemp(prefix="bench", dir="/tmp"))
    bench = Bench(root)
    print(f"{'':<44}{'backend-tui':>14}{'bare':>14}{'ratio':>10}")
    try:
        for name in chosen:
            found = getattr(bench, name)()
            for result in found if isinstance(found, list) else [found]:
                print(result, flush=True)
        for note in bench.notes:
            print(f"  {note}")
    finally:
        subprocess.run([COMMAND, "local", "stop"], env=bench.env, capture_output=True, check=False)
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
