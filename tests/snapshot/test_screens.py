"""Every screen and modal, in a dark and a light theme, on a small and a large terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.clock import Clock
from tests.scenes import Stage, make_app
from tests.snapshot import modal_scenes, workbench_scenes
from tests.snapshot.picture import picture_of
from tests.svg import difference

Scene = Callable[[Stage], Awaitable[None]]

SCENES: dict[str, Scene] = {
    name: scene
    for module in (workbench_scenes, modal_scenes)
    for name, scene in vars(module).items()
    if callable(scene) and getattr(scene, "__module__", "") == module.__name__ and not name.startswith("_")
}
THEMES = ("house-dark", "house-light")
SIZES = ((80, 24), (140, 44))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
async def test_looks_as_approved(
    scene: str, size: tuple[int, int], tmp_path: Path, clock: Clock, snapshot: SnapshotAssertion
) -> None:
    app = make_app(tmp_path / "state", theme=THEMES[0], read_only=scene == "read_only")
    approved = snapshot.use_extension(SVGImageExtension)
    differences = []
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(pilot, clock)
        await SCENES[scene](stage)
        for theme in THEMES:
            app.theme = theme
            await stage.settle()
            picture = picture_of(app)
            if picture != approved(name=theme):
                known = list(approved.executions.values())[-1].recalled_data
                differences.append(f"{theme}: {difference(str(known), picture) if known else 'this picture is new.'}")
    assert not differences, "\n\n".join(differences)
