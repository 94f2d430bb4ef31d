"""Where copied text goes: the desktop's clipboard when there is one, and OSC 52 for terminals that are far away."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

OSC52_LIMIT = 74_994
"""Encoded bytes; what the tightest common terminal takes."""


def osc52(text: str, environ: Mapping[str, str]) -> str | None:
    """The sequence that hands the text to the terminal; None when it is too long for that. Wrapped inside tmux."""
    encoded = base64.b64encode(text.encode(errors="replace")).decode("ascii")
    if len(encoded) > OSC52_LIMIT:
        return None
    sequence = f"\x1b]52;c;{encoded}\x07"
    if environ.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return sequence


def has_desktop(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a native clipboard may be in reach; over SSH the one of the far machine is of no use."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    return sys.platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def copy_native(text: str) -> None:
    """Put it on the desktop's clipboard; blocking. Nothing happens where there is no tool for it."""
    import pyperclip

    with suppress(pyperclip.PyperclipException, OSError):
        pyperclip.copy(text)
