"""Drives a program in a real PTY: keys and mouse in, the screen read as a terminal would show it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pyghostty import Terminal

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "ctrl+home": "\x1b[1;5H",
    "ctrl+end": "\x1b[1;5F",
    "ctrl+shift+end": "\x1b[1;6F",
    "ctrl+right_square_bracket": "\x1d",
    **{f"f{number}": f"\x1bO{letter}" for number, letter in zip(range(1, 5), "PQRS", strict=True)},
    **{
        f"f{number}": f"\x1b[{code}~"
        for number, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)
    },
    **{f"ctrl+{chr(code + 96)}": chr(code) for code in range(1, 27)},
}


class Tui:
    """A program on a terminal of its own. Use as a context manager; the program is ended with it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cols: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.argv, self.cols, self.rows = list(argv), cols, rows
        self.env = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PATH": os.environ["PATH"], **(env or {})}
        self.cwd = cwd
        self.pid = -1
        self.bytes = 0
        """Read from the program so far."""
        self.raw = bytearray()
        """What the program wrote, when `keep_raw` is set."""
        self.keep_raw = False
        self._code: int | None = None

    def __enter__(self) -> Self:
        self.term = Terminal(self.cols, self.rows, scrollback=0)
        self.term.on_reply(self._reply)
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if self.cwd:
                os.chdir(self.cwd)
            os.execvpe(self.argv[0], self.argv, self.env)
        self._set_size()
        os.set_blocking(self.fd, False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.ended(timeout=0.0) is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sign)
            if self.ended(timeout=3.0) is not None:
                break
        os.close(self.fd)

    def ended(self, timeout: float = 10.0) -> int | None:
        """The exit code (negative: the signal), or None when it still runs after `timeout` seconds."""
        if self.pid < 0:
            return self._code
        until = time.perf_counter() + timeout
        while True:
            self.pump(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid, self._code = -1, os.waitstatus_to_exitcode(status)
                return self._code
            if time.perf_counter() >= until:
                return None

    def kill(self) -> None:
        """`kill -9`, and wait for it."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.ended(timeout=10.0) is not None

    def _set_size(self) -> None:
        fcntl.ioctl(
            self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.cols, self.cols * 8, self.rows * 16)
        )

    def _reply(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self.fd, data)

    def resize(self, cols: int, rows: int) -> None:
        """Give the terminal another size."""
        self.cols, self.rows = cols, rows
        self.term.resize(cols, rows)
        self._set_size()

    # -- seeing -------------------------------------------------------------------------------------------------------

    def pump(self, timeout: float = 0.02) -> int:
        """Read once; the number of bytes taken, -1 at the end."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return 0
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return 0
        except OSError:
            return -1
        if not data:
            return -1
        if self.keep_raw:
            self.raw += data
        self.bytes += len(data)
        self.term.feed(data)
        return len(data)

    @property
    def screen(self) -> str:
        """The text on the screen."""
        text: str = self.term.text()
        return text

    def wait(self, pattern: str, timeout: float = 30.0) -> float:
        """Seconds until the regular expression is on the screen; fails with the screen when it never is."""
        wanted, began = re.compile(pattern, re.MULTILINE), time.perf_counter()
        while True:
            alive = self.pump(0.02)
            if wanted.search(self.screen):
                return time.perf_counter() - began
            if alive < 0 or time.perf_counter() - began > timeout:
                raise AssertionError(f"“{pattern}” was not seen within {timeout:g} s; the screen:\n{self.screen}")

    def wait_gone(self, pattern: str, timeout: float = 30.0) -> float:
        """Seconds until the regular expression is no longer on the screen."""
        wanted, began = re.compile(pattern, re.MULTILINE), time.perf_counter()
        while wanted.search(self.screen):
            alive = self.pump(0.02)
            if alive < 0 or time.perf_counter() - began > timeout:
                raise AssertionError(f"“{pattern}” was still there after {timeout:g} s; the screen:\n{self.screen}")
        return time.perf_counter() - began

    def settle(self, quiet: float = 0.3, timeout: float = 10.0) -> None:
        """Read until nothing came for `quiet` seconds: for pictures and measurements, not for assertions."""
        last = began = time.perf_counter()
        while (now := time.perf_counter()) - last < quiet and now - began < timeout:
            taken = self.pump(0.02)
            if taken > 0:
                last = time.perf_counter()
            elif taken < 0:
                return

    def find(self, text: str) -> tuple[int, int]:
        """Column and row (from 0) of a text on the screen; fails when it is not there."""
        for row, line in enumerate(self.screen.splitlines()):
            if (col := line.find(text)) >= 0:
                return col, row
        raise AssertionError(f"“{text}” is not on the screen:\n{self.screen}")

    # -- doing --------------------------------------------------------------------------------------------------------

    def send(self, data: str | bytes) -> None:
        """Write bytes as they are."""
        left = data.encode() if isinstance(data, str) else data
        while left:
            try:
                left = left[os.write(self.fd, left) :]
            except BlockingIOError:
                self.pump(0.01)

    def key(self, *names: str) -> None:
        """Press keys, one after another."""
        for name in names:
            self.send(KEYS[name])
            # A program takes an escape that is soon followed by another key for the start of a sequence.
            until = time.perf_counter() + (0.25 if name == "escape" else 0.03)
            while time.perf_counter() < until:
                self.pump(0.01)

    def type(self, text: str) -> None:
        """Type text; a newline is Enter."""
        for char in text.replace("\n", "\r"):
            self.send(char)
            self.pump(0.002)

    def paste(self, text: str) -> None:
        """Paste text as a terminal with bracketed paste does."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def click(self, col: int, row: int) -> None:
        """Press and release the left button at a cell (from 0)."""
        self.send(f"\x1b[<0;{col + 1};{row + 1}M\x1b[<0;{col + 1};{row + 1}m")

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press at one cell, move to another, release there."""
        (x0, y0), (x1, y1) = start, end
        self.send(f"\x1b[<0;{x0 + 1};{y0 + 1}M\x1b[<32;{x1 + 1};{y1 + 1}M\x1b[<0;{x1 + 1};{y1 + 1}m")

    def scroll(self, col: int, row: int, *, up: bool, times: int = 1) -> None:
        """Turn the wheel over a cell."""
        self.send(f"\x1b[<{64 if up else 65};{col + 1};{row + 1}M" * times)

    # -- measuring ----------------------------------------------------------------------------------------------------

    def latency(self, char: str, times: int = 30) -> list[float]:
        """Milliseconds from typing a character to the screen showing one more of it, sorted; each is undone."""
        found = []
        for _ in range(times):
            self.settle(0.06, 2)
            before = self.screen.count(char)
            began = time.perf_counter()
            self.send(char)
            while time.perf_counter() - began < 3:
                self.pump(0.001)
                if self.screen.count(char) > before:
                    found.append((time.perf_counter() - began) * 1e3)
                    break
            self.key("backspace")
        return sorted(found)

    def memory(self) -> int:
        """Bytes of the program alone: its proportional share of what it maps."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        match = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        assert match is not None
        return int(match[1]) * 1024
