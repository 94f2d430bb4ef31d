"""A session that does what a test tells it to, where a real server cannot make the situation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from workbench.domain.run import RunRequest
from workbench.engine.ports import RunEvent
from workbench.engine.run import Run
from workbench.engine.runs import RunQueue
from workbench.wire.errors import WireError

Script = list[RunEvent | WireError | None]
"""Events in order; None waits until the test (or an answer, or an interrupt) says `go`."""


class FakeStream:
    """A stream that says what its script says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.sent: list[str] = []
        self.is_closed = False
        self.go = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[RunEvent]:
        for step in self.script:
            if isinstance(step, WireError):
                raise step
            if step is None:
                await self.go.wait()
                self.go.clear()
            else:
                yield step

    async def send_input(self, text: str) -> None:
        self.sent.append(text)
        self.go.set()

    async def aclose(self) -> None:
        self.is_closed = True


class FakeHost:
    """A session whose streams are the scripts given, one after another."""

    def __init__(self, *scripts: Script | WireError) -> None:
        self.scripts = list(scripts)
        self.streams: list[FakeStream] = []
        self.interrupts = 0
        self.frees_on_interrupt = True
        self.interrupt_error: WireError | None = None
        self.gone = False
        self.is_ready = asyncio.Event()
        self.is_ready.set()
        self.not_ready: WireError | None = None
        self.name = "work"

    def blocker(self) -> str:
        return "" if self.is_ready.is_set() else "work is pending; this starts when it is running"

    async def ready(self) -> None:
        await self.is_ready.wait()
        if self.not_ready:
            raise self.not_ready

    async def open_stream(self, request: RunRequest) -> FakeStream:
        script = self.scripts.pop(0)
        if isinstance(script, WireError):
            raise script
        self.streams.append(FakeStream(script))
        return self.streams[-1]

    async def interrupt(self) -> None:
        self.interrupts += 1
        if self.interrupt_error:
            raise self.interrupt_error
        if self.streams and self.frees_on_interrupt:
            self.streams[-1].go.set()

    async def is_gone(self) -> bool:
        return self.gone


async def until(queue: RunQueue, run: Run, condition: Callable[[Run], object]) -> None:
    """Return when the condition holds for the run; it is tried at every change."""
    woken = asyncio.Event()
    disconnect = queue.changed.connect(lambda _: woken.set())
    while not condition(run):
        woken.clear()
        await woken.wait()
    disconnect()
