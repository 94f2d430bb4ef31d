"""Keys that arrive together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from workbench.ui.input_order import InputOrder
from workbench.ui.panes.sessions import SessionList, SessionsPane


class Question(ModalScreen[None]):
    """A dialog with a line to write into."""

    def compose(self) -> ComposeResult:
        yield Input(id="answer")


class ListApp(App[None]):
    """The session list, and a dialog that a worker opens."""

    BINDINGS: ClassVar[list[BindingType]] = [("f7", "ask", "Ask"), ("f8", "wait", "Wait")]

    def __init__(self) -> None:
        super().__init__()
        self._input = InputOrder(self, super().on_event)
        self.asked: list[str] = []

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded:
            await self._input.take(event)
        else:
            await super().on_event(event)

    def on_passed(self) -> None:
        self._input.passed()

    def compose(self) -> ComposeResult:
        yield SessionsPane()

    def on_session_list_asked(self, event: SessionList.Asked) -> None:
        self.asked.append(event.what)

    @work
    async def action_ask(self) -> None:
        await asyncio.sleep(0.02)
        await self.push_screen_wait(Question())

    @work
    async def action_wait(self) -> None:
        await asyncio.sleep(60)


def burst(app: App[None], *keys: str) -> None:
    """Keys that are read at once, as after a stall of the line."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause()


async def test_what_is_typed_right_after_the_filter_key_goes_to_the_filter() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        app.query_one(SessionList).focus()
        await until(pilot, lambda: app.focused is app.query_one(SessionList))
        burst(app, "slash", *"xirl")
        box = app.query_one("#session-filter", Input)
        await until(pilot, lambda: box.value == "xirl")
        assert app.asked == []
        burst(app, "enter", "x")
        await until(pilot, lambda: app.asked)
        assert (app.asked, box.value) == (["destroy"], "xirl")


async def test_a_paste_and_keys_wait_for_the_dialog_that_a_key_opens() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        app.query_one(SessionList).focus()
        await until(pilot, lambda: app.focused is app.query_one(SessionList))
        burst(app, "f7")
        app.post_message(events.Paste("two words"))
        burst(app, "x", "!")
        await until(pilot, lambda: isinstance(app.screen, Question))
        await until(pilot, lambda: app.screen.query_one(Input).value == "two wordsx!")
        assert app.asked == []


async def test_a_key_whose_work_takes_long_holds_nothing_back_for_long() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        app.query_one(SessionList).focus()
        await until(pilot, lambda: app.focused is app.query_one(SessionList))
        burst(app, "f8", "x")
        await until(pilot, lambda: app.asked == ["destroy"])
        app.workers.cancel_all()
