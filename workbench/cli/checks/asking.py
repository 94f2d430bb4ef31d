"""Asks the terminal what it can do, and reads its answers.

The last question is one that every terminal answers (primary device attributes): what has not come before its answer
does not come. Sources: XTerm control sequences; the Kitty keyboard and graphics protocols.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterator

QUESTIONS = {
    "name": b"\x1b[>q",
    "keys": b"\x1b[?u",
    "graphics": b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\",
    "mouse": b"\x1b[?1006$p",
    "paste": b"\x1b[?2004$p",
    "focus": b"\x1b[?1004$p",
    "colour": b"\x1b[48:2::1:2:3m\x1bP$qm\x1b\\\x1b[0m",
}
_LAST = b"\x1b[c"
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_PLACE = re.compile(rb"\x1b\[(\d+);(\d+)R")

PATTERNS = {
    "name": re.compile(rb"\x1bP>\|([^\x1b\x07]*)"),
    "keys": re.compile(rb"\x1b\[\?(\d+)u"),
    "graphics": re.compile(rb"\x1b_Gi=31;(OK)"),
    "mouse": re.compile(rb"\x1b\[\?1006;([1-4])\$y"),
    "paste": re.compile(rb"\x1b\[\?2004;([1-4])\$y"),
    "focus": re.compile(rb"\x1b\[\?1004;([1-4])\$y"),
    "colour": re.compile(rb"\x1bP1\$r[\d:;]*48[:;]2[:;]+1[:;]2[:;]3"),
}

SAMPLES = {"漢": 2, "🙂": 2, "e\u0301": 1}
"""Text and the columns it takes; source: Unicode Standard Annex 11."""


class Answers:
    """What a terminal said."""

    def __init__(self, data: bytes, widths: dict[str, int | None]) -> None:
        self.found = {name: match for name, pattern in PATTERNS.items() if (match := pattern.search(data))}
        attributes = _ATTRIBUTES.search(data)
        self.answers = attributes is not None
        """Whether it answers questions at all."""
        self.sixel = attributes is not None and b"4" in attributes[1].split(b";")[1:]
        self.widths = widths
        """Columns that each sample took; None where it did not say."""

    @property
    def name(self) -> str:
        """What the terminal calls itself, "" when it does not say."""
        match = self.found.get("name")
        return match[1].decode("utf-8", "replace").strip() if match else ""


def ask(fd: int, timeout: float = 2.0) -> Answers:
    """Ask the terminal behind a descriptor, for at most `timeout` seconds a question."""
    with _raw(fd):
        os.write(fd, b"".join(QUESTIONS.values()) + _LAST)
        data = _until(fd, _ATTRIBUTES, timeout)
        answers = Answers(data, {})
        if answers.answers:
            answers.widths = {sample: _width(fd, sample, timeout) for sample in SAMPLES}
        return answers


def _width(fd: int, sample: str, timeout: float) -> int | None:
    os.write(fd, b"\r" + sample.encode() + b"\x1b[6n")
    place = _PLACE.search(_until(fd, _PLACE, timeout))
    os.write(fd, b"\r\x1b[K")
    return int(place[2]) - 1 if place else None


def _until(fd: int, pattern: re.Pattern[bytes], timeout: float) -> bytes:
    data, deadline = b"", time.monotonic() + timeout
    while not pattern.search(data):
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            break
        data += os.read(fd, 4096)
    return data


@contextlib.contextmanager
def _raw(fd: int) -> Iterator[None]:
    before = termios.tcgetattr(fd)
    tty.setraw(fd, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSAFLUSH, before)
