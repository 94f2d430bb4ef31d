"""Asking a person on the terminal, whatever stdin and stdout are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import termios
import threading
from collections.abc import Iterator

_ECHO = 3
"""The place of the local modes in what `tcgetattr` returns."""


class LineReader:
    """Reads lines from a file descriptor in a thread, so that a question can be called off."""

    def __init__(self, fd: int, *, is_terminal: bool) -> None:
        self._fd = fd
        self._is_terminal = is_terminal
        self._rest = b""

    async def ask(self, *, hidden: bool) -> str | None:
        """The next line without its newline; None at the end of input. Nothing typed is shown when `hidden`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()
        wake, stop = os.pipe()

        def settle(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def work() -> None:
            with _hidden(self._fd) if hidden and self._is_terminal else contextlib.nullcontext():
                line = self._read(wake)
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, line)

        thread = threading.Thread(target=work, name="terminal", daemon=True)
        thread.start()
        try:
            return await answer
        finally:
            os.close(stop)
            thread.join()  # the pipe woke it; the terminal shows typing again when this returns
            os.close(wake)

    def _read(self, wake: int) -> str | None:
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._fd, wake], [], [])
            if wake in ready:
                return None
            try:
                data = os.read(self._fd, 65536)
            except OSError:
                data = b""
            if not data:
                last, self._rest = self._rest, b""
                return last.decode("utf-8", "replace") if last else None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of the terminal; other descriptors belong to others."""
        if self._is_terminal:
            os.close(self._fd)

    def write(self, text: str) -> None:
        """Show text on the terminal."""
        with contextlib.suppress(OSError):
            os.write(self._fd, text.encode())


def open_terminal() -> LineReader | None:
    """The terminal this command was started from, None when there is none."""
    try:
        return LineReader(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC), is_terminal=True)
    except OSError:
        return None


@contextlib.contextmanager
def _hidden(fd: int) -> Iterator[None]:
    """The terminal shows nothing of what is typed; what was typed before does not count."""
    before = termios.tcgetattr(fd)
    quiet = [*before]
    quiet[_ECHO] &= ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSAFLUSH, quiet)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
        with contextlib.suppress(OSError):
            os.write(fd, b"\n")
