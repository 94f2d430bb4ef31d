"""Copied text reaches the person's own clipboard, also through tmux and SSH."""

from __future__ import annotations

import base64

from workbench.ui.clipboard import OSC52_LIMIT, has_desktop, osc52


def test_osc52_carries_the_text() -> None:
    sequence = osc52("grüße", {})
    assert sequence is not None
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "grüße"


def test_inside_tmux_it_is_passed_through() -> None:
    sequence = osc52("x", {"TMUX": "/tmp/tmux"})
    assert sequence is not None
    assert sequence.startswith("\x1bPtmux;\x1b\x1b]52;")


def test_a_text_too_long_for_terminals_is_not_sent_in_part() -> None:
    assert osc52("x" * OSC52_LIMIT, {}) is None


def test_over_ssh_the_far_desktop_is_left_alone() -> None:
    assert not has_desktop({"DISPLAY": ":0", "SSH_CONNECTION": "1"})
    assert has_desktop({"DISPLAY": ":0"})
