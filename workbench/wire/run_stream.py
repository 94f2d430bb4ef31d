"""A run as typed events: what the engine follows."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Any, Self

from aiohttp import WSMsgType

from workbench.domain.console import ConsoleItem, Output, console_items
from workbench.domain.run import BatchCommands, Finished, InputRequested, Mode, Phase, PhaseEnded, RunRequest
from workbench.wire.errors import ProtocolError, StreamError, WireError, streamed_error
from workbench.wire.frames import PHASES, RESTARTING, TIMED_OUT, Frame, batch_options, first_frame, read_frame
from workbench.wire.stream import RunSocket, ended_early
from workbench.wire.transport import Transport

RunEvent = ConsoleItem | InputRequested | PhaseEnded | Finished

_LONGEST_QUESTION = 4096
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f\x7f]"
)


class RunStream:
    """The events of one run, in order; it ends after `Finished`, or raises a `WireError`.

    It connects at the first step or by `async with`. A batch run's `Finished` follows the `PhaseEnded` of `EXEC`.
    """

    def __init__(self, transport: Transport, path: str, request: RunRequest) -> None:
        self._is_batch = request.mode is Mode.BATCH
        options = batch_options(request.batch or BatchCommands()) if self._is_batch else {}
        first = first_frame(request.mode, request.code, options)
        self._socket = RunSocket(transport, path, first, decode_text=False)
        self._events: deque[RunEvent] = deque()
        self._error: WireError | None = None
        self._is_over = False
        self._is_waiting = False
        self._frames = 0
        self._line = ""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Connect and send the code; raises `WireError`, an `ApiError` where the server refuses it."""
        await self._socket.open()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RunEvent:
        events = self._events
        while not events:
            if self._is_over:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            await self._receive()
        return events.popleft()

    async def _receive(self) -> None:
        ws = await self._socket.open()
        message = await ws.receive()
        if self._is_over:
            return  # closed meanwhile
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            self._frames += 1
            try:
                self._take(read_frame(message.data))
            except ProtocolError as error:
                self._fail(error)
        else:
            self._fail(ended_early(message, frames=self._frames))

    def _take(self, frame: Frame) -> None:
        if frame.console:
            items = console_items(frame.console)
            self._events.extend(items)
            self._note_line(items)
        match frame.status:
            case "continued":
                pass
            case "waiting-input":
                self._is_waiting = True
                self._events.append(InputRequested(frame.is_password))
            case "clean-finished" | "build-finished":
                self._events.append(PhaseEnded(PHASES[frame.status], frame.exit_code or 0))
            case "finished":
                self._finish(frame.exit_code)
            case "exec-timeout":
                self._fail(StreamError(TIMED_OUT, is_over=True))
            case "server-restarting":
                self._fail(StreamError(RESTARTING))
            case "error":
                self._fail(streamed_error(frame.msg or ""))

    def _note_line(self, items: list[Any]) -> None:
        for item in items:
            if isinstance(item, Output) and item.stream == "stdout":
                _, newline, rest = item.text.rpartition("\n")
                self._line = (rest if newline else self._line + rest)[-_LONGEST_QUESTION:]

    def _finish(self, exit_code: int | None) -> None:
        if self._is_batch:
            self._events.append(PhaseEnded(Phase.EXEC, exit_code or 0))
        self._events.append(Finished(exit_code))
        self._is_over = True

    def _fail(self, error: WireError) -> None:
        self._error = error
        self._is_over = True

    @property
    def question(self) -> str:
        """What the code printed last on its line, as plain text: the question of an `InputRequested`."""
        return _ESCAPES.sub("", self._line.rstrip("\r").rpartition("\r")[2])

    @property
    def is_waiting(self) -> bool:
        """Whether the code waits for a line of input."""
        return self._is_waiting

    async def send_input(self, text: str) -> None:
        """Answer the question the code waits with, with or without the newline.

        Raises `StreamError` when nothing waits: the server would keep the line and give it to the next question.
        """
        if not self._is_waiting or self._is_over:
            raise StreamError("The run does not wait for input.", is_over=self._is_over)
        self._is_waiting = False
        self._line = ""
        await self._socket.send_str(text.removesuffix("\n").removesuffix("\r"))

    async def drain(self, seconds: float) -> bool:
        """Read to the end without looking, answering questions with nothing; False when `seconds` were too few.

        After an interrupt this frees a session whose server keeps the next run waiting for an abandoned one.
        """
        try:
            async with asyncio.timeout(seconds):
                async for _ in self:
                    if self._is_waiting:
                        await self.send_input("")
        except WireError:
            return self._is_over
        except TimeoutError:
            return False
        return True

    async def aclose(self) -> None:
        """Leave at once; the server may go on running the code."""
        self._is_over = True
        await self._socket.aclose()
