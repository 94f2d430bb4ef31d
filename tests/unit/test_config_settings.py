"""Settings: a mistake is named with its line, costs only itself, and never the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.config.settings import Settings, load_settings


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
    assert problems[0].startswith("FILE, line 3: output.keep_lines: ")


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
    from workbench.config.settings import _defaults, _hints

    for group, entries in _defaults().items():
        for name in entries:
            assert getattr(_hints(group)[name], "__metadata__", None), f"{group}.{name}"
