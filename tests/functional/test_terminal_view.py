"""A terminal on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input

from workbench.ui.widgets.terminal_view import TerminalView


class TerminalApp(App[None]):
    """One terminal under an input line, and what it posted."""

    CSS = "TerminalView { border: round white; } Input { height: 3; }"

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Input()
        yield TerminalView()

    @property
    def view(self) -> TerminalView:
        return self.query_one(TerminalView)

    def on_terminal_view_input(self, event: TerminalView.Input) -> None:
        self.posted.append(event)

    def on_terminal_view_resized(self, event: TerminalView.Resized) -> None:
        self.posted.append(event)

    def on_terminal_view_left(self, event: TerminalView.Left) -> None:
        self.posted.append(event)

    def on_terminal_view_copied(self, event: TerminalView.Copied) -> None:
        self.posted.append(event)

    def on_terminal_view_link_clicked(self, event: TerminalView.LinkClicked) -> None:
        self.posted.append(event)

    @property
    def typed(self) -> bytes:
        return b"".join(each.data for each in self.posted if isinstance(each, TerminalView.Input))


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause()


def drawn(view: TerminalView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def test_the_program_gets_the_size_of_the_content_and_every_new_one() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: app.posted)
        first = app.posted[-1]
        assert isinstance(first, TerminalView.Resized)
        assert (first.rows, first.cols) == (15, 58)
        assert first.control is app.view
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: app.posted[-1] is not first)
        last = app.posted[-1]
        assert isinstance(last, TerminalView.Resized)
        assert (last.rows, last.cols) == (7, 38)
        assert (app.view.emulator.rows, app.view.emulator.cols) == (7, 38)


async def test_what_is_fed_is_drawn_in_the_colours_of_the_theme() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed("plain \x1b[31mred\x1b[0m 漢字\r\n\x1b[38;2;1;2;3mrgb".encode())
        await until(pilot, lambda: drawn(app.view)[1].startswith("rgb"))
        assert drawn(app.view)[0] == "plain red 漢字"
        styles = {segment.text: segment.style for segment in app.view.render_line(0)}
        red = styles["red"]
        assert red is not None
        assert red.color is not None
        assert red.color.triplet == app.ansi_theme.ansi_colors[1]
        assert all(app.view.render_line(y).cell_length == 58 for y in range(15))


async def test_only_changed_rows_are_drawn_again() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed(b"one\r\ntwo\r\nthree")
        await until(pilot, lambda: drawn(app.view)[2].startswith("three"))
        before = list(app.view._strips)
        app.view.feed(b"\x1b[1;1HONE")
        await until(pilot, lambda: drawn(app.view)[0].startswith("ONE"))
        after = app.view._strips
        assert after[1] is before[1]
        assert after[2] is not before[2] or after[2].text == before[2].text
        assert after[0] is not before[0]


async def test_every_key_goes_to_the_program_and_one_leaves() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.focus()
        await pilot.press("l", "s", "enter", "ctrl+c", "up", "f5", "tab", "escape", "alt+f", "é")
        await until(pilot, lambda: app.typed.endswith("é".encode()))
        assert app.typed == b"ls\r\x03\x1b[A\x1b[15~\t\x1b\x1bf" + "é".encode()
        assert app.view.has_focus
        await pilot.press("ctrl+right_square_bracket")
        await until(pilot, lambda: isinstance(app.posted[-1], TerminalView.Left))


async def test_no_binding_of_the_app_takes_a_key_from_the_program() -> None:
    class Bound(TerminalApp):
        BINDINGS = [Binding("f5", "app.quit", "Quit", priority=True), ("f6", "app.quit", "Quit")]  # noqa: RUF012

    app = Bound()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.focus()
        await pilot.press("f5", "f6", "ctrl+q", "ctrl+p")
        await until(pilot, lambda: app.typed.endswith(b"\x10"))
        assert app.typed == b"\x1b[15~\x1b[17~\x11\x10"
        assert app.is_running


async def test_a_paste_is_marked_for_programs_that_ask() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.focus()
        app.view.feed(b"\x1b[?2004h")
        app.view.post_message(events.Paste("two\nlines"))
        await until(pilot, lambda: app.typed)
        assert app.typed == b"\x1b[200~two\nlines\x1b[201~"


async def test_questions_of_the_program_are_answered() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed(b"ab\x1b[6n")
        await until(pilot, lambda: app.typed)
        assert app.typed == b"\x1b[1;3R"


async def test_the_mouse_is_the_programs_when_it_asks() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.view.feed(b"\x1b[?1002;1006h")
        await pilot.mouse_down(TerminalView, offset=(5, 3))
        await pilot.hover(TerminalView, offset=(8, 4))
        await pilot.mouse_up(TerminalView, offset=(8, 4))
        await until(pilot, lambda: app.typed.endswith(b"m"))
        assert app.typed == b"\x1b[<0;5;3M\x1b[<32;8;4M\x1b[<0;8;4m"
        assert app.view.has_focus


async def test_a_drag_selects_and_copies() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed(b"hello world\r\nsecond line")
        await until(pilot, lambda: drawn(app.view)[1].startswith("second"))
        await pilot.mouse_down(TerminalView, offset=(7, 1))
        await pilot.hover(TerminalView, offset=(5, 2))
        await pilot.mouse_up(TerminalView, offset=(6, 2))
        await until(pilot, lambda: isinstance(app.posted[-1], TerminalView.Copied))
        copied = app.posted[-1]
        assert isinstance(copied, TerminalView.Copied)
        assert copied.text == "world\nsecond"
        await pilot.press("x")
        await until(pilot, lambda: app.typed == b"x")
        assert app.view.emulator.selection_text() == ""


def wheel(view: TerminalView, *, up: bool) -> None:
    kind = events.MouseScrollUp if up else events.MouseScrollDown
    region = view.content_region
    view.post_message(kind(view, 3, 3, 0, 0, 0, False, False, False, region.x + 2, region.y + 2))


async def test_the_wheel_scrolls_back_or_moves_in_a_pager() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed(b"".join(b"line %d\r\n" % number for number in range(100)))
        await until(pilot, lambda: drawn(app.view)[0] == "line 86")
        wheel(app.view, up=True)
        await until(pilot, lambda: drawn(app.view)[0] == "line 83")
        app.view.focus()
        await pilot.press("shift+pageup")
        await until(pilot, lambda: drawn(app.view)[0] == "line 69")
        assert app.typed == b""
        await pilot.press("q")
        await until(pilot, lambda: drawn(app.view)[0] == "line 86")
        app.view.feed(b"\x1b[?1049h")
        wheel(app.view, up=False)
        await until(pilot, lambda: app.typed == b"q" + b"\x1b[B" * 3)


async def test_the_cursor_is_filled_with_the_focus_and_hollow_without() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed(b"ab")
        await until(pilot, lambda: drawn(app.view)[0] == "ab▯")
        app.view.focus()
        await until(pilot, lambda: drawn(app.view)[0] == "ab")
        cell = next(iter(app.view.render_line(0).crop(2, 3)))
        blank = next(iter(app.view.render_line(0).crop(3, 4)))
        assert cell.style is not None
        assert blank.style is not None
        assert cell.style.bgcolor == blank.style.color
        app.view.feed(b"\x1b[6 q")
        await until(pilot, lambda: drawn(app.view)[0] == "ab▏")
        app.view.feed(b"\x1b[?25l")
        await until(pilot, lambda: drawn(app.view)[0] == "ab")


async def test_a_reset_clears_the_screen() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.feed(b"old text")
        await until(pilot, lambda: drawn(app.view)[0].startswith("old"))
        app.view.reset()
        app.view.feed(b"new")
        await until(pilot, lambda: drawn(app.view)[0].startswith("new"))
        assert "text" not in drawn(app.view)[0]


async def test_a_frame_the_program_holds_is_shown_whole() -> None:
    app = TerminalApp()
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: not app.view._next_frame.is_due)
        app.view.feed(b"\x1b[?2026hhalf")
        app.view.feed(b" done\x1b[?2026l")
        await until(pilot, lambda: drawn(app.view)[0].startswith("half"))
        assert drawn(app.view)[0].startswith("half done")


async def test_output_before_it_is_on_the_screen_is_not_lost() -> None:
    view = TerminalView(scrollback=100)
    view.feed(b"early")

    class Late(App[None]):
        def compose(self) -> ComposeResult:
            yield view

    async with Late().run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: drawn(view)[0].startswith("early"))
        assert view.emulator.cols == 40
