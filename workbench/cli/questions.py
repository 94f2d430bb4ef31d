"""Answers for code that asks: from the terminal, or line by line from a pipe."""

from __future__ import annotations

import asyncio
import sys

from workbench.cli.tty import LineReader, open_terminal
from workbench.domain.prompt import Prompt
from workbench.engine.run import Run
from workbench.engine.runs import RunQueue
from workbench.engine.sink import ThreadSink


class Questions:
    """Asks a person whatever one run asks, one question at a time."""

    def __init__(self, queue: RunQueue, run: Run, sink: ThreadSink, *, stdin_is_code: bool) -> None:
        self._queue = queue
        self._run = run
        self._sink = sink
        self._piped = None if stdin_is_code or sys.stdin.isatty() else LineReader(0, is_terminal=False)
        self._terminal: LineReader | None = None
        self.unanswered: Prompt | None = None
        """The question that nobody could be asked."""

    async def answer(self) -> None:
        """Answer questions until cancelled."""
        changed = asyncio.Event()
        disconnect = self._queue.changed.connect(lambda _: changed.set())
        try:
            while True:
                if (prompt := self._run.prompt) is not None:
                    await self._while_it_waits(prompt, changed)
                await changed.wait()
                changed.clear()
        finally:
            disconnect()
            if self._terminal is not None:
                self._terminal.close()

    async def _while_it_waits(self, prompt: Prompt, changed: asyncio.Event) -> None:
        """Ask, but stop asking when the run is interrupted or over meanwhile."""
        asking = asyncio.ensure_future(self._ask(prompt))
        try:
            while self._run.prompt is prompt and not asking.done():
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait([asking, waiting], return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                changed.clear()
        finally:
            if not asking.done():
                asking.cancel()
            await asyncio.wait([asking])

    async def _ask(self, prompt: Prompt) -> None:
        await self._sink.flush()  # the question itself comes first
        line = await self._piped.ask(hidden=False) if self._piped else None
        if line is None:
            self._piped = None
            line = await self._ask_person(prompt)
        if line is None:
            self.unanswered = prompt
            self._queue.interrupt()
        else:
            self._run.answer(line)

    async def _ask_person(self, prompt: Prompt) -> str | None:
        self._terminal = self._terminal or open_terminal()
        if self._terminal is None:
            return None
        if not sys.stdout.isatty():
            self._terminal.write(f"{prompt.text} ")
        return await self._terminal.ask(hidden=prompt.is_password)
