"""The run queue of one session: first in, first out, one at a time, and nothing stops it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence

from workbench.domain.run import RunRequest, RunState
from workbench.engine.drive import Drive
from workbench.engine.ports import RunHost
from workbench.engine.prompts import PromptInbox
from workbench.engine.run import Run
from workbench.engine.signal import Signal
from workbench.engine.tasks import Tasks, within
from workbench.wire.errors import WireError

_log = logging.getLogger(__name__)

_KEPT = 500
"""Runs kept in memory per session; the oldest that are over go first."""


class RunQueue:
    """All runs of one session, oldest first, and the work of taking them one after another."""

    def __init__(self, session_id: str, host: RunHost, prompts: PromptInbox, *, echo: bool = True) -> None:
        self.session_id = session_id
        self._host = host
        self._prompts = prompts
        self._echo = echo
        """Whether an answer shows in the log where it was asked, as a terminal shows it; a password never does."""
        self._runs: list[Run] = []
        self._tasks = Tasks()
        self._worker: asyncio.Task[None] | None = None
        self._drive: Drive | None = None
        self._lost = False
        self._closing = False
        self.changed: Signal[Run] = Signal()
        """Anything of any run changed; gathering such changes is the listener's work."""
        self.added: Signal[Run] = Signal()
        """A run was submitted, or came back from the record."""

    @property
    def runs(self) -> Sequence[Run]:
        """Every run, oldest first."""
        return self._runs

    @property
    def current(self) -> Run | None:
        """The run that was sent and is not over."""
        return self._drive.run if self._drive and not self._drive.run.state.is_over else None

    @property
    def queued(self) -> Sequence[Run]:
        """The runs that wait for their turn, next one first."""
        return [run for run in self._runs if run.state is RunState.QUEUED]

    @property
    def is_busy(self) -> bool:
        """Whether a run is going on or waits for its turn."""
        return any(not run.state.is_over for run in reversed(self._runs))

    def get(self, run_id: str) -> Run | None:
        """The run of that id."""
        return next((run for run in reversed(self._runs) if run.id == run_id), None)

    def submit(self, request: RunRequest) -> Run:
        """Queue code; it starts when everything before it is over and the session is ready. Never raises."""
        run = Run(request, self._runs[-1].number + 1 if self._runs else 1)
        self._runs.append(run)
        self._trim()
        self._place()
        run.note = self._host.blocker()
        self.added.emit(run)
        if self._worker is None or self._worker.done():
            self._worker = self._tasks.start(self._work(), f"runs of {self.session_id}")
        return run

    def cancel(self, run: Run) -> bool:
        """Take a queued run out of the queue; False when it does not queue any more."""
        if run.state is not RunState.QUEUED:
            return False
        run.end(RunState.INTERRUPTED, note="taken out of the queue before it started")
        self.changed.emit(run)
        self._place()
        return True

    def interrupt(self) -> bool:
        """Interrupt the run that goes on, also one that waits for input; False when there is none."""
        if self.current is None or self._drive is None:
            return False
        self._tasks.start(self._drive.interrupt(), "interrupt")
        return True

    def clear(self) -> None:
        """Forget the runs that are over."""
        self._runs = [run for run in self._runs if not run.state.is_over]

    def restore(self, runs: Iterable[Run]) -> None:
        """Put runs of an earlier life before all others; later ones move on in number."""
        old = list(runs)
        if not old:
            return
        for run in self._runs:
            run.number += old[-1].number
        self._runs[:0] = old
        for run in old:
            self.added.emit(run)

    def session_ended(self) -> None:
        """The session is gone: nothing that queues will ever start; what runs ends when its stream does."""
        for run in self.queued:
            run.end(RunState.REFUSED, note="the session ended before this started")
            self.changed.emit(run)

    async def close(self, timeout: float = 1.0) -> None:
        """Interrupt what runs, read it to its end if that is quick, and let go of everything."""
        self._closing = True
        for run in self.queued:
            run.end(RunState.INTERRUPTED, note="the workbench closed before it started")
            self.changed.emit(run)
        drive = self._drive
        if drive is not None and not drive.run.state.is_over:
            with contextlib.suppress(TimeoutError):
                await within(asyncio.gather(drive.interrupt(), drive.run.wait()), timeout)
            if not drive.run.state.is_over:
                drive.run.end(RunState.LOST, note="the workbench closed while this ran, and interrupted it")
            self.changed.emit(drive.run)
        await self._tasks.close(0.5)

    async def _work(self) -> None:
        while run := next(iter(self.queued), None):
            if not await self._may_start(run):
                continue
            if self._lost:
                await self._free_the_session()
            drive = self._drive = Drive(
                run,
                session_id=self.session_id,
                host=self._host,
                prompts=self._prompts,
                tasks=self._tasks,
                changed=self.changed.emit,
                echo=self._echo,
            )
            self._place(after=run)
            try:
                await drive.go()
            except Exception:  # noqa: BLE001
                _log.exception("A run could not be followed")
            finally:
                self._settle(run)

    async def _free_the_session(self) -> None:
        """The run before was lost and may still hold the session: interrupt it, so that the next one gets its turn."""
        self._lost = False
        with contextlib.suppress(WireError, TimeoutError):
            await within(self._host.interrupt(), 3)

    async def _may_start(self, run: Run) -> bool:
        """Wait until the session is ready; False when the run is not to start any more."""
        try:
            await self._host.ready()
        except WireError as error:
            if run.state is RunState.QUEUED:
                run.end(RunState.REFUSED, note=str(error))
                self.changed.emit(run)
                self._place()
        return run.state is RunState.QUEUED

    def _settle(self, run: Run) -> None:
        """Whatever happened, a run that was driven is over."""
        self._drive = None
        if not run.state.is_over:
            run.end(RunState.LOST, note="the workbench stopped following this run; the server may still be running it")
        self._lost = run.state is RunState.LOST
        self.changed.emit(run)

    def _place(self, after: Run | None = None) -> None:
        """Count the places in the queue anew and tell about those that changed."""
        place = 0
        for run in self.queued:
            if run is after:
                continue
            place += 1
            if run.queue_place != place:
                run.queue_place = place
                self.changed.emit(run)

    def _trim(self) -> None:
        over = len(self._runs) - _KEPT
        for run in [run for run in self._runs if run.state.is_over][: max(0, over)]:
            self._runs.remove(run)
