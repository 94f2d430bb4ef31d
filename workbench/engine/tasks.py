"""Background tasks with an owner that cancels and awaits them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_log = logging.getLogger(__name__)


async def within(work: Awaitable[T], seconds: float) -> T:
    """The work's result; raises `TimeoutError` when it takes longer.

    `asyncio.wait_for` swallows a cancellation that comes together with the result (Python 3.11).
    """
    async with asyncio.timeout(seconds):
        return await work


class Tasks:
    """A group of background tasks; a failure of one is logged and touches no other."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start the work; the group holds it until it ends."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("Background work %s failed", task.get_name(), exc_info=error)

    async def close(self, timeout: float = 1.0) -> None:
        """Cancel what still runs and wait for it, at most `timeout` seconds."""
        me = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not me]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=timeout)
