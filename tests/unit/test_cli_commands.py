"""`backend-tui commands` prints the registry with the keys in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench.cli.main import cli
from workbench.ui.commands import COMMANDS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("workbench.config.paths.config_dir", lambda: tmp_path)
    monkeypatch.delenv("BACKEND_TUI_KEYS_PRESET", raising=False)
    return tmp_path


def told(*args: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["commands", *args])
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.mark.usefixtures("folder")
def test_every_command_has_a_line_with_its_keys_and_its_help() -> None:
    lines = told().splitlines()
    for each in COMMANDS:
        [line] = [line for line in lines if f" {each.id} " in line]
        assert line.endswith(each.help)
    assert any(line.split()[:3] == ["F5", "Ctrl+Enter", "run.buffer"] for line in lines)


def test_programs_get_keys_of_now_and_of_default(folder: Path) -> None:
    (folder / "config.toml").write_text('[keys]\nrun.buffer = "alt+r"\n')
    [found] = [each for each in json.loads(told("--json")) if each["id"] == "run.buffer"]
    assert found["keys"] == ["alt+r"]
    assert found["default_keys"] == ["f5", "ctrl+enter"]
    assert found["changes"] is True


def test_a_preset_shows_in_the_tables(folder: Path) -> None:
    (folder / "config.toml").write_text('[keys]\npreset = "vim"\n')
    assert "| `d` `x` `Delete` | Destroy |" in told("--markdown")


def test_keys_that_were_not_taken_are_an_exit_code(folder: Path) -> None:
    (folder / "config.toml").write_text('[keys]\nrun.buffer = "f8"\n')
    assert "F5" in told(code=1)
