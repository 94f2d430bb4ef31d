"""A batch run as one run for each step: it ends with every exit code and all the output on agents that lose both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Self
from uuid import uuid4

from workbench.domain.console import Output
from workbench.domain.run import BatchCommands, Finished, Mode, Phase, PhaseEnded, RunRequest
from workbench.wire.errors import StreamError
from workbench.wire.inside import step
from workbench.wire.polled_run import PolledRun
from workbench.wire.run_stream import RunEvent

NOT_RUN = 127
"""The exit code of the last step when the build failed (protocol.md §4.4)."""

_CODE = """\
if True:
    (lambda space: (exec(compile({source!r}, "<workbench>", "exec"), space),
                    print({mark!r} + str(space["run"]({command!r}, {step!r})), end="")))({{}})
"""


@cache
def _source() -> str:
    return Path(step.__file__ or "").read_text(encoding="utf-8")


class PhasedRun:
    """The events of a batch run, in order, from a query run for each of its steps."""

    def __init__(self, start: Callable[[RunRequest], PolledRun], request: RunRequest) -> None:
        """`start` makes the run of one step, which is a query."""
        commands = request.batch or BatchCommands()
        self._start = start
        self._steps = deque(
            [
                (Phase.CLEAN, commands.clean),
                (Phase.BUILD, commands.build),
                (Phase.EXEC, commands.exec),
            ]
        )
        self._run: PolledRun | None = None
        self._mark = ""
        self._held = ""
        self._events: deque[RunEvent] = deque()
        self._is_over = False

    async def open(self) -> None:
        """Send the first step."""
        await self._next_step()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RunEvent:
        while not self._events:
            if self._is_over:
                raise StopAsyncIteration
            if self._run is None:
                await self._next_step()
                continue
            self._take(await anext(self._run))
        return self._events.popleft()

    async def _next_step(self) -> None:
        while self._steps and self._run is None:
            phase, command = self._steps[0]
            if not command:
                self._ended(0)
                continue
            self._mark, self._held = f"\x00{uuid4().hex}:", ""
            code = _CODE.format(source=_source(), mark=self._mark, command=command, step=str(phase))
            self._run = self._start(RunRequest(code=code, mode=Mode.QUERY))
            await self._run.open()

    def _ended(self, exit_code: int) -> None:
        phase, _ = self._steps.popleft()
        self._run = None
        self._events.append(PhaseEnded(phase, exit_code))
        if phase is Phase.BUILD and exit_code:
            self._steps.clear()
            self._events.append(PhaseEnded(Phase.EXEC, NOT_RUN))
            exit_code = NOT_RUN
        if not self._steps:
            self._events.append(Finished(exit_code))
            self._is_over = True

    def _take(self, event: RunEvent) -> None:
        match event:
            case Output("stdout", text):
                self._held += text
                shown, mark, rest = self._held.partition(self._mark)
                keep = 0 if mark else _overlap(shown, self._mark)
                self._held = mark + rest if mark else shown[len(shown) - keep :]
                if shown := shown[: len(shown) - keep]:
                    self._events.append(Output("stdout", shown))
            case Finished(exit_code):
                _, mark, told = self._held.rpartition(self._mark)
                if not mark and self._held:
                    self._events.append(Output("stdout", self._held))
                self._ended(int(told) if mark else exit_code or 1)
            case _:
                self._events.append(event)

    async def send_input(self, text: str) -> None:
        """Answer the question the command waits with; raises `StreamError` when nothing waits."""
        if self._run is None:
            raise StreamError("The run does not wait for input.", is_over=self._is_over)
        await self._run.send_input(text)

    async def aclose(self) -> None:
        """Leave; the step that runs goes on."""
        self._is_over = True
        if self._run is not None:
            await self._run.aclose()


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of the text may be the beginning of the mark."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0)
