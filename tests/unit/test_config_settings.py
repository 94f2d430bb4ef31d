"""Settings: a mistake is named with its line, costs only itself, and never the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.config.reading import load_settings, read_settings
from workbench.config.settings import Settings, entries, groups


def load(tmp_path: Path, text: str, **environ: str) -> tuple[Settings, list[str]]:
    path = tmp_path / "config.toml"
    path.write_text(text)
    settings, problems = load_settings(path, environ)
    assert path.read_text() == text
    return settings, [str(problem).replace(str(path), "FILE") for problem in problems]


def test_without_a_file_the_defaults_are_used(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml", {}) == (Settings(), [])


def test_the_environment_is_stronger_than_the_file(tmp_path: Path) -> None:
    settings, problems = load(
        tmp_path,
        '[output]\nkeep_lines = 500\n[session]\nprotected = ["prod"]\n',
        BACKEND_TUI_OUTPUT_KEEP_LINES="700",
        BACKEND_TUI_SESSION_READ_ONLY="true",
        BACKEND_TUI_SESSION_PROTECTED="one, two",
    )
    assert problems == []
    assert settings.output.keep_lines == 700
    assert settings.session.read_only is True
    assert settings.session.protected == ("one", "two")


def test_a_wrong_value_is_named_with_its_line_and_the_rest_counts(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, '[output]\nkeep_runs = 7\nkeep_lines = "many"\n')
    assert settings.output.keep_runs == 7
    assert settings.output.keep_lines == Settings().output.keep_lines
    assert len(problems) == 1
    assert problems[0].startswith("FILE, line 3: output.keep_lines is 'many'; it must be ")


def test_an_unknown_setting_is_reported(tmp_path: Path) -> None:
    _, problems = load(tmp_path, "[ui]\ntheem = 'x'\n[nowhere]\na = 1\n")
    assert problems == [
        "FILE, line 2: there is no setting ui.theem.",
        "FILE, line 4: there is no setting nowhere.a.",
    ]


@pytest.mark.parametrize("text", ["[ui\n", "ui = [", "a = 'x"])
def test_a_broken_file_is_reported_with_its_line_and_the_defaults_are_used(tmp_path: Path, text: str) -> None:
    settings, problems = load(tmp_path, text)
    assert settings == Settings()
    assert problems[0].startswith("FILE, line 1: ")
    assert "defaults are used" in problems[0]


def test_every_setting_explains_itself() -> None:
    assert [entry.key for entry in entries().values() if not entry.description.endswith(".")] == []
    assert [group for group, struct in groups().items() if not (struct.__doc__ or "").rstrip(".`").strip()] == []


def test_the_tree_and_the_table_of_settings_agree() -> None:
    names = {f"{group}.{name}" for group, struct in groups().items() for name in struct.__struct_fields__}
    assert names - set(entries()) == {"keys.map"}


def test_the_command_line_is_stronger_than_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[output]\nkeep_runs = 5\nkeep_lines = 200\npreview_rows = 9\n")
    environ = {"BACKEND_TUI_OUTPUT_KEEP_RUNS": "6", "BACKEND_TUI_OUTPUT_KEEP_LINES": "300"}
    loaded = read_settings(path, environ, {"output.keep_runs": "7"})
    output = loaded.settings.output
    assert (output.keep_runs, output.keep_lines, output.preview_rows) == (7, 300, 9)
    assert [loaded.sources[f"output.{name}"] for name in ("keep_runs", "keep_lines", "preview_rows")] == [
        "--set output.keep_runs",
        "BACKEND_TUI_OUTPUT_KEEP_LINES",
        f"{path}, line 4",
    ]
    assert loaded.sources["ui.theme"] == "default"


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("OUTPUT_KEEP_LINES", "few", "output.keep_lines is 'few'; it must be a whole number from 100 to 1000000."),
        ("OUTPUT_KEEP_LINES", "7", "output.keep_lines is 7; it must be a whole number from 100 to 1000000."),
        ("UI_GRAPHICS", "ascii", "ui.graphics is 'ascii'; it must be one of auto, kitty, sixel, blocks."),
        ("UI_REDUCE_MOTION", "maybe", "ui.reduce_motion is 'maybe'; it must be true or false."),
        ("LOCAL_IDLE_EXIT", "-1", "local.idle_exit is -1.0; it must be a number, 0 or more."),
    ],
)
def test_a_value_that_makes_no_sense_says_what_it_must_be(tmp_path: Path, variable: str, text: str, said: str) -> None:
    settings, problems = load(tmp_path, "", **{f"BACKEND_TUI_{variable}": text})
    assert settings == Settings()
    assert problems == [f"BACKEND_TUI_{variable}: {said} The default stays."]


@pytest.mark.parametrize("text", ["yes", "On", "1", "TRUE"])
def test_a_switch_is_written_as_people_write_it(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, "", BACKEND_TUI_SESSION_READ_ONLY=text)[0].session.read_only is True


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\npreset = "vim"\n"run.buffer" = "f5, ctrl+r"\n',
        '[keys]\npreset = "vim"\nrun.buffer = ["f5", " ctrl+r"]\n',
        '[keys]\npreset = "vim"\n[keys.run]\nbuffer = "f5, ctrl+r"\n',
    ],
)
def test_keys_are_given_to_commands_by_their_id_with_the_line_remembered(tmp_path: Path, text: str) -> None:
    settings, problems = load(tmp_path, text)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "f5" in line)
    [choice] = settings.keys.map
    assert problems == []
    assert settings.keys.preset == "vim"
    assert (choice.command, choice.keys) == ("run.buffer", "f5, ctrl+r")
    assert choice.where == f"{tmp_path / 'config.toml'}, line {line}"
