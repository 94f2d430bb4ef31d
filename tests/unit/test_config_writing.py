"""Writing a setting: one line changes, everything else of the file stays, a broken file is never touched."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.config.writing import SettingsFileError, remove_setting, write_setting

FILE = """# mine
[ui]
theme = 'house-light'   # by day
unknown = 3

[session]
protected = [
  "one",  # never
  "two",
]
[later]
x = 1
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "config.toml"
    path.parent.mkdir()
    path.write_text(FILE)
    return path


def test_a_changed_setting_changes_its_line_only(path: Path) -> None:
    write_setting(path, "ui", "theme", "house-dark")
    assert path.read_text() == FILE.replace("'house-light'   #", '"house-dark"  #')


def test_a_new_setting_goes_to_its_group(path: Path) -> None:
    write_setting(path, "ui", "reduce_motion", value=True)
    assert path.read_text() == FILE.replace("unknown = 3\n", "unknown = 3\nreduce_motion = true\n")


def test_a_new_group_goes_to_the_end(path: Path) -> None:
    write_setting(path, "keys", "run.buffer", "f5,ctrl+r")
    assert path.read_text() == FILE + '\n[keys]\n"run.buffer" = "f5,ctrl+r"\n'


def test_a_value_of_several_lines_is_replaced_whole(path: Path) -> None:
    write_setting(path, "session", "protected", ("three",))
    assert tomllib.loads(path.read_text())["session"] == {"protected": ["three"]}
    assert path.read_text().startswith(FILE[: FILE.index("protected")])
    assert path.read_text().endswith("[later]\nx = 1\n")


def test_a_removed_setting_leaves_the_rest(path: Path) -> None:
    assert remove_setting(path, "ui", "theme")
    assert path.read_text() == FILE.replace("theme = 'house-light'   # by day\n", "")
    assert not remove_setting(path, "ui", "theme")


@pytest.mark.parametrize(
    "text",
    ["ui.theme = 'a'\nkept = 1\n", "ui = { theme = 'a' }\nkept = 1\n", "kept = 1\n[keys]\nrun = { buffer = 'x' }"],
)
def test_other_ways_of_writing_lose_no_value(path: Path, text: str) -> None:
    path.write_text(text)
    write_setting(path, "ui", "graphics", "blocks")
    write_setting(path, "ui", "theme", "b")
    write_setting(path, "keys", "run.cell", "f6")
    tree = tomllib.loads(path.read_text())
    assert tree["kept"] == 1
    assert tree["ui"] == {"graphics": "blocks", "theme": "b"}
    assert "f6" in str(tree["keys"])
    assert ("'x'" in str(tree["keys"])) is ("[keys]" in text)


@given(st.text(st.characters(codec="utf-8")), st.integers(), st.lists(st.text(st.characters(codec="utf-8"))))
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, a: str, b: int, c: list[str]
) -> None:
    path = tmp_path_factory.mktemp("written") / "config.toml"
    path.write_text(FILE)
    b %= 2**63
    write_setting(path, "ui", "theme", a)
    write_setting(path, "output", "keep_lines", b)
    write_setting(path, "session", "protected", c)
    tree = tomllib.loads(path.read_text())
    assert tree["ui"] == {"theme": a, "unknown": 3}
    assert tree["output"] == {"keep_lines": b}
    assert tree["session"] == {"protected": c}
    assert tree["later"] == {"x": 1}


@pytest.mark.parametrize("text", ["[ui\n", "ui = 3\n"])
def test_a_broken_file_is_named_with_the_reason_and_stays_as_it_is(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(SettingsFileError, match="it stays as it is"):
        write_setting(path, "ui", "theme", "x")
    assert path.read_text() == text


def test_the_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    write_setting(path, "ui", "theme", "x")
    assert path.read_text() == '[ui]\ntheme = "x"\n'


def test_a_link_and_permissions_stay(tmp_path: Path, path: Path) -> None:
    path.chmod(0o600)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    write_setting(link, "ui", "theme", "x")
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]
