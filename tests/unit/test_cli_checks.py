"""What the doctor makes of what it sees: what is missing is said with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cli.checks.asking import SAMPLES, Answers
from workbench.cli.checks.finding import Finding, State, fine, less, wrong
from workbench.cli.checks.machine import clipboard, folders
from workbench.cli.checks.server import clock
from workbench.cli.checks.terminal import abilities
from workbench.cli.doctor import report

KITTY = (
    b"\x1bP>|kitty(0.42)\x1b\\\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[?1006;2$y\x1b[?2004;2$y"
    b"\x1bP1$r48:2::1:2:3m\x1b\\\x1b[?62;c"
)
XTERM = b"\x1bP>|XTerm(390)\x1b\\\x1b[?1006;2$y\x1b[?2004;2$y\x1bP1$r0m\x1b\\\x1b[?64;1;4;22c"
OLD = b"\x1b[?1;2c"
TRUE = {"COLORTERM": "truecolor"}


def seen(
    data: bytes, environ: dict[str, str] | None = None, widths: dict[str, int | None] | None = None
) -> dict[str, Finding]:
    answers = Answers(data, dict(SAMPLES) if widths is None else widths)
    return {each.subject: each for each in abilities(answers, TRUE if environ is None else environ)}


def test_a_terminal_that_can_everything_gets_no_note() -> None:
    assert {each.state for each in seen(KITTY).values()} == {State.FINE}
    assert Answers(KITTY, {}).name == "kitty(0.42)"


def test_sixel_is_told_from_the_attributes() -> None:
    assert seen(XTERM)["pictures"] == fine("pictures", "Sixel")
    assert seen(OLD)["pictures"].state is State.LESS
    assert seen(b"\x1b[?64;14;41c")["pictures"].state is State.LESS


def test_what_an_old_terminal_lacks_is_a_note_with_what_to_do() -> None:
    found = seen(OLD, {"TERM": "xterm"})
    assert {name for name, each in found.items() if each.state is State.LESS} == {
        "colours", "keys", "pictures", "mouse", "paste"
    }  # fmt: skip
    assert all(each.mend for each in found.values() if each.state is State.LESS)


def test_a_terminal_that_says_nothing_is_a_note() -> None:
    assert seen(b"")["questions"].state is State.LESS


def test_colours_that_are_there_but_not_used_are_told() -> None:
    found = seen(KITTY, {"TERM": "xterm-256color"})["colours"]
    assert found == less("colours", "24 bit, but only 256 are used", "Set COLORTERM=truecolor.")
    assert seen(OLD, {"NO_COLOR": "1"})["colours"].state is State.FINE


def test_wrong_widths_are_wrong() -> None:
    found = seen(KITTY, widths={**SAMPLES, "🙂": 1})["widths"]
    assert found.state is State.WRONG
    assert found.text.startswith("🙂 takes 1 columns")


@pytest.mark.parametrize(
    ("skew", "state", "text"),
    [
        (-30.0, State.FINE, "agrees"),
        (120.0, State.LESS, "120 s ahead of the server's"),
        (-120.0, State.LESS, "120 s behind the server's"),
        (1000.0, State.WRONG, "every call is refused"),
    ],
)
def test_clocks_must_agree(skew: float, state: State, text: str) -> None:
    assert clock(skew).state is state
    assert text in clock(skew).text


def test_the_clipboard_of_tmux_needs_its_permission() -> None:
    [found] = clipboard({"TMUX": "/tmp/tmux"})
    assert "set-clipboard on" in found.mend
    [far] = clipboard({"SSH_TTY": "/dev/pts/1", "DISPLAY": ":0"})
    assert far.state is State.FINE


def test_folders_that_cannot_be_used_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    monkeypatch.setattr("workbench.config.paths.config_dir", lambda: tmp_path / "file" / "backend-tui")
    monkeypatch.setattr("workbench.config.paths.state_dir", lambda: tmp_path / "new" / "backend-tui")
    monkeypatch.setenv("BACKEND_TUI_RUNTIME_DIR", str(tmp_path / "open"))
    found = {each.subject: each for each in folders()}
    assert found["settings"].text.endswith("is no folder")
    assert found["state"].state is State.FINE
    assert not (tmp_path / "new").exists()
    assert found["runtime"].state is State.WRONG


def test_a_runtime_folder_too_long_for_sockets_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_TUI_RUNTIME_DIR", str(tmp_path / ("x" * 80)))
    assert folders()[-1].mend == "Set BACKEND_TUI_RUNTIME_DIR to a short one."


def test_the_report_says_states_in_words_and_how_to_mend() -> None:
    text = report(
        {"One": [fine("a", "well"), less("b", "poor", "Do this.")], "Two": [wrong("c", "bad", "Do that.")]}, 80
    )
    assert "  ✓ a             well\n" in text
    assert "  ! b             note: poor\n                   → Do this.\n" in text
    assert "  ✗ c             wrong: bad\n                   → Do that.\n" in text
    assert text.endswith("\n1 thing is wrong.")
