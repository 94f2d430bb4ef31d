"""`backend-tui` as a real command: run to its end without a terminal, or on a terminal of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

COMMAND = [sys.executable, "-m", "workbench"]
WAIT = 40.0


def run(env: Mapping[str, str], *args: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without a terminal."""
    return subprocess.run(
        [*COMMAND, *args],
        env=dict(env),
        input=code if code is not None else "",
        capture_output=True,
        text=True,
        timeout=WAIT,
        start_new_session=True,
        check=False,
    )


def script(folder: Path, text: str) -> str:
    path = folder / "script.py"
    path.write_text(text)
    return str(path)


def names(env: Mapping[str, str]) -> set[str]:
    """The sessions there are."""
    return {session["name"] for session in json.loads(run(env, "ls", "--json").stdout)}


class OnTerminal:
    """A command on a terminal of its own."""

    def __init__(
        self, env: Mapping[str, str], *args: str, stdin: bytes | None = None, stdout: int | None = None
    ) -> None:
        self.pid, self.fd = pty.fork()
        self.text = ""
        if self.pid == 0:
            self._become(env, args, stdin, stdout)

    @staticmethod
    def _become(env: Mapping[str, str], args: tuple[str, ...], stdin: bytes | None, stdout: int | None) -> None:
        try:
            if stdin is not None:
                there, here = os.pipe()
                os.write(here, stdin)
                os.close(here)
                os.dup2(there, 0)
            if stdout is not None:
                os.dup2(stdout, 1)
            os.execvpe(COMMAND[0], [*COMMAND, *args], dict(env))
        finally:
            os._exit(127)

    def until(self, text: str) -> None:
        """Read until the text came."""
        deadline = time.monotonic() + WAIT
        while text not in self.text:
            assert self._read(deadline - time.monotonic()), f"{text!r} did not come: {self.text!r}"

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], max(0, seconds))
        with contextlib.suppress(OSError):
            if ready and (data := os.read(self.fd, 65536)):
                self.text += data.decode().replace("\r\n", "\n")
                return True
        return False

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + WAIT
        while self._read(deadline - time.monotonic()):
            continue
        assert time.monotonic() < deadline, f"it did not end: {self.text!r}"
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


def echo_is_off(fd: int) -> None:
    """Return when the terminal hides what is typed."""
    deadline = time.monotonic() + WAIT
    while termios.tcgetattr(fd)[3] & termios.ECHO:
        assert time.monotonic() < deadline


@contextlib.contextmanager
def on_terminal(
    env: Mapping[str, str], *args: str, stdin: bytes | None = None, stdout: int | None = None
) -> Iterator[OnTerminal]:
    program = OnTerminal(env, *args, stdin=stdin, stdout=stdout)
    try:
        yield program
    finally:
        program.close()
