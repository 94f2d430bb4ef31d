"""`backend-tui config`: what is in force is told with its source, what is written is one line of the file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.cli.main import main
from workbench.config.paths import config_dir
from workbench.config.settings import entries

Told = tuple[int, str, str]
Cli = Callable[..., Told]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of a person who has none."""
    monkeypatch.setattr("workbench.config.paths.config_dir", lambda: tmp_path)
    for entry in entries().values():
        monkeypatch.delenv(entry.variable, raising=False)
    config_dir.cache_clear()
    return tmp_path / "config.toml"


@pytest.fixture
def cli(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command; exit code, stdout, stderr with the file named FILE."""

    def call(*args: str) -> Told:
        monkeypatch.setattr("sys.argv", ["backend-tui", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out.replace(str(file), "FILE"), err.replace(str(file), "FILE")

    return call


def test_the_path_is_told_though_the_file_need_not_exist(cli: Cli, file: Path) -> None:
    assert cli("config", "path") == (0, "FILE\n", "")
    assert not file.exists()


def test_what_is_shown_is_a_settings_file_of_all_that_is_in_force(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[output]\nkeep_runs = 7\n[keys]\nrun.buffer = "ctrl+r"\n')
    monkeypatch.setenv("BACKEND_TUI_SESSION_PROTECTED", "a,b")
    code, out, err = cli("config", "show")
    assert (code, err) == (0, "")
    tree = tomllib.loads(out)
    assert {f"{group}.{name}" for group, named in tree.items() for name in named} == {*entries(), "keys.run.buffer"}
    assert tree["session"]["protected"] == ["a", "b"]
    assert "keep_runs = 7  # config.toml, line 2\n" in out
    assert 'protected = ["a", "b"]  # BACKEND_TUI_SESSION_PROTECTED\n' in out
    assert "keep_lines = 50000  # default\n" in out


def test_programs_get_value_source_and_default(cli: Cli, file: Path) -> None:
    file.write_text("[output]\nkeep_runs = 7\n")
    told = json.loads(cli("config", "show", "output.keep_runs", "--json")[1])
    assert told == {"output.keep_runs": {"value": 7, "source": "FILE, line 2", "default": 100}}


def test_a_broken_file_is_told_and_never_overwritten(cli: Cli, file: Path) -> None:
    file.write_text("[ui\n")
    code, out, err = cli("config", "show", "ui.theme")
    assert (code, out) == (1, '"house-dark"\n')
    assert err.startswith("backend-tui: FILE, line 1: ")
    code, _, err = cli("config", "set", "ui.theme", "house-light")
    assert code == 1
    assert err.endswith("Mend it first; it stays as it is.\n")
    assert file.read_text() == "[ui\n"


def test_set_writes_and_unset_takes_back(cli: Cli, file: Path) -> None:
    assert cli("config", "set", "ui.theme", "house-light") == (0, "", "")
    assert cli("config", "set", "keys.run.buffer", "ctrl+r") == (0, "", "")
    assert file.read_text() == '[ui]\ntheme = "house-light"\n\n[keys]\n"run.buffer" = "ctrl+r"\n'
    assert cli("config", "unset", "keys.run.buffer")[0] == 0
    assert cli("config", "unset", "ui.theme")[0] == 0
    assert tomllib.loads(file.read_text()) == {"ui": {}, "keys": {}}
    assert cli("config", "unset", "ui.theme") == (0, "", "backend-tui: ui.theme is not in the settings file.\n")


def test_what_nobody_knows_is_kept_and_told(cli: Cli, file: Path) -> None:
    file.write_text("[ui]\ncolour = 'blue'  # once\n")
    assert cli("config", "set", "ui.theme", "house-light") == (
        0,
        "",
        "backend-tui: FILE, line 2: there is no setting ui.colour.\n",
    )
    assert file.read_text() == "[ui]\ncolour = 'blue'  # once\ntheme = \"house-light\"\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["set", "ui.them", "x"], "There is no setting ui.them; did you mean ui.theme?"),
        (["set", "keys.run.it", "x"], "There is no command run.it; `backend-tui commands` lists them."),
        (["set", "ui.reduce_motion", "x"], "ui.reduce_motion is 'x'; it must be true or false."),
        (["set", "ui.theme", "x"], "There is no theme x; there are "),
        (["show", "x"], "There is no setting x; `backend-tui config show` lists them."),
    ],
)
def test_a_mistake_is_a_sentence_and_writes_nothing(cli: Cli, file: Path, args: list[str], said: str) -> None:
    code, out, err = cli("config", *args)
    assert (code, out) == (2, "")
    assert err.startswith(f"backend-tui: {said}")
    assert len(err.splitlines()) == 1
    assert not file.exists()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("theme", "--set wants KEY=VALUE, not theme."),
        ("ui.colour=1", "There is no setting ui.colour; `backend-tui config show` lists them."),
        ("output.keep_runs=0", "output.keep_runs is 0; it must be a whole number from 1 to 2000."),
    ],
)
def test_a_setting_of_the_command_line_must_make_sense(cli: Cli, option: str, said: str) -> None:
    assert cli("--set", option, "ls") == (2, "", f"backend-tui: {said} `backend-tui --help` says how it is called.\n")
