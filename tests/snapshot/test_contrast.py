"""What the approved pictures show can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screenshots.draw import FOLDER, themes
from tests.snapshot import workbench_scenes
from tests.snapshot.test_screens import SCENES, SIZES, THEMES
from tests.svg import words
from workbench.ui.widgets.strips import contrast

APPROVED = Path(__file__).parent / "__snapshots__" / "test_screens"
NOT_OURS = {"terminal", "palette"}
"""A program chose these colours; a screen behind a question is dimmed on purpose."""
PLAIN = [name for name, scene in SCENES.items() if scene.__module__ == workbench_scenes.__name__]


def rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def hard_to_read(svg: str, least: float) -> set[tuple[str, str, str]]:
    return {(text, fore, back) for text, fore, back in words(svg) if contrast(rgb(fore), rgb(back)) < least}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scene", [name for name in PLAIN if name not in NOT_OURS])
def test_all_text_stands_out_from_what_is_behind_it(scene: str, theme: str) -> None:
    for columns, rows in SIZES:
        path = APPROVED / f"test_looks_as_approved[{scene}-{columns}x{rows}][{theme}].svg"
        assert hard_to_read(path.read_text("utf-8"), 4.5) == set()


@pytest.mark.parametrize("theme", themes())
def test_all_text_stands_out_in_every_theme(theme: str) -> None:
    picture = (FOLDER / f"theme-{theme}.svg").read_text("utf-8")
    assert hard_to_read(picture, 7.0 if "high-contrast" in theme else 4.5) == set()
