"""Draws every picture of the README."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.clock import Clock, stopped_clock
from tests.scenes import Stage, make_app, shipped_themes_only
from tests.screenshots import live
from tests.snapshot import modal_scenes, workbench_scenes
from tests.snapshot.picture import picture_of
from tests.svg import for_the_web
from workbench.config.paths import shipped_themes
from workbench.config.themes import load_themes
from workbench.ui.app import WorkbenchApp
from workbench.ui.launch import SAMPLE

FOLDER = Path(__file__).parents[2] / "screenshots"
SIZE = (100, 34)
_SMALL = (100, 30)

Scene = Callable[[Stage], Awaitable[None]]

STAGED: dict[str, Scene] = {
    "new-session": modal_scenes.new_session,
    "idle": modal_scenes.idle,
    "sessions": workbench_scenes.sessions,
}


def themes() -> list[str]:
    """The themes that are shipped."""
    loaded, _ = load_themes([shipped_themes()])
    return sorted(loaded)


def names() -> list[str]:
    """The pictures there are to be, without their ending."""
    return [*live.SCENES, *STAGED, *(f"theme-{theme}" for theme in themes())]


async def draw(name: str, root: Path) -> str:
    """The picture of that name, drawn by the running app; `root` is an empty folder."""
    with stopped_clock() as clock, shipped_themes_only():
        if name in live.SCENES:
            example = live.EXAMPLES.get(name, SAMPLE)
            with live.own_machine(root), patch("workbench.ui.screens.workbench.SAMPLE", example):
                app = live.live_app(root / "state")
                return await _picture(app, SIZE, clock, live.SCENES[name], live.drawn)
        if name in STAGED:
            return await _picture(make_app(root), SIZE, clock, STAGED[name], Stage.settle)
        app = make_app(root, theme=name.removeprefix("theme-"))
        return await _picture(app, _SMALL, clock, workbench_scenes.colours, Stage.settle)


async def _picture(app: WorkbenchApp, size: tuple[int, int], clock: Clock, scene: Scene, drawn: Scene) -> str:
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(pilot, clock)
        await scene(stage)
        await drawn(stage)
        picture = for_the_web(picture_of(app, app.title if app.theme == "house-dark" else app.theme))
        await stage.screen.close_bench()
    return picture


async def main() -> None:
    """Draw them all; one that is no more is deleted."""
    FOLDER.mkdir(exist_ok=True)
    for name in names():
        if name in live.SCENES and not live.possible(name):
            print(f"{name}: not drawn, this machine lacks what it shows")
            continue
        with TemporaryDirectory(prefix="bt") as root:
            (FOLDER / f"{name}.svg").write_text(await draw(name, Path(root)), encoding="utf-8")
        print(name)
    for path in FOLDER.glob("*.svg"):
        if path.stem not in names():
            path.unlink()
