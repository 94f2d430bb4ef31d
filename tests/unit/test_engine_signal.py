"""Signals and owned tasks."""

from __future__ import annotations

import asyncio

import pytest

from workbench.engine.signal import Signal
from workbench.engine.tasks import Tasks


def test_a_failing_listener_stops_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    signal: Signal[int] = Signal()
    heard: list[int] = []

    def fail(value: int) -> None:
        raise ValueError(value)

    signal.connect(fail)
    signal.connect(heard.append)
    signal.emit(1)
    assert heard == [1]
    assert "A listener failed" in caplog.text


def test_a_listener_can_leave_while_it_is_called() -> None:
    signal: Signal[int] = Signal()
    heard: list[int] = []

    def once(value: int) -> None:
        heard.append(value)
        leave()

    leave = signal.connect(once)
    later = signal.connect(heard.append)
    signal.emit(1)
    signal.emit(2)
    assert heard == [1, 1, 2]
    later()
    later()
    signal.emit(3)
    assert heard == [1, 1, 2]


async def test_closing_a_group_cancels_and_awaits_everything_in_it() -> None:
    tasks, ended = Tasks(), []
    started = asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    tasks.start(work(), "work")
    await started.wait()
    await tasks.close()
    assert ended == [True]
    assert len(tasks) == 0


async def test_work_that_fails_is_logged_and_touches_no_other(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks()

    async def fail() -> None:
        raise ValueError("broken")

    other = tasks.start(asyncio.Event().wait(), "other")
    failing = tasks.start(fail(), "failing")
    await asyncio.wait([failing])
    await asyncio.sleep(0)
    assert "Background work failing failed" in caplog.text
    assert not other.done()
    await tasks.close()
