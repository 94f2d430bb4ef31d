"""What reaches the desktop is one harmless line, in the words that the terminal knows."""

from __future__ import annotations

import pytest

from workbench.ui.screens.notices import desktop_notice


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;backend-tui: a; b\x07"),
        ({"TERM": "xterm-kitty"}, "\x1b]99;;backend-tui: a; b\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;backend-tui;a, b\x1b\\"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "\x1b]777;notify;backend-tui;a, b\x1b\\"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, "\x1bPtmux;\x1b\x1b]9;backend-tui: a; b\x07\x1b\\"),
    ],
)
def test_each_terminal_is_told_in_its_own_words(environ: dict[str, str], sequence: str) -> None:
    assert desktop_notice("a; b", environ) == sequence


def test_what_a_program_asks_commands_no_terminal() -> None:
    told = desktop_notice("x\x1b]52;c;aGk=\x07\ny\x9b31m" + "z" * 1000, {})
    assert told.startswith("\x1b]9;backend-tui: x ]52;c;aGk= y 31mz")
    assert told.count("\x1b") == 1
    assert len(told) < 250
