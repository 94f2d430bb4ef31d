"""One shell on a PTY: bytes in and out of its master side, without blocking."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING

from ptyprocess import PtyProcess

from workbench.local.processes import family, is_alive, kill_family, signal_group, wait_exit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

READ_SIZE = 64 * 1024
_BURST = 256 * 1024
_FAREWELL = 0.3
"""Seconds a shell has to save its history."""
_OWN_TERMINAL = ("TMUX", "TMUX_PANE", "STY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERMINFO", "WINDOWID", "LINES")
"""What the terminal the server was started in said of itself."""


def shell_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a shell whose terminal is the client's emulator."""
    kept = {key: value for key, value in environ.items() if key not in _OWN_TERMINAL and key != "COLUMNS"}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"}


def find_shell(environ: Mapping[str, str]) -> str:
    """The person's own shell, else bash, else sh."""
    for shell in (environ.get("SHELL", ""), "bash", "/bin/sh"):
        found = shutil.which(shell) if shell else None
        if found:
            return found
    return "/bin/sh"


class Shell:
    """A running shell; `on_data` gets what it prints, `on_exit` is called once when it and its output are over."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        rows: int,
        cols: int,
        *,
        on_data: Callable[[bytes], None],
        on_exit: Callable[[], None],
    ) -> None:
        """Start the shell; raises OSError when it cannot be started."""
        argv = [find_shell(environ)]
        self._process = PtyProcess.spawn(argv, cwd=str(folder), env=shell_environ(environ), dimensions=(rows, cols))
        self.pid: int = self._process.pid
        self._fd: int = self._process.fd
        os.set_blocking(self._fd, False)
        self._on_data = on_data
        self._on_exit = on_exit
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self._writing = False
        self._input = bytearray()
        self._written = asyncio.Event()
        self._written.set()
        self._closed = False
        self.resume()
        self._watch = asyncio.create_task(self._wait())

    # -- output

    def pause(self) -> None:
        """Stop reading: the program blocks when the terminal's own buffer is full."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def resume(self) -> None:
        """Read again."""
        if not self._reading and not self._closed:
            self._reading = True
            self._loop.add_reader(self._fd, self._read)

    def _read(self) -> bool:
        """Read what is there, up to a burst; False at the end of the output."""
        left = _BURST
        chunks = []
        is_open = True
        while left > 0:
            try:
                data = os.read(self._fd, READ_SIZE)
            except BlockingIOError:
                break
            except OSError:  # EIO on Linux: no process has the terminal open
                data = b""
            if not data:
                is_open = False
                self.pause()
                break
            chunks.append(data)
            left -= len(data)
        if chunks:
            self._on_data(b"".join(chunks))
        return is_open and bool(chunks)

    async def _wait(self) -> None:
        await wait_exit(self.pid, self._poll)
        while not self._closed and self._read():  # noqa: ASYNC110 - others get their turn between bursts
            await asyncio.sleep(0)
        self._release()
        self._on_exit()

    def _poll(self) -> int | None:
        if self._process.isalive():
            return None
        return self._process.exitstatus if self._process.exitstatus is not None else 1

    # -- input

    def write(self, data: bytes) -> None:
        """Type; what the program does not read yet is kept."""
        self._input += data
        if not self._writing:
            self._write()

    async def drained(self) -> None:
        """Wait until all that was typed has been taken."""
        await self._written.wait()

    def _write(self) -> None:
        try:
            while self._input and not self._closed:
                sent = os.write(self._fd, self._input[:4096])
                del self._input[:sent]
        except BlockingIOError:
            self._written.clear()
            if not self._writing:
                self._writing = True
                self._loop.add_writer(self._fd, self._write)
            return
        except OSError:
            self._input.clear()
        self._written.set()
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._fd)

    def resize(self, rows: int, cols: int) -> None:
        """Tell the terminal its size; the programs in it get SIGWINCH."""
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    # -- end

    async def close(self) -> None:
        """End the shell and everything it started; `on_exit` is not called."""
        self._watch.cancel()
        await asyncio.to_thread(_hang_up, self.pid)
        await asyncio.gather(self._watch, return_exceptions=True)
        self._process.isalive()
        self._release()

    def _release(self) -> None:
        if self._closed:
            return
        self.pause()
        if self._writing:
            self._loop.remove_writer(self._fd)
        self._closed = True
        self._written.set()
        with contextlib.suppress(OSError):
            self._process.fileobj.close()
        self._process.closed = True


def _hang_up(pid: int) -> None:
    """End a shell as a closed terminal does, so that it saves its history; then kill what is left of its family."""
    members = family([pid])
    signal_group(pid, signal.SIGHUP)
    end = time.monotonic() + _FAREWELL
    while time.monotonic() < end and any(member.pid == pid and is_alive(member) for member in members):
        time.sleep(0.005)
    kill_family([pid, *(member.pid for member in members)])
