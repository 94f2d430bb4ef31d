"""The pictures of the README show the app as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screenshots import live
from tests.screenshots.draw import FOLDER, STAGED, draw, names, themes
from tests.svg import difference, text_of

STALE = "`make screenshots` draws them anew."
_VARIES = re.compile(r"\d+×\d+ \d+ KB")
"""The size of a plot differs from one release of the library to the next."""


def shown(svg: str) -> list[str]:
    return [_VARIES.sub("…", line) for line in text_of(svg)]


def test_there_is_a_picture_for_every_scene_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(names()), STALE


@pytest.mark.parametrize("name", [*STAGED, *(f"theme-{theme}" for theme in themes())])
async def test_a_picture_is_what_the_app_draws(name: str, tmp_path: Path) -> None:
    kept, now = (FOLDER / f"{name}.svg").read_text("utf-8"), await draw(name, tmp_path)
    assert kept == now, f"{difference(kept, now)}\n{STALE}"


@pytest.mark.parametrize("name", live.SCENES)
async def test_a_picture_is_what_the_app_shows_on_the_embedded_server(name: str, short_tmp: Path) -> None:
    if not live.possible(name):
        pytest.skip("this machine lacks what the picture shows")
    kept, now = (FOLDER / f"{name}.svg").read_text("utf-8"), await draw(name, short_tmp)
    assert shown(kept) == shown(now), f"{difference(kept, now)}\n{STALE}"


@pytest.mark.parametrize("name", names())
def test_a_picture_looks_the_same_everywhere(name: str) -> None:
    svg = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert "url(http" not in svg
    assert "@font-face" not in svg
    assert not re.search(r"/(home|root|tmp|work|Users)/", svg)


def test_the_readme_shows_the_first_minute_before_its_two_commands() -> None:
    first_screen = (FOLDER.parent / "README.md").read_text("utf-8").split("```")[0]
    assert "(screenshots/first-minute.svg)" in first_screen
