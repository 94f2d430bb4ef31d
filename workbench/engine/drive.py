"""The way of one run over one stream, from sending it to its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from workbench.domain.console import Log, Media, Output
from workbench.domain.prompt import Prompt
from workbench.domain.run import Finished, InputRequested, PhaseEnded, RunState
from workbench.engine.ports import RunEvent, RunHost, RunStream
from workbench.engine.prompts import PromptInbox
from workbench.engine.run import Run
from workbench.engine.tasks import Tasks, within
from workbench.wire.errors import ApiError, ConnectionFailed, StreamError, WireError

_SLICE = 0.008
"""Seconds of records handled before other work gets its turn."""
_KILLED = frozenset({130, 137, 143, -2, -9, -15})
"""Exit codes of code that was ended from outside (protocol.md §11 has 130 for a kernel that is gone)."""
_RELEASE_AFTER = 0.6
"""Seconds an interrupted run that waited may take to end by itself before it is given an empty line."""


class Drive:
    """Takes a run through its life and tells about every change."""

    def __init__(
        self,
        run: Run,
        *,
        session_id: str,
        host: RunHost,
        prompts: PromptInbox,
        tasks: Tasks,
        changed: Callable[[Run], None],
        echo: bool,
    ) -> None:
        self.run = run
        self._session_id = session_id
        self._host = host
        self._prompts = prompts
        self._tasks = tasks
        self._changed = changed
        self._echo = echo
        self._stream: RunStream | None = None
        self._events = 0
        self._asked_at_event: int | None = None

    async def go(self) -> None:
        """Send the code and follow it until the run is over; raises nothing but cancellation."""
        try:
            self.run.start()
            self._changed(self.run)
            self._stream = await self._host.open_stream(self.run.request)
            await self._follow(self._stream)
            if not self.run.state.is_over:
                await self._lost()
        except WireError as error:
            await self._failed(error)
        finally:
            self._prompts.remove(self.run.id)
            await self._leave()

    async def _follow(self, stream: RunStream) -> None:
        turn = time.monotonic()
        async for event in stream:
            self._events += 1
            if not await self._ended_with_its_session(event):
                self._take(event)
            self._changed(self.run)
            if self.run.state.is_over:
                return
            if self.run.log.has_sinks:
                await self.run.log.drain()
            if time.monotonic() - turn > _SLICE:
                await asyncio.sleep(0)
                turn = time.monotonic()

    async def _ended_with_its_session(self, event: RunEvent) -> bool:
        """A session that is destroyed may end its run in good order: say what happened instead of a mere code."""
        killed = isinstance(event, Finished) and event.exit_code in _KILLED and not self.run.interrupting
        return killed and await self._gone()

    def _take(self, event: RunEvent) -> None:
        match event:
            case Output() | Media() | Log():
                self.run.log.append(event)
            case InputRequested():
                self._ask(is_password=event.is_password)
            case PhaseEnded():
                self.run.end_phase(event)
            case Finished():
                self._finish(event.exit_code)

    # questions

    def _ask(self, *, is_password: bool) -> None:
        prompt = Prompt(
            session_id=self._session_id,
            session_name=self._host.name,
            run_id=self.run.id,
            text=self.run.log.open_line(),
            is_password=is_password,
            asked_at=time.time(),
        )
        self._asked_at_event = self._events
        self.run.ask(prompt, self._answer)
        self._prompts.add(prompt, self._answer)

    def _answer(self, text: str) -> bool:
        prompt = self.run.prompt
        if prompt is None:
            return False
        self._withdraw()
        if self._echo:
            self.run.log.append(Output("stdout", "\n" if prompt.is_password else f"{text}\n"))
        self._tasks.start(self._send(text), "answer")
        self._changed(self.run)
        return True

    def _withdraw(self) -> None:
        self.run.resume()
        self._prompts.remove(self.run.id)

    async def _send(self, text: str) -> None:
        self._asked_at_event = None
        if self._stream is None or self.run.state.is_over:
            return
        try:
            await self._stream.send_input(text)
        except WireError as error:
            self.run.note = f"The answer did not get through: {error}"
            self._changed(self.run)

    # interrupting

    async def interrupt(self) -> None:
        """Interrupt it, also while it waits for input; what comes of it shows in the run."""
        self.run.interrupting = True
        self._withdraw()
        self._changed(self.run)
        try:
            await self._host.interrupt()
        except WireError as error:
            self.run.interrupting = False
            self.run.note = f"The interrupt did not get through: {error}"
            self._changed(self.run)
            return
        if self._asked_at_event is not None:
            with contextlib.suppress(TimeoutError):
                await within(self.run.wait(), _RELEASE_AFTER)
            if self._asked_at_event == self._events:
                await self._send("")

    # ends

    def _finish(self, exit_code: int | None) -> None:
        run = self.run
        if run.interrupting and (exit_code != 0 or run.log.ends_in_traceback):
            run.end(RunState.INTERRUPTED, exit_code=exit_code, note=f"interrupted at {run.elapsed:.1f} s")
        elif exit_code == 0 or (exit_code is None and not run.log.ends_in_traceback):
            run.end(RunState.FINISHED, exit_code=exit_code)
        else:
            run.end(RunState.FAILED, exit_code=exit_code)

    async def _failed(self, error: WireError) -> None:
        run = self.run
        if run.state.is_over:
            return
        ended = isinstance(error, ApiError) or (isinstance(error, StreamError) and error.is_over)
        if self._stream is None:
            run.end(RunState.REFUSED, note=str(error))
        elif not ended:
            await self._lost("" if isinstance(error, ConnectionFailed) else str(error))
        elif not await self._gone():
            refused = isinstance(error, ApiError) and not self._events
            note = str(error) if refused else f"the server ended it at {run.elapsed:.1f} s: {error}"
            run.end(RunState.REFUSED if refused else RunState.FAILED, note=note)
        self._changed(run)

    async def _lost(self, reason: str = "") -> None:
        run, at = self.run, self.run.elapsed
        if run.state is RunState.WAITING:
            self._withdraw()
        if not await self._gone():
            note = f"lost the stream at {at:.1f} s; the server may still be running this code"
            run.end(RunState.LOST, note=f"{note}. {reason}" if reason else note)
        self._changed(run)

    async def _gone(self) -> bool:
        at = self.run.elapsed
        gone = False
        with contextlib.suppress(WireError, TimeoutError):
            gone = await within(self._host.is_gone(), 5)
        if gone:
            self.run.end(RunState.INTERRUPTED, note=f"the session ended at {at:.1f} s, and this run with it")
        return gone

    async def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(WireError, TimeoutError):
                await within(stream.aclose(), 1)
