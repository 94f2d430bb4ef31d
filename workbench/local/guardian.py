"""A small process beside the server that ends what the server leaves behind when it is killed.

It reads `+ PID MARK` and `- PID` lines; when the pipe ends, the server is gone, and everything it still had on the
list is killed. Run as a program; `Guardian` is the server's end of the pipe.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import IO


class Guardian:
    """The server's hold on its guardian process; started with the first process to guard."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, pid: int, mark: str) -> None:
        """Guard a process, its descendants, and everything that carries the mark."""
        self._tell(f"+ {pid} {mark}\n")

    def remove(self, pid: int) -> None:
        """Forget a process that has been ended."""
        if self._process is not None:
            self._tell(f"- {pid}\n")

    def close(self) -> None:
        """End the guardian; it kills what is still on its list."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._process = _start()
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(line.encode())
            stdin.flush()
        except BrokenPipeError:
            self._process = None


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "workbench.local.guardian"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def watch(pipe: IO[str]) -> None:
    """Keep the list until the pipe ends, then kill what is on it."""
    guarded: dict[int, str] = {}
    for line in pipe:
        match line.split():
            case ["+", pid, mark]:
                guarded[int(pid)] = mark
            case ["-", pid]:
                guarded.pop(int(pid), None)
            case _:
                pass
    if guarded:
        from workbench.local.processes import kill_family

        kill_family(guarded, set(guarded.values()))


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o077)
    watch(sys.stdin)
