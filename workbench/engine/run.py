"""One run: what was asked, how it goes, what it printed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

from workbench.domain.prompt import Prompt
from workbench.domain.run import Mode, Phase, PhaseEnded, RunRequest, RunState
from workbench.engine.log import RunLog

_NEXT_PHASE = {Phase.CLEAN: Phase.BUILD, Phase.BUILD: Phase.EXEC, Phase.EXEC: Phase.EXEC}


class Run:
    """A run of one session. Widgets read it; only its queue changes it."""

    def __init__(self, request: RunRequest, number: int, *, run_id: str = "", log: RunLog | None = None) -> None:
        self.id = run_id or uuid4().hex
        self.number = number
        """Counted per session, from 1; a record from before a restart counts too."""
        self.request = request
        self.state = RunState.QUEUED
        self.queue_place = 0
        """1 for the next one to start; 0 when it does not queue."""
        self.submitted_at = time.time()
        """Wall clock, seconds since the epoch; so are `started_at` and `ended_at`."""
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.exit_code: int | None = None
        self.phase = Phase.CLEAN if request.mode is Mode.BATCH else Phase.EXEC
        """The step a batch run is in."""
        self.phases: list[PhaseEnded] = []
        """The steps that are over."""
        self.note = ""
        """A plain sentence about how it stands or ended (lost, refused); "" when there is nothing to say."""
        self.prompt: Prompt | None = None
        """The question it waits with."""
        self.log = log or RunLog()
        self.restored = False
        """It comes from the record of an earlier life of the app and cannot change any more."""
        self.interrupting = False
        """An interrupt was sent and it has not ended yet."""
        self._start_clock: float | None = None
        self._elapsed: float | None = None
        self._over = asyncio.Event()
        self._answer: Callable[[str], bool] | None = None

    def __repr__(self) -> str:
        return f"<Run {self.number} {self.state}>"

    @property
    def elapsed(self) -> float:
        """Seconds since it started, or that it took; 0.0 while it queues."""
        if self._elapsed is not None:
            return self._elapsed
        return 0.0 if self._start_clock is None else time.monotonic() - self._start_clock

    def answer(self, text: str) -> bool:
        """Send a line to the code that waits; False when it does not wait. The text is kept nowhere."""
        return self._answer is not None and self._answer(text)

    async def wait(self) -> RunState:
        """Return when it is over."""
        await self._over.wait()
        return self.state

    # what its queue does to it

    def start(self) -> None:
        """It was sent."""
        self.state = RunState.RUNNING
        self.queue_place = 0
        self.note = ""
        self.started_at = time.time()
        self._start_clock = time.monotonic()

    def end_phase(self, ended: PhaseEnded) -> None:
        """A step of a batch is over."""
        self.phases.append(ended)
        self.phase = _NEXT_PHASE[ended.phase]

    def ask(self, prompt: Prompt, answer: Callable[[str], bool]) -> None:
        """The code waits for a line."""
        self.state = RunState.WAITING
        self.prompt = prompt
        self._answer = answer

    def resume(self) -> None:
        """It does not wait any more."""
        self.prompt = None
        self._answer = None
        if self.state is RunState.WAITING:
            self.state = RunState.RUNNING

    def end(self, state: RunState, *, exit_code: int | None = None, note: str = "") -> None:
        """It is over."""
        self._elapsed = self.elapsed
        self.resume()
        self.state = state
        self.queue_place = 0
        self.interrupting = False
        self.exit_code = exit_code
        self.note = note
        self.ended_at = time.time()
        self.log.finish()
        self._over.set()

    def restore(self, *, state: RunState, elapsed: float, exit_code: int | None, note: str) -> None:
        """Make it the read-only record of a run that was over before."""
        self.restored = True
        self.state = state
        self.exit_code = exit_code
        self.note = note
        self._elapsed = elapsed
        self.log.finish()
        self._over.set()
