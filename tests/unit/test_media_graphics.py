"""Which terminals get real pictures, judged by what they answer."""

from __future__ import annotations

import os
import sys
import time

import pytest
from ptyprocess import PtyProcess

from workbench.ui.widgets.graphics import judge, may_have_graphics

KITTY = b"\x1bP>|kitty(0.43.1)\x1b\\\x1b[6;20;10t\x1b_Gi=31;OK\x1b\\\x1b[?62;52;c"


@pytest.mark.parametrize(
    ("answer", "mode"),
    [
        (KITTY, "kitty"),
        (b"\x1bP>|ghostty 1.2.0\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;22;52c", "kitty"),
        (b"\x1bP>|WezTerm 2026\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?65;4;6;18;22c", "sixel"),
        (b"\x1bP>|libghostty\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;22c", "none"),
        (b"\x1bP>|foot(1.25)\x1b\\\x1b[?62;4;22;28;29c", "sixel"),
        (b"\x1b[?62;44c", "none"),
        (b"", "none"),
    ],
)
def test_a_mode_is_used_only_where_it_is_known_to_work(answer: bytes, mode: str) -> None:
    assert judge(answer) == mode


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, False),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({}, False),
    ],
)
def test_only_terminals_with_pictures_are_asked_and_never_through_a_multiplexer(
    environ: dict[str, str], *, asked: bool
) -> None:
    assert may_have_graphics(environ) is asked


PROGRAM = "from workbench.ui.widgets.graphics import *; print('MODE', detect(), *active()[1:], flush=True)"


def mode_in_a_terminal(answer: bytes | None, **environ: str) -> tuple[str, float]:
    """What `detect` says in a PTY whose terminal gives one answer, or none at all; and the seconds it took."""
    began = time.perf_counter()
    process = PtyProcess.spawn([sys.executable, "-c", PROGRAM], env={"PATH": os.environ["PATH"], **environ})
    seen = b""
    try:
        while b"MODE" not in seen or not seen.endswith(b"\n"):
            seen += process.read(4096)
            if b"\x1b[c" in seen and answer:
                process.write(answer)
                answer = None
    finally:
        process.close()
    return seen.decode().partition("MODE ")[2].strip(), time.perf_counter() - began


def test_a_terminal_is_asked_and_its_answer_used() -> None:
    assert mode_in_a_terminal(KITTY, TERM="xterm-kitty")[0] == "kitty 10 20"


def test_a_terminal_that_does_not_answer_holds_nothing_up() -> None:
    mode, seconds = mode_in_a_terminal(None, TERM="xterm-kitty")
    assert mode.startswith("none")
    assert seconds < 10


@pytest.mark.parametrize(("setting", "mode"), [("sixel", "sixel"), ("kitty", "kitty"), ("blocks", "none")])
def test_the_environment_is_stronger_than_the_terminal(setting: str, mode: str) -> None:
    assert mode_in_a_terminal(None, TERM="xterm-256color", BACKEND_TUI_GRAPHICS=setting)[0].startswith(mode)
