"""The text of a run on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Offset
from textual.message import Message
from textual.pilot import Pilot
from textual.selection import Selection
from textual.widgets import Label

from workbench.ui.widgets.transcript_view import TranscriptView


class TextApp(App[None]):
    """A text between two labels in something that scrolls."""

    CSS = "VerticalScroll { scrollbar-size: 0 0; }"

    def __init__(self, max_lines: int = 1_000) -> None:
        super().__init__()
        self.max_lines = max_lines
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Label("above")
            yield TranscriptView(max_lines=self.max_lines)
            yield Label("below", id="below")

    @property
    def view(self) -> TranscriptView:
        return self.query_one(TranscriptView)

    def on_transcript_view_link_clicked(self, event: TranscriptView.LinkClicked) -> None:
        self.posted.append(event)

    def on_transcript_view_source_clicked(self, event: TranscriptView.SourceClicked) -> None:
        self.posted.append(event)

    def on_transcript_view_shifted(self, event: TranscriptView.Shifted) -> None:
        self.posted.append(event)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause()


def drawn(view: TranscriptView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def test_it_is_as_tall_as_its_text_and_grows_with_it() -> None:
    app = TextApp()
    async with app.run_test(size=(30, 10)) as pilot:
        assert app.view.size.height == 0
        app.view.feed("one\ntwo\n")
        await until(pilot, lambda: app.view.size.height == 2)
        app.view.feed("x" * 45)
        await until(pilot, lambda: app.view.size.height == 4)
        assert drawn(app.view) == ["one", "two", "x" * 30, "x" * 15]
        assert app.query_one("#below").region.y == 5


async def test_a_progress_bar_is_drawn_in_place() -> None:
    app = TextApp()
    async with app.run_test(size=(30, 10)) as pilot:
        app.view.feed("start\n 10%")
        await until(pilot, lambda: app.view.size.height == 2)
        app.view.feed("\r100%")
        await until(pilot, lambda: drawn(app.view)[1] == "100%")
        assert app.view.size.height == 2


async def test_a_new_width_wraps_anew() -> None:
    app = TextApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.feed("y" * 40 + "\nend\n")
        await until(pilot, lambda: app.view.size.height == 2)
        await pilot.resize_terminal(20, 10)
        await until(pilot, lambda: app.view.size.height == 3)
        assert drawn(app.view) == ["y" * 20, "y" * 20, "end"]


async def test_a_tall_text_wraps_anew_once_the_width_stays() -> None:
    app = TextApp(max_lines=20_000)
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.feed(("z" * 40 + "\n") * 6_000)
        await until(pilot, lambda: app.view.size.height == 6_000)
        await pilot.resize_terminal(20, 10)
        await until(pilot, lambda: app.view.size.height == 12_000)
        assert app.view.transcript.cols == 20


async def test_only_rows_in_sight_are_made() -> None:
    app = TextApp(max_lines=20_000)
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.feed("".join(f"line {number}\n" for number in range(10_000)))
        await until(pilot, lambda: app.view.size.height == 10_000)
        app.query_one(VerticalScroll).scroll_to(y=5_000, animate=False)
        await until(pilot, lambda: 4_999 in app.view._strips)
        assert len(app.view._strips) < 100
        assert app.view.render_line(5_000).text.rstrip() == "line 5000"


async def test_dropped_rows_are_told_and_what_is_shown_stays_true() -> None:
    app = TextApp(max_lines=500)
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.feed("".join(f"line {number}\n" for number in range(1_500)))
        await until(pilot, lambda: app.view.size.height > 0)
        assert drawn(app.view)[-1] == "line 1499"
        before = len(app.posted)
        app.view.feed("".join(f"line {number}\n" for number in range(1_500, 6_000)))
        await until(pilot, lambda: len(app.posted) > before)
        shifted = app.posted[-1]
        assert isinstance(shifted, TranscriptView.Shifted)
        assert shifted.rows > 0
        await until(pilot, lambda: app.view.size.height == app.view.transcript.height)
        first = app.view.transcript.dropped_lines
        assert drawn(app.view)[0] == f"line {first}"
        assert drawn(app.view)[-1] == "line 5999"


async def test_selected_text_is_marked_and_copied_with_wrapped_lines_joined() -> None:
    app = TextApp()
    async with app.run_test(size=(30, 10)) as pilot:
        app.view.feed("漢字 first\n" + "w" * 40 + "\nlast\n")
        await until(pilot, lambda: app.view.size.height == 4)
        await pilot.mouse_down(TranscriptView, offset=(5, 0))
        await pilot.hover(TranscriptView, offset=(2, 3))
        await pilot.mouse_up(TranscriptView, offset=(2, 3))
        await until(pilot, app.screen.get_selected_text)
        selected = app.screen.get_selected_text()
        assert selected is not None
        assert selected.startswith("first\n" + "w" * 40 + "\nla")
        whole = app.view.get_selection(Selection(None, None))
        assert whole == ("漢字 first\n" + "w" * 40 + "\nlast", "\n")
        part = app.view.get_selection(Selection(Offset(1, 0), Offset(4, 0)))
        assert part == ("字 f", "\n")


async def test_links_and_places_in_sources_are_followed() -> None:
    app = TextApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.feed('\x1b]8;;http://x.org/a\x07here\x1b]8;;\x07\n  File "/tmp/a b.py", line 12, in f\n')
        await until(pilot, lambda: app.view.size.height == 2)
        await pilot.click(TranscriptView, offset=(1, 0))
        await until(pilot, lambda: app.posted)
        link = app.posted[-1]
        assert isinstance(link, TranscriptView.LinkClicked)
        assert link.target == "http://x.org/a"
        await pilot.click(TranscriptView, offset=(10, 1))
        await until(pilot, lambda: len(app.posted) == 2)
        source = app.posted[-1]
        assert isinstance(source, TranscriptView.SourceClicked)
        assert (source.path, source.line) == ("/tmp/a b.py", 12)
        await pilot.click(TranscriptView, offset=(40, 1))
        await pilot.pause()
        assert len(app.posted) == 2


async def test_what_is_searched_for_is_marked_and_found() -> None:
    app = TextApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.feed("one needle\nnothing\nNEEDLE two\n")
        await until(pilot, lambda: app.view.size.height == 3)
        assert app.view.find("needle") == [0, 2]
        plain = [segment.text for segment in app.view.render_line(0)]
        app.view.mark("needle")
        marked = [segment.text for segment in app.view.render_line(0)]
        assert plain[0] == "one needle"
        assert marked[:2] == ["one ", "needle"]
        app.view.mark("")
        assert [segment.text for segment in app.view.render_line(0)] == plain


async def test_text_before_it_is_on_the_screen_is_not_lost() -> None:
    view = TranscriptView()
    view.feed("early " + "q" * 50 + "\n")

    class Late(App[None]):
        def compose(self) -> ComposeResult:
            yield VerticalScroll(view)

    async with Late().run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: view.size.height == 2)
        assert drawn(view)[0].startswith("early")


async def test_a_flood_keeps_the_app_answering() -> None:
    app = TextApp(max_lines=50_000)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        for start in range(0, 60_000, 500):
            app.view.feed("".join(f"line {number} of a flood\n" for number in range(start, start + 500)))
            await asyncio.sleep(0)
        await until(pilot, lambda: app.view.size.height == app.view.transcript.height)
        assert app.view.transcript.total_lines == 60_000
        assert app.view.render_line(app.view.size.height - 1).text.startswith("line 59999 of a flood")
