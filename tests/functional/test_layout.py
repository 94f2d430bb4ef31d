"""Panes: zoomed, hidden, resized, on screens of any size."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tests.functional.conftest import Staging
from tests.scenes import Stage

KEYS = {"sessions": "f2", "editor": "f3", "output": "f9"}


def shown(stage: Stage) -> set[str]:
    return {name for name in ("sessions", "editor", "output", "terminal") if stage.screen.panes.is_shown(name)}


def region(stage: Stage, name: str) -> Region:
    return stage.screen.query_one(f"#{name}").region


@pytest.mark.parametrize("name", KEYS)
async def test_f10_gives_the_pane_the_whole_area_and_takes_it_back(staged: Staging, name: str) -> None:
    async with staged() as stage:
        before = shown(stage)
        await stage.pilot.press(KEYS[name], "f10")
        assert shown(stage) == {name}
        assert region(stage, name) == Region(0, 1, 120, 38)
        await stage.pilot.press("f10")
        assert shown(stage) == before


async def test_going_to_another_pane_leaves_the_zoom(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f3", "f10", "f9")
        assert shown(stage) == {"sessions", "editor", "output"}
        assert stage.screen.focused_pane() == "output"


async def test_a_hidden_pane_comes_back_with_its_own_key(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f9", "ctrl+f10")
        assert shown(stage) == {"sessions", "editor"}
        await stage.pilot.press("f9")
        assert shown(stage) == {"sessions", "editor", "output"}
        assert stage.screen.focused_pane() == "output"


async def test_hiding_a_pane_moves_the_focus_to_one_in_sight(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f9", "ctrl+f10")
        await stage.until(lambda: stage.screen.focused is not None)
        assert stage.screen.focused_pane() in shown(stage)
        await stage.pilot.press("f2", "ctrl+f10")
        assert shown(stage) == {"editor"}
        assert stage.screen.focused_pane() == "editor"
        await stage.pilot.press("f2")
        assert stage.screen.focused_pane() == "sessions"


async def test_the_last_pane_of_the_work_area_stays(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f9", "ctrl+f10", "f3", "ctrl+f10")
        assert "editor" in shown(stage)


async def test_keys_resize_panes_and_list(staged: Staging) -> None:
    async with staged() as stage:
        tall = region(stage, "output").height
        await stage.pilot.press("f9", "alt+up", "alt+up")
        assert region(stage, "output").height == tall + 2
        await stage.pilot.press("alt+down")
        assert region(stage, "output").height == tall + 1
        wide = region(stage, "sessions").width
        await stage.pilot.press("alt+right", "alt+right", "alt+left")
        assert region(stage, "sessions").width == wide + 2


async def test_the_mouse_drags_the_edges(staged: Staging) -> None:
    async with staged() as stage:
        edge = region(stage, "output")
        await stage.pilot.mouse_down(offset=(60, edge.y))
        await stage.pilot.hover(offset=(60, edge.y - 4))
        await stage.pilot.mouse_up(offset=(60, edge.y - 4))
        assert region(stage, "output").y == edge.y - 4
        right = region(stage, "sessions").right
        await stage.pilot.mouse_down(offset=(right - 1, 20))
        await stage.pilot.hover(offset=(right + 7, 20))
        await stage.pilot.mouse_up(offset=(right + 7, 20))
        assert region(stage, "sessions").right == right + 8


async def test_a_pane_is_never_resized_out_of_sight(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f9", *["alt+up"] * 40)
        assert region(stage, "editor").height >= 3
        await stage.pilot.press(*["alt+down"] * 60)
        assert region(stage, "output").height >= 3


async def test_the_layout_comes_back(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f9", "alt+up", "alt+up", "alt+right", "f3")
        sizes = region(stage, "output"), region(stage, "sessions")
        await stage.screen.close_bench()
    async with staged() as stage:
        assert (region(stage, "output"), region(stage, "sessions")) == sizes


async def test_a_narrow_screen_hides_the_list_behind_its_key(staged: Staging) -> None:
    async with staged((80, 24)) as stage:
        assert shown(stage) == {"editor", "output"}
        assert region(stage, "editor").width == 80
        await stage.pilot.press("f2")
        assert "sessions" in shown(stage)
        await stage.pilot.press("f2")
        assert "sessions" not in shown(stage)
        assert stage.screen.focused_pane() == "editor"


async def test_on_a_narrow_screen_the_list_goes_when_a_session_is_opened(staged: Staging) -> None:
    async with staged((80, 24)) as stage:
        await stage.pilot.press("f2", "end", "enter")
        await stage.until(lambda: stage.screen.open_id == "id-train")
        await stage.until(lambda: "sessions" not in shown(stage))
        assert stage.screen.focused_pane() == "editor"


async def test_a_click_on_the_count_shows_the_list_of_a_narrow_screen(staged: Staging) -> None:
    async with staged((80, 24)) as stage:
        await stage.pilot.click(offset=(36, 0))
        await stage.until(lambda: "sessions" in shown(stage))


async def test_a_screen_that_becomes_narrow_or_wide_again_keeps_up(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: "sessions" not in shown(stage))
        await stage.pilot.resize_terminal(140, 44)
        await stage.until(lambda: "sessions" in shown(stage))


@pytest.mark.parametrize("size", [(300, 100), (60, 16), (30, 8), (10, 4)])
async def test_the_workbench_stands_on_any_screen(staged: Staging, size: tuple[int, int]) -> None:
    async with staged(size) as stage:
        await stage.pilot.press("f2", "f9", "f3", "x", "f10", "f10")
        assert stage.screen.editor.area is not None
        assert stage.screen.editor.area.text.startswith("x")
