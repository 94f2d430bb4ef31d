"""A session fed by hand: a test says what its stream says, and sees what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from workbench.domain.console import Output
from workbench.domain.run import Finished, InputRequested, RunRequest
from workbench.engine.ports import RunEvent
from workbench.engine.prompts import PromptInbox
from workbench.engine.run import Run
from workbench.engine.runs import RunQueue
from workbench.wire.errors import WireError


class HandStream:
    """A stream that says what it is told to."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[RunEvent | WireError] = asyncio.Queue()
        self.sent: list[str] = []

    def say(self, *events: RunEvent | WireError) -> None:
        for event in events:
            self._events.put_nowait(event)

    @property
    def is_read(self) -> bool:
        """Whether everything said was taken."""
        return self._events.empty()

    async def __aiter__(self) -> AsyncIterator[RunEvent]:
        while True:
            event = await self._events.get()
            if isinstance(event, WireError):
                raise event
            yield event

    async def send_input(self, text: str) -> None:
        self.sent.append(text)

    async def aclose(self) -> None:
        return


class HandHost:
    """A session that is always ready; `stream` is the one of the run that goes on."""

    def __init__(self, name: str = "work") -> None:
        self.name = name
        self.streams: list[HandStream] = []
        self.interrupts = 0

    def blocker(self) -> str:
        return ""

    async def ready(self) -> None:
        return

    async def open_stream(self, request: RunRequest) -> HandStream:
        self.streams.append(HandStream())
        return self.streams[-1]

    async def interrupt(self) -> None:
        self.interrupts += 1
        self.streams[-1].say(Finished(1))

    async def is_gone(self) -> bool:
        return False


class Desk:
    """A run queue with its inbox and its session, all by hand."""

    def __init__(self, name: str = "work") -> None:
        self.host = HandHost(name)
        self.prompts = PromptInbox()
        self.runs = RunQueue(f"id-of-{name}", self.host, self.prompts)

    def submit(self, code: str = "print(1)", source: str = "work.py", first_line: int = 1) -> Run:
        return self.runs.submit(RunRequest(code=code, source=source, first_line=first_line))

    @property
    def stream(self) -> HandStream:
        """The stream of the run that goes on."""
        return self.host.streams[-1]

    async def started(self, run: Run) -> HandStream:
        """The run's stream, once it is open."""
        while run.started_at is None or len(self.host.streams) < run.number:  # noqa: ASYNC110 - the loop turns
            await asyncio.sleep(0)
        return self.host.streams[run.number - 1]

    async def done(self, code: str, text: str, exit_code: int = 0) -> Run:
        """A run that printed and is over."""
        run = self.submit(code)
        (await self.started(run)).say(Output("stdout", text), Finished(exit_code))
        await run.wait()
        return run

    async def asking(self, code: str, question: str, *, is_password: bool = False) -> Run:
        """A run that waits for input."""
        run = self.submit(code)
        (await self.started(run)).say(Output("stdout", question), InputRequested(is_password=is_password))
        while run.prompt is None:  # noqa: ASYNC110 - the loop turns
            await asyncio.sleep(0)
        return run
