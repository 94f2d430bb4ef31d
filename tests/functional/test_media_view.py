"""The media widget in a running app: what it shows, what it tells, what it lets go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip

from tests.unit.media_samples import DRAWING, SVG, data_uri, encoded, png_bomb, png_uri, quarters, svg
from workbench.media import preview as preview_module
from workbench.media.limits import Limits
from workbench.media.picture import Picture, Unshowable
from workbench.ui.widgets import media_view
from workbench.ui.widgets.graphics import Graphics
from workbench.ui.widgets.media_strips import Shape
from workbench.ui.widgets.media_view import MediaView

RED, BLUE = "#ff0000ff", "#0000ffff"


class Show(App[None]):
    def __init__(self, *views: MediaView) -> None:
        super().__init__()
        self.views = views
        self.opened: list[MediaView] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield from self.views

    def on_media_view_open_requested(self, event: MediaView.OpenRequested) -> None:
        self.opened.append(event.control)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for a condition; the test's own timeout is the limit."""
    while not condition():
        await pilot.app.workers.wait_for_complete([worker for worker in pilot.app.workers if worker.group == "decode"])
        await pilot.pause(0.01)


def strips(view: MediaView) -> list[Strip]:
    return view.render_lines(view.size.region)


def rows(view: MediaView) -> list[str]:
    return [strip.text.rstrip() for strip in strips(view)]


def colours(view: MediaView, row: int) -> set[tuple[int, int, int]]:
    found = set()
    for segment in strips(view)[row]:
        style = segment.style
        for colour in (style.color if segment.text.strip() else None, style.bgcolor) if style else ():
            if colour is not None and colour.triplet is not None:
                found.add(tuple(colour.triplet))
    return found  # type: ignore[return-value]


async def test_a_picture_is_shown_within_the_width_and_the_rows_with_its_caption() -> None:
    view = MediaView("image/png", png_uri(quarters(640, 480)), max_rows=10)
    async with Show(view).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: view._drawn is not None)
        await pilot.pause()
        assert view.size.height == 11
        assert rows(view)[-1].startswith("image/png 640×480 ")
        assert {(255, 0, 0), (0, 255, 0)} <= colours(view, 1)
        assert {(0, 0, 255), (255, 255, 255)} <= colours(view, 8)
        await pilot.resize_terminal(10, 24)
        await until(pilot, lambda: view._drawn is not None and view._drawn.shape.columns <= 10)
        await pilot.pause()
        assert view.size.height == 5
        assert {(255, 0, 0), (0, 255, 0)} <= colours(view, 0)


@pytest.mark.parametrize(
    ("mime", "content", "words"),
    [
        ("image/png", data_uri("image/png", png_bomb(50_000, 50_000)), "50,000×50,000"),
        ("image/png", "data:image/png;base64,iVBOR", "cut short"),
        ("image/gif", data_uri("image/gif", b"GIF89a"), "no GIF"),
        (SVG, svg('<image href="/etc/passwd.png" width="5" height="5"/>'), "outside itself"),
        (DRAWING, [[0, "canvas", 10**9, 10**9]], "1,000,000,000"),
        ("audio/ogg", data_uri("audio/ogg", bytes(12_000)), "12 KB: Audio cannot be shown here"),
    ],
)
async def test_what_cannot_be_shown_says_why(mime: str, content: Any, words: str) -> None:
    view = MediaView(mime, content)
    async with Show(view).run_test(size=(150, 24)) as pilot:
        await until(pilot, lambda: isinstance(view.preview, Unshowable))
        await pilot.pause()
        assert view.size.height == 1
        assert rows(view)[0].startswith(f"⚠ {mime} ")
        assert words in rows(view)[0]


async def test_html_is_readable_text() -> None:
    view = MediaView("text/html", "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>")
    async with Show(view).run_test() as pilot:
        await until(pilot, lambda: view.preview is not None)
        await pilot.pause()
        assert rows(view) == ["a", "─", "1", "text/html 53 B"]


async def test_long_text_is_cut_to_the_rows_of_a_preview() -> None:
    view = MediaView("text/plain", "word " * 100 + "\nx" * 100, max_rows=5)
    async with Show(view).run_test(size=(40, 24)) as pilot:
        await until(pilot, lambda: view.preview is not None)
        await pilot.pause()
        assert view.size.height == 6
        assert rows(view)[-1].endswith("…")


async def test_enter_o_and_a_click_ask_to_open_it() -> None:
    view = MediaView("image/png", png_uri(quarters(20, 20)))
    app = Show(view)
    async with app.run_test() as pilot:
        view.focus()
        await pilot.press("enter", "o")
        await pilot.click(MediaView)
        await pilot.pause()
        assert app.opened == [view, view, view]


async def test_a_view_that_goes_stops_its_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    started, stopped = threading.Event(), threading.Event()

    def endless(mime: str, content: Any, limits: Any, drawings: Any, budget: Any) -> Any:
        started.set()
        try:
            while True:
                budget.check()
                stopped.wait(0.01)
        finally:
            stopped.set()

    monkeypatch.setattr(preview_module, "_decode", endless)
    view = MediaView("image/png", "", limits=Limits(seconds=100))
    async with Show(view).run_test() as pilot:
        await pilot.pause()
        while not started.is_set():
            await pilot.pause(0.01)
        assert rows(view)[0].endswith("decoding…")
        await view.remove()
        while not stopped.is_set():
            await pilot.pause(0.01)


