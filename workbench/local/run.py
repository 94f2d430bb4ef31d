"""One run of a session as the server sees it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from workbench.local.console import Console, Mark
from workbench.local.limits import RunLimits
from workbench.local.records import RecordWriter


class Run:
    """Code or commands, what they printed so far, and the input they wait for."""

    def __init__(
        self,
        run_id: str,
        mode: str,
        code: str,
        options: Mapping[str, Any],
        *,
        limits: RunLimits,
        on_text: Callable[[str], None],
    ) -> None:
        """`mode` is `query` or `batch`; `on_text` hears all text."""
        self.id = run_id
        self.mode = mode
        self.code = code
        self.options = options
        self.limits = limits
        self.console = Console(self._sized)
        self.writer = RecordWriter(self.console, on_text)
        self.exit_code: int | None = None
        self.is_waiting = False
        self.is_abandoned = False
        self.interrupted_at: float | None = None
        self.ended = asyncio.Event()
        self.hold: Callable[[bool], None] | None = None
        """Told True when the one who prints must pause, and False when it may go on."""
        self._held = False
        self._inputs: deque[str] = deque()
        self._input_size = 0
        self._take_input: Callable[[str], None] | None = None
        self._sent_at = 0.0

    @property
    def is_over(self) -> bool:
        """Whether it ended; what it printed may still wait to be fetched."""
        return self.ended.is_set()

    # -- for the one who executes it

    def ask(self, take: Callable[[str], None], *, is_password: bool, prompt: str) -> None:
        """Wait for a line of input; `take` gets it, at once when one was sent before it was asked for."""
        self.writer.text("stdout", prompt)
        self.is_waiting = True
        self.console.put_mark(Mark("waiting-input", options={"is_password": is_password}))
        self._take_input = take
        if self._inputs:
            text = self._inputs.popleft()
            self._input_size -= len(text)
            self.answer(text)

    def stop_asking(self) -> None:
        """The code does not wait any more; input that nobody asked for is gone, as after Ctrl-C."""
        self.is_waiting = False
        self._take_input = None
        self._inputs.clear()
        self._input_size = 0
        self.console.drop_marks("waiting-input")
        self.console.wake()

    def end_phase(self, status: str, exit_code: int) -> None:
        """`clean-finished` or `build-finished`."""
        self.console.put_mark(Mark(status, exit_code))

    def finish(self, exit_code: int) -> None:
        """The run is over."""
        if self.is_over:
            return
        self.exit_code = exit_code
        self.stop_asking()
        self.console.put_mark(Mark("finished", exit_code))
        self.ended.set()

    # -- for the one who asked for it

    def answer(self, text: str) -> bool:
        """Give a line of input; kept for later when the code does not wait. False when too much is kept already."""
        take, self._take_input = self._take_input, None
        if take is not None:
            self.is_waiting = False
            take(text)
            self.console.wake()
            return True
        if self.is_over or self._input_size + len(text) > self.limits.input_bytes or len(self._inputs) >= 1000:
            return False
        self._inputs.append(text)
        self._input_size += len(text)
        return True

    def abandon(self) -> None:
        """Nobody will fetch what it prints."""
        self.is_abandoned = True
        self.console.discard()

    async def until_answered(self) -> None:
        """Wait until the run waits for input no more; a stream is silent until then (protocol.md §5.5)."""
        while self.is_waiting and not self.console.has_mark:
            await self.console.wait(3600)

    async def collect(self, window: float, limit: int, latency: float | None = None) -> None:
        """Wait until a reply is due: a change of status, a full reply, the end of the window, or output.

        Output alone ends the wait only with a `latency`: so many seconds after the last reply.
        """
        end = time.monotonic() + window
        while not (self.console.has_mark or self.console.size >= limit or self.is_abandoned):
            due, wanted = end, limit
            if latency is not None and self.console.is_empty:
                wanted = 1
            elif latency is not None:
                due = min(end, self._sent_at + latency)
            left = due - time.monotonic()
            if left <= 0:
                return
            await self.console.wait(left, wanted)

    def reply(self, limit: int) -> dict[str, Any]:
        """What is there, as the wire has it; source: protocol.md §4.3."""
        records, mark = self.console.take(limit)
        self._sent_at = time.monotonic()
        mark = mark or Mark("continued")
        return {
            "status": mark.status,
            "console": records,
            "exitCode": mark.exit_code,
            "options": mark.options,
            "files": [],
        }

    def _sized(self, size: int) -> None:
        if self.hold is None:
            return
        if not self._held and size > self.limits.held_bytes:
            self._held = True
            self.hold(True)  # noqa: FBT003
        elif self._held and size < self.limits.held_bytes // 2:
            self._held = False
            self.hold(False)  # noqa: FBT003
