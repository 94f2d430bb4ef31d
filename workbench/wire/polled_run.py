"""A run over HTTP under an ID of our own: it outlives every connection, this program and the manager.

A run over a WebSocket is bound to it: when it breaks, nobody can read the run to its end, and the session runs nothing
else ever again (protocol.md §4.7, seen on 26.9.6). Here a broken connection is followed by the next call.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from workbench.domain.console import Log, Output, console_items
from workbench.domain.run import BatchCommands, Finished, InputRequested, Mode, Phase, PhaseEnded, RunRequest
from workbench.wire.errors import ApiError, ConnectionFailed, ServerError, StreamError, WireError
from workbench.wire.frames import PHASES, TIMED_OUT, batch_options
from workbench.wire.record import RunRecord
from workbench.wire.run_stream import RunEvent

Execute = Callable[[str, str, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""`ComputeSession.execute`: run ID, code, mode, options."""

BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each further try after a break."""
_SETTLE = 0.3
"""Seconds in which what a freed run still says goes nowhere."""
_AWAY = frozenset({502, 503, 504})
"""What a proxy says while the manager is away."""
_NOTHING = "pass"
_FREE_SECONDS = 10.0


class PolledRun:
    """The events of one run, in order; it ends after `Finished`, or raises a `WireError`."""

    def __init__(
        self,
        execute: Execute,
        request: RunRequest,
        run_id: str,
        *,
        record: RunRecord | None = None,
        backoff: tuple[float, ...] = BACKOFF,
    ) -> None:
        """`record`: where output is found again that a broken connection took with it."""
        self._execute = execute
        self._request = request
        self._record = record
        self._backoff = backoff
        self.run_id = run_id
        self._events: deque[RunEvent] = deque()
        self._error: WireError | None = None
        self._first: asyncio.Task[dict[str, Any]] | None = None
        self._answer: asyncio.Future[str] | None = None
        self._is_over = False
        self._is_waiting = False
        self._was_cut = False
        self._calls = 0
        """Replies that came."""
        self._taken: dict[str, int] = {}
        """Characters of each stream, and records of everything else, that came before the cut."""
        self._skip: dict[str, int] = {}
        """Of those, what the session's own record is still to repeat."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Send the code; what the server says to that is the first event or error."""
        if self._first is None:
            options = batch_options(self._request.batch or BatchCommands()) if self._is_batch else {}
            mode = str(self._request.mode)
            code = "" if self._is_batch else self._request.code
            self._first = asyncio.ensure_future(self._execute(self.run_id, code, mode, options))

    @property
    def _is_batch(self) -> bool:
        return self._request.mode is Mode.BATCH

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RunEvent:
        while not self._events:
            if self._error is not None:
                raise self._error
            if self._is_over:
                raise StopAsyncIteration
            try:
                await self._step()
            except WireError as error:
                self._error, self._is_over = error, True
        return self._events.popleft()

    async def _step(self) -> None:
        await self.open()
        assert self._first is not None
        try:
            if self._is_waiting:
                self._answer = self._answer or asyncio.get_running_loop().create_future()
                text = await asyncio.shield(self._answer)
                self._answer, self._is_waiting = None, False
                reply = await self._execute(self.run_id, text, "input", {})
            elif self._calls or self._was_cut:
                reply = await self._execute(self.run_id, "", "continue", {})
            else:
                reply = await self._first
            self._calls += 1
            await self._take(reply)
        except ConnectionFailed as error:
            if not (error.broke or self._calls):
                raise  # it never reached the server
            await self._follow_again(error)
        except ServerError as error:
            if error.status not in _AWAY or not self._calls:
                raise
            await self._follow_again(error)

    # what came

    async def _take(self, reply: Mapping[str, Any]) -> None:
        status, exit_code = reply["status"], reply.get("exitCode")
        if self._was_cut and self._record is not None:
            await self._catch_up()
            if self._is_over or (status == "waiting-input" and self._is_waiting):
                return
        else:
            self._put(reply["console"])
        match status:
            case "waiting-input":
                if not (self._was_cut and self._record is not None):
                    self._ask(is_password=bool((reply.get("options") or {}).get("is_password")))
            case "clean-finished" | "build-finished":
                self._events.append(PhaseEnded(PHASES[status], exit_code or 0))
            case "finished":
                self._finish(exit_code)
            case "exec-timeout":
                raise StreamError(TIMED_OUT, is_over=True)

    def _put(self, records: list[Any]) -> None:
        for item in console_items(records):
            if isinstance(item, Output):
                self._taken[item.stream] = self._taken.get(item.stream, 0) + len(item.text)
            else:
                self._taken["other"] = self._taken.get("other", 0) + 1
            self._events.append(item)

    def _ask(self, *, is_password: bool) -> None:
        self._is_waiting = True
        self._events.append(InputRequested(is_password))

    def _finish(self, exit_code: int | None) -> None:
        if self._is_batch:
            self._events.append(PhaseEnded(Phase.EXEC, exit_code or 0))
        self._events.append(Finished(exit_code))
        self._is_over = True

    # after a break

    async def _follow_again(self, error: WireError) -> None:
        """Wait until the server can be reached, then go on; the events say what cannot be known."""
        if not self._was_cut:
            self._was_cut = True
            self._skip = dict(self._taken)
        self._events.append(Log("connection", f"{error} Following the run again as soon as there is a connection."))
        began, failures = time.monotonic(), 0
        while True:
            await asyncio.sleep(self._backoff[min(failures, len(self._backoff) - 1)])
            failures += 1
            try:
                if self._record is not None:
                    await self._catch_up(is_first=True)
                else:
                    await self._take_blindly(began)
            except ConnectionFailed:
                continue
            except ServerError as again:
                if again.status in _AWAY:
                    continue
                raise
            return

    async def _take_blindly(self, began: float) -> None:
        reply = await self._execute(self.run_id, "", "continue", {})
        away = time.monotonic() - began
        gap = f"The connection was away for {away:.0f} s; output of that time may be missing."
        self._events.append(Log("connection", gap))
        await self._take(reply)

    async def _catch_up(self, *, is_first: bool = False) -> None:
        """Take what the session's own record has; it also tells of an end or a question that the break swallowed."""
        assert self._record is not None
        items = await self._record.read()
        if items is None and not self._calls:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FREE_SECONDS):
                    await self._free()
            raise StreamError("The connection broke as the code was sent; whether it ran is not known.")
        if items is None:
            self._record = None
            self._events.append(Log("connection", "The session kept no record; output since the break may be missing."))
            return
        if is_first:
            self._events.append(Log("connection", "Connected again; nothing is missing."))
        question: bool | None = None
        for item in items:
            question = item[1] if item[0] == "input" else None
            if question is None and (rest := self._not_seen(item)) is not None:
                self._events.extend(console_items([rest]))
        if self._record.exit_code is not None:
            await self._free()
            self._finish(self._record.exit_code)
        elif question is not None:
            self._ask(is_password=question)

    def _not_seen(self, item: list[Any]) -> list[Any] | None:
        """The part of a record that did not come before the break."""
        kind = item[0] if item[0] in {"stdout", "stderr"} else "other"
        seen = self._skip.get(kind, 0)
        size = len(item[1]) if kind != "other" else 1
        self._skip[kind] = max(0, seen - size)
        if seen >= size:
            return None
        return item if kind == "other" else [item[0], item[1][seen:]]

    async def _free(self) -> None:
        """The run is over; whether the server knows that it was told is open.

        A run that does nothing under the same ID ends it either way, and the session takes the next one.
        """
        with contextlib.suppress(ApiError):
            reply = await self._execute(self.run_id, _NOTHING, "query", {})
            while reply["status"] == "continued":
                reply = await self._execute(self.run_id, "", "continue", {})
        await asyncio.sleep(_SETTLE)

    # what a person does

    @property
    def is_waiting(self) -> bool:
        """Whether the code waits for a line of input."""
        return self._is_waiting

    async def send_input(self, text: str) -> None:
        """Answer the question the code waits with; raises `StreamError` when nothing waits."""
        if not self._is_waiting or self._is_over:
            raise StreamError("The run does not wait for input.", is_over=self._is_over)
        self._answer = self._answer or asyncio.get_running_loop().create_future()
        if self._answer.done():
            raise StreamError("The run does not wait for input.")
        self._answer.set_result(text.removesuffix("\n").removesuffix("\r"))

    async def aclose(self) -> None:
        """Leave; the run goes on, and can be read to its end under its ID."""
        self._is_over = True
        if self._first is not None and not self._first.done():
            self._first.cancel()
            with contextlib.suppress(asyncio.CancelledError, WireError):
                await self._first
        elif self._first is not None and not self._first.cancelled():
            self._first.exception()
