"""A frame that was asked for comes, whatever else happens to the widget's timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from workbench.ui.soon import Soon


class SoonApp(App[None]):
    """Counts what came."""

    def __init__(self) -> None:
        super().__init__()
        self.came = 0

    def compose(self) -> ComposeResult:
        """One widget that asks."""
        yield Static("asks")

    def take(self) -> None:
        """What is called."""
        self.came += 1


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause()


async def _asked(pilot: Pilot[None], soon: Soon, app: SoonApp, times: int, delay: float) -> None:
    for number in range(times):
        soon.after(delay)
        await until(pilot, lambda: not soon.is_due)
        assert app.came == number + 1


async def test_every_frame_asked_for_comes_even_without_any_delay() -> None:
    app = SoonApp()
    async with app.run_test() as pilot:
        soon = Soon(app.query_one(Static), app.take)
        for delay in (0.0, -1.0, 1e-9, 0.001):
            app.came = 0
            await _asked(pilot, soon, app, 50, delay)
            assert not soon.is_due


async def test_asking_twice_gives_one_frame_and_a_cancelled_one_does_not_come() -> None:
    app = SoonApp()
    async with app.run_test() as pilot:
        soon = Soon(app.query_one(Static), app.take)
        soon.after(0.01)
        soon.after(0.01)
        await until(pilot, lambda: not soon.is_due)
        assert app.came == 1
        soon.after(0.01)
        soon.cancel()
        assert not soon.is_due
        later = Soon(app.query_one(Static), app.take)
        later.after(0.05)
        await until(pilot, lambda: not later.is_due)
        assert app.came == 2
