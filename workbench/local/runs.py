"""The runs of one session: one at a time, in the order they came, and none can block the next."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Protocol

from workbench.local.problems import invalid_session_data
from workbench.local.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.local.limits import RunLimits

_log = logging.getLogger(__name__)

_REMEMBERED = 1000
"""Exit codes of runs that were fetched to their end, kept for clients that ask once more."""


class Executor(Protocol):
    """Where runs run."""

    async def execute(self, run: Run) -> int:
        """Run it to its end and return the exit code."""

    async def interrupt(self, run: Run) -> None:
        """Send it what Ctrl-C sends."""

    async def force(self, run: Run) -> None:
        """End it whatever it takes; the session stays usable."""


class RunQueue:
    """First in, first out; a run whose client is gone is interrupted, drained and, if need be, ended by force."""

    def __init__(
        self, executor: Executor, limits: RunLimits, on_text: Callable[[str], None], on_activity: Callable[[], None]
    ) -> None:
        """`on_text` hears what runs print; `on_activity` is called when a client did something or a run ended."""
        self.limits = limits
        self.active: Run | None = None
        self.count = 0
        self._executor = executor
        self._on_text = on_text
        self._on_activity = on_activity
        self._waiting: deque[Run] = deque()
        self._runs: dict[str, Run] = {}
        self._ended: OrderedDict[str, int | None] = OrderedDict()
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._farewells: set[asyncio.Task[None]] = set()
        self._silences: dict[str, asyncio.TimerHandle] = {}
        self._closed = ""

    @property
    def is_busy(self) -> bool:
        """Whether a run is active or waits for its turn."""
        return self.active is not None or bool(self._waiting)

    # -- for handlers

    def submit(self, mode: str, code: str, options: Mapping[str, Any], run_id: str | None = None) -> Run:
        """Queue a run; raises Problem when the session is over or the id belongs to a run that is not over."""
        if self._closed:
            raise invalid_session_data(self._closed)
        if run_id in self._runs:
            raise invalid_session_data(f"The run ID {run_id} belongs to a run that is not over; mode must be continue.")
        run = Run(run_id or secrets.token_hex(16), mode, code, options, limits=self.limits, on_text=self._on_text)
        self._ended.pop(run.id, None)
        self._runs[run.id] = run
        self._waiting.append(run)
        self.count += 1
        self._arrived.set()
        self._on_activity()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return run

    def find(self, run_id: str) -> Run | None:
        """A run that has not been fetched to its end."""
        return self._runs.get(run_id)

    def exit_code(self, run_id: str) -> tuple[bool, int | None]:
        """Whether the run was fetched to its end a while ago, and its exit code."""
        return run_id in self._ended, self._ended.get(run_id)

    def answer(self, run: Run, text: str) -> bool:
        """Give a run a line of input; False when it takes no more."""
        self._on_activity()
        return run.answer(text)

    def fetched(self, run: Run) -> None:
        """Its client has its last reply."""
        self.heard(run)
        if self._runs.pop(run.id, None) is None:
            return
        self._ended[run.id] = run.exit_code
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def heard(self, run: Run) -> None:
        """Its client is here: it polls."""
        silence = self._silences.pop(run.id, None)
        if silence is not None:
            silence.cancel()
        self._on_activity()

    def expect(self, run: Run) -> None:
        """Its client has its reply; unless it is heard of again in time, the run is abandoned."""
        self.heard(run)
        seconds = self.limits.prompt_silence if run.is_waiting else self.limits.poll_silence
        self._silences[run.id] = asyncio.get_running_loop().call_later(seconds, self.abandon, run)

    async def interrupt(self) -> None:
        """Interrupt the active run; asked again when it did not end within the grace time, end it by force."""
        run = self.active
        if run is None:
            return
        self._on_activity()
        now = time.monotonic()
        if run.interrupted_at is not None and now - run.interrupted_at >= self.limits.interrupt_grace:
            await self._executor.force(run)
            return
        run.interrupted_at = run.interrupted_at or now
        await self._executor.interrupt(run)

    def abandon(self, run: Run) -> None:
        """Its client is gone: see that it does not stand in the way of the next."""
        if run.is_abandoned:
            return
        run.abandon()
        if run is self.active:
            farewell = asyncio.create_task(self._see_off(run))
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)
        elif run in self._waiting:
            self._waiting.remove(run)
            run.finish(130)
        self.fetched(run)

    async def close(self, sentence: str) -> None:
        """End every run with a last record that says why."""
        self._closed = sentence
        tasks = [task for task in (self._worker, *self._farewells) if task is not None]
        for task in tasks:
            task.cancel()
        for run in list(self._runs.values()):
            if not run.is_over:
                run.writer.notice(sentence)
                run.finish(130)
        await asyncio.gather(*tasks, return_exceptions=True)
        for silence in self._silences.values():
            silence.cancel()
        self._silences.clear()

    # -- behind

    async def _work(self) -> None:
        while True:
            while self._waiting:
                await self._one(self._waiting.popleft())
            self._arrived.clear()
            await self._arrived.wait()

    async def _one(self, run: Run) -> None:
        self.active = run
        code = -1
        try:
            code = await self._executor.execute(run)
        except Exception:  # noqa: BLE001
            # A bug in one run must not stop the runs after it.
            _log.exception("run %s failed", run.id)
            run.writer.notice("The server failed on this run; its log has the details.")
        finally:
            self.active = None
            if not self._closed:
                run.finish(code)
            self._on_activity()

    async def _see_off(self, run: Run) -> None:
        await self._executor.interrupt(run)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.limits.interrupt_grace):
                await run.ended.wait()
            return
        await self._executor.force(run)
