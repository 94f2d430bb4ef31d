"""Every command is at hand: in the last line, in the palette, in the help of the focused pane."""

from __future__ import annotations

import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets import Static

from tests.functional.conftest import Staging
from tests.scenes import Stage
from workbench.ui.commands import Place, commands_of, key_label, keys_of
from workbench.ui.modals.help import HelpView
from workbench.ui.modals.new_session import NewSessionModal
from workbench.ui.modals.themes import ThemePicker
from workbench.ui.widgets.command_bar import CommandBar


def last_line(stage: Stage) -> str:
    return stage.screen.query_one(CommandBar).render_line(0).text.rstrip()


async def test_the_last_line_reads_as_it_should(staged: Staging) -> None:
    async with staged() as stage:
        assert last_line(stage) == " F5 Run  F8 Interrupt  F4 Terminal  ^N New  ^P Commands  ^Q Quit"


async def test_the_last_line_begins_with_the_focused_pane(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.press("f2")
        assert last_line(stage).startswith(" Enter Open  / Filter")
        assert last_line(stage).endswith("^P Commands  ^Q Quit")


async def test_a_small_screen_still_says_where_everything_is_found(staged: Staging) -> None:
    async with staged((40, 12)) as stage:
        await stage.pilot.press("f2")
        assert last_line(stage).endswith("^P Commands  ^Q Quit")


async def test_read_only_mode_offers_nothing_that_changes(staged: Staging) -> None:
    async with staged(read_only=True) as stage:
        assert last_line(stage) == " ^P Commands  ^Q Quit"


async def test_in_a_terminal_the_last_line_says_how_to_leave_it(staged: Staging) -> None:
    async with staged() as stage:
        await stage.open_terminal()
        await stage.until(lambda: last_line(stage) == " ^] Leave the terminal")
        await stage.pilot.click(CommandBar, offset=(3, 0))
        await stage.until(lambda: stage.screen.focused_pane() == "editor")


async def test_a_click_in_the_last_line_does_the_command(staged: Staging) -> None:
    async with staged() as stage:
        await stage.pilot.click(CommandBar, offset=(last_line(stage).index("New"), 0))
        await stage.until(lambda: isinstance(stage.app.screen, CommandPalette | NewSessionModal) or stage.said())
        assert stage.said()  # there is no server to ask what a session can be made of


@pytest.mark.parametrize(("words", "done"), [("zoom", "editor"), ("go output", "output")])
async def test_the_palette_does_what_it_finds(staged: Staging, words: str, done: str) -> None:
    async with staged() as stage:
        await stage.pilot.press("ctrl+p", *words)
        palette = stage.app.screen
        await stage.until(lambda: palette.query_one(CommandList).option_count)
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.app.screen is stage.screen)
        await stage.until(lambda: stage.screen.panes.zoomed == done or stage.screen.focused_pane() == done)


@pytest.mark.parametrize(("key", "pane"), [("f2", "sessions"), ("f3", "editor"), ("f9", "output")])
async def test_help_shows_the_keys_of_the_focused_pane(staged: Staging, key: str, pane: str) -> None:
    async with staged() as stage:
        await stage.pilot.press(key, "f1")
        view = stage.app.screen
        assert isinstance(view, HelpView)
        text = str(view.query_one("#help", Static).content)
        for each in commands_of(Place(pane)):
            if keys := keys_of(each):
                assert f" {key_label(keys)} " in text
                assert each.help.split()[0] in text
        await stage.pilot.press("escape")
        assert stage.screen.focused_pane() == pane


async def test_a_theme_is_worn_while_it_is_looked_at(staged: Staging) -> None:
    async with staged() as stage:
        stage.screen.action_choose_theme()
        await stage.until(lambda: isinstance(stage.app.screen, ThemePicker))
        before = stage.app.theme
        await stage.pilot.press("down")
        await stage.until(lambda: stage.app.theme != before)
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.app.theme == before)


async def test_a_chosen_theme_colours_everything_at_once(staged: Staging) -> None:
    async with staged() as stage:
        dark = stage.screen.styles.background
        area = stage.screen.editor.area
        assert area is not None
        code = area.render_line(1).text, [segment.style for segment in area.render_line(1)]
        stage.app.theme = "house-light"
        await stage.settle()
        assert stage.screen.styles.background != dark
        assert area.render_line(1).text == code[0]
        assert [segment.style for segment in area.render_line(1)] != code[1]