async def test_a_drawing_goes_on_in_place() -> None:
    view = MediaView(
        DRAWING, [[0, "canvas", 40, 40, "#ffffffff"], [0, "obj", 1, ["rect", 20, 20, 40, 40, "#f00", "#f00"]]]
    )
    async with Show(view).run_test() as pilot:
        await until(pilot, lambda: view._drawn is not None)
        assert colours(view, 3) >= {(255, 0, 0)}
        view.feed([[0, "update", 1, "fill", "#0000ffff"]])
        view.feed([[0, "update", 1, "border", "#0000ffff"]])
        await until(pilot, lambda: (0, 0, 255) in colours(view, 3) and (255, 0, 0) not in colours(view, 3))


async def test_a_thread_that_was_overtaken_does_not_bring_the_old_picture_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first, release, left = threading.Event(), threading.Event(), threading.Event()
    paint = MediaView._paint_in_thread

    def slow_at_first(self: MediaView, picture: Picture, shape: Shape) -> None:
        is_first = not first.is_set()
        if is_first:
            first.set()
            release.wait(10)
        paint(self, picture, shape)
        if is_first:
            left.set()

    monkeypatch.setattr(MediaView, "_paint_in_thread", slow_at_first)
    view = MediaView(DRAWING, [[0, "canvas", 40, 40, "#ffffffff"], [0, "obj", 1, ["rect", 20, 20, 40, 40, RED, RED]]])
    async with Show(view).run_test() as pilot:
        await until(pilot, first.is_set)
        view.feed([[0, "update", 1, "fill", BLUE], [0, "update", 1, "border", BLUE]])
        await until(pilot, lambda: view._drawn is not None)
        release.set()
        await until(pilot, left.is_set)
        await pilot.pause()
        assert colours(view, 3) >= {(0, 0, 255)}
        assert (255, 0, 0) not in colours(view, 3)


async def test_a_given_preview_is_shown_without_decoding_again() -> None:
    drawn = Picture(quarters(40, 40), DRAWING, 9, 40, 40)
    view = MediaView(DRAWING, [[0, "update", 1, "x", 1]], preview=drawn)
    async with Show(view).run_test() as pilot:
        await until(pilot, lambda: view._drawn is not None)
        assert {(255, 0, 0), (0, 255, 0)} <= colours(view, 1)


async def test_a_transparent_picture_takes_the_background_of_a_new_theme() -> None:
    view = MediaView("image/png", png_uri(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))
    app = Show(view)
    async with app.run_test() as pilot:
        await until(pilot, lambda: view._drawn is not None)
        before = colours(view, 1)
        app.theme = "textual-light"
        await until(pilot, lambda: view._drawn is not None and colours(view, 1) != before)
        assert tuple(view.background_colors[1].rgb) in colours(view, 1)


class Recorder:
    """Keeps what goes to the terminal between two frames."""

    def __init__(self, app: App[None]) -> None:
        self.data = ""
        assert app._driver is not None
        app._driver.write = self.write  # type: ignore[method-assign]

    def write(self, data: str) -> None:
        self.data += data


async def test_kitty_gets_the_picture_once_and_forgets_it() -> None:
    view = MediaView("image/png", png_uri(quarters(64, 64)), graphics=Graphics("kitty"), max_rows=8)
    app = Show(view)
    async with app.run_test() as pilot:
        recorder = Recorder(app)
        await until(pilot, lambda: view._drawn is not None)
        view.refresh()
        await pilot.pause()
        assert recorder.data.count("a=T,U=1") == 1
        assert rows(view)[0].startswith("\U0010eeee\u0305\u0305")
        assert strips(view)[0].cell_length == view.size.width
        await view.remove()
        assert f"a=d,d=I,i={view._number}" in recorder.data


async def test_a_sixel_is_drawn_from_the_rows_in_sight_and_never_under_a_modal() -> None:
    view = MediaView("image/png", png_uri(quarters(64, 64)), graphics=Graphics("sixel"), max_rows=8)
    app = Show(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "\x1bP" in "".join(segment.text for strip in strips(view) for segment in strip))
        last = strips(view)[7]
        assert last.cell_length == view.size.width
        assert '"1;1;160;160' in "".join(segment.text for segment in last if segment.control)
        await app.push_screen(ModalScreen())
        assert "\x1bP" not in "".join(segment.text for strip in strips(view) for segment in strip)


async def test_it_saves_the_payload_as_it_came(tmp_path: Path) -> None:
    data = encoded(quarters(9, 9), "PNG")
    view = MediaView("image/png", data_uri("image/png", data))
    async with Show(view).run_test() as pilot:
        await until(pilot, lambda: isinstance(view.preview, Picture))
        await view.save(tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes() == data


async def test_many_pictures_at_once_all_arrive() -> None:
    views = [MediaView("image/png", png_uri(quarters(40 + number, 30)), max_rows=4) for number in range(30)]
    async with Show(*views).run_test() as pilot:
        await until(pilot, lambda: all(isinstance(view.preview, Picture) for view in views))
        await until(pilot, lambda: all(view._drawn is not None for view in views))
    assert media_view.MediaView.can_focus
