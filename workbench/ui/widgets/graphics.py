"""Whether the terminal shows real pictures, asked once before the app starts."""

from __future__ import annotations

import os
import re
import select
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Literal, NamedTuple, cast

Mode = Literal["kitty", "sixel", "none"]

ENVIRONMENT = "BACKEND_TUI_GRAPHICS"
"""`auto`, `kitty`, `sixel` or `blocks`; stronger than the setting."""

_TIMEOUT = 1.0
"""Seconds; only terminals that are known to answer are asked."""
_QUESTION = b"\x1b[>q\x1b[16t\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Its name, the pixels of a cell, Kitty graphics, and last what every terminal answers: its attributes."""
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_NAME = re.compile(rb"\x1bP>\|([^\x1b]*)\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "mlterm", "contour", "wezterm", "mintty", "yaft")
_PROGRAMS = frozenset({"ghostty", "WezTerm", "iTerm.app", "mintty", "rio", "contour", "vscode"})
_HINTS = ("KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "KONSOLE_VERSION", "WT_SESSION", "WEZTERM_PANE", "XTERM_VERSION")
_IN_BETWEEN = ("TMUX", "STY", "ZELLIJ", "TEXTUAL_DRIVER")
"""A multiplexer or a browser is between; what it makes of pictures is not known."""


class Graphics(NamedTuple):
    """How pictures are shown."""

    mode: Mode = "none"
    cell_width: int = 10
    """Pixels."""
    cell_height: int = 20


_state: dict[str, Graphics] = {}


def active() -> Graphics:
    """What `detect` found; half blocks when it was not called."""
    return _state.get("active", Graphics())


def detect(setting: str = "auto", environ: Mapping[str, str] | None = None) -> Mode:
    """Ask the terminal, once, before the app starts; returns at once unless it is one that has pictures.

    It reads standard input, so it must not be called while the app runs.
    """
    environ = os.environ if environ is None else environ
    wanted = environ.get(ENVIRONMENT) or setting
    found = Graphics()
    if wanted not in {"none", "blocks"} and _is_terminal():
        if wanted in {"kitty", "sixel"}:
            found = Graphics(cast("Mode", wanted), *_cell_size(b""))
        elif may_have_graphics(environ):
            answer = _ask()
            found = Graphics(judge(answer), *_cell_size(answer))
    _state["active"] = found
    return found.mode


def may_have_graphics(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a terminal that is worth asking."""
    if any(environ.get(name) for name in _IN_BETWEEN):
        return False
    term = environ.get("TERM", "")
    if term.startswith(_TERMS):
        return True
    if term.startswith(("screen", "tmux", "linux", "dumb")):
        return False
    return environ.get("TERM_PROGRAM") in _PROGRAMS or any(environ.get(name) for name in _HINTS)


def judge(answer: bytes) -> Mode:
    """The best mode a terminal's answers allow; Kitty graphics only where placeholders are known to work."""
    name = _NAME.search(answer)
    if b"_Gi=31;OK" in answer and name and name[1].lower().startswith((b"kitty", b"ghostty")):
        return "kitty"
    attributes = _ATTRIBUTES.search(answer)
    if attributes and b"4" in attributes[1].split(b";"):
        return "sixel"
    return "none"


def _is_terminal() -> bool:
    streams = (sys.__stdin__, sys.__stdout__)
    return all(stream is not None and stream.isatty() for stream in streams)


def _ask() -> bytes:
    import termios
    import tty

    with suppress(OSError, termios.error):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        try:
            before = termios.tcgetattr(terminal)
            try:
                tty.setcbreak(terminal, termios.TCSANOW)
                os.write(terminal, _QUESTION)
                return _read_answer(terminal)
            finally:
                termios.tcsetattr(terminal, termios.TCSANOW, before)
        finally:
            os.close(terminal)
    return b""


def _read_answer(terminal: int) -> bytes:
    answer = b""
    deadline = time.monotonic() + _TIMEOUT
    while not _ATTRIBUTES.search(answer) and (left := deadline - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        data = os.read(terminal, 4096)
        if not data:
            break
        answer += data
    return answer


def _cell_size(answer: bytes) -> tuple[int, int]:
    import fcntl
    import termios

    if told := _CELL.search(answer):
        height, width = int(told[1]), int(told[2])
        if width and height:
            return width, height
    with suppress(OSError):
        packed = fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8))
        rows, columns, pixel_width, pixel_height = struct.unpack("HHHH", packed)
        if rows and columns and pixel_width >= columns and pixel_height >= rows:
            return pixel_width // columns, pixel_height // rows
    return Graphics().cell_width, Graphics().cell_height
