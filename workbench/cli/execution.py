"""One headless run from finding its session to the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from workbench.cli.endpoint import find_endpoint
from workbench.cli.headless import Failure, broken_pipe, connected, say
from workbench.cli.output import Printer
from workbench.cli.questions import Questions
from workbench.config.settings import LocalSettings
from workbench.domain.run import RunRequest, RunState
from workbench.domain.session import NewSession, Session
from workbench.engine.desk import Desk
from workbench.engine.run import Run
from workbench.engine.sink import ThreadSink
from workbench.engine.workbench import Workbench
from workbench.wire.errors import ApiError, WireError

DEFAULT_IMAGE = "python"
_LEAVE = {signal.SIGTERM: 143, signal.SIGHUP: 129}
_TIDY_SECONDS = 5.0
_IMAGES_NAMED = 8
"""How many images a failure names."""


class Execution:
    """Runs a request in a session and gives the exit code."""

    def __init__(
        self,
        request: RunRequest,
        *,
        session: str | None,
        image: str | None,
        keep: bool,
        media_dir: Path | None,
        colour: str,
        uploads: Mapping[str, bytes],
        stdin_is_code: bool,
        limits: LocalSettings,
    ) -> None:
        self._request = request
        self._session = session
        self._image = image
        self._keep = keep
        self._printer = Printer(media_dir, colour)
        self._uploads = uploads
        self._stdin_is_code = stdin_is_code
        self._limits = limits
        self._desk: Desk | None = None
        self._signal: int | None = None
        """The exit code that a signal asks for."""
        self._pipe_broke = False

    async def run(self) -> int:
        """Do it all; raises `Failure` and `WireError`."""
        try:
            with self._signals():
                async with connected(partial(find_endpoint, self._limits)) as bench, self._place(bench) as desk:
                    self._desk = desk
                    return await self._go(desk)
        except asyncio.CancelledError:
            if self._signal is None:
                raise
            return self._signal

    # where

    @asynccontextmanager
    async def _place(self, bench: Workbench) -> AsyncIterator[Desk]:
        if self._session is None:
            async with self._temporary(bench) as desk:
                yield desk
            return
        session = bench.registry.find(self._session)
        if session is None and self._image is None:
            raise Failure(f"There is no session named {self._session}; --image IMAGE makes it.")
        if session is None or self._image is not None:
            session = await self._create(bench, self._session)
        yield bench.desk(session.id)

    @asynccontextmanager
    async def _temporary(self, bench: Workbench) -> AsyncIterator[Desk]:
        name = f"run-{secrets.token_hex(4)}"
        try:
            session = await self._create(bench, name)
            yield bench.desk(session.id)
        finally:
            if self._keep:
                say(f"kept the session {name}")
            else:
                await self._destroy(bench, name)

    async def _create(self, bench: Workbench, name: str) -> Session:
        """Raises `WireError`; one about the image says which ones there are."""
        image = self._image or DEFAULT_IMAGE
        try:
            return await bench.create(NewSession(image=image, name=name))
        except ApiError as error:
            if "image" not in str(error).lower():
                raise
            there = sorted({each.reference for each in await bench.images()})
            some = ", ".join(there[:_IMAGES_NAMED]) + (" …" if len(there) > _IMAGES_NAMED else "")
            raise Failure(f"{str(error).rstrip('.')}. There are: {some or 'none'}.") from None

    @staticmethod
    async def _destroy(bench: Workbench, name: str) -> None:
        session = bench.registry.find(name)
        try:
            async with asyncio.timeout(_TIDY_SECONDS):
                await bench.destroy([session.id if session else name], forced=True)
        except (WireError, TimeoutError) as error:
            say(f"the temporary session {name} could not be destroyed: {str(error) or 'the server does not answer'}")

    # what

    async def _go(self, desk: Desk) -> int:
        for name, content in self._uploads.items():
            await desk.files.upload_bytes(name, content)
        run = desk.runs.submit(self._request)
        sink = ThreadSink(self._printer.handle, failed=self._output_failed)
        run.log.attach(sink)
        questions = Questions(desk.runs, run, sink, stdin_is_code=self._stdin_is_code)
        asking = asyncio.ensure_future(questions.answer())
        try:
            await run.wait()
        finally:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
            await sink.aclose(_TIDY_SECONDS)
            self._printer.finish()
        if self._pipe_broke:
            return broken_pipe()
        if questions.unanswered is not None:
            asked = questions.unanswered.text
            raise Failure(f"the code asks for input ({asked or 'no question'}) and there is no terminal to ask on")
        return self._code(run)

    def _code(self, run: Run) -> int:
        if run.note:
            say(run.note)
        if run.state in {RunState.FINISHED, RunState.FAILED}:
            return exit_code(run)
        return 130 if run.state is RunState.INTERRUPTED and self._signal is not None else 1

    def _output_failed(self, error: OSError) -> None:
        self._pipe_broke = isinstance(error, BrokenPipeError)
        if not self._pipe_broke:
            say(f"the output cannot be written: {error.strerror}")
        if self._desk is not None:
            self._desk.runs.interrupt()

    # signals

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None

        def leave(code: int) -> None:
            self._signal = code
            me.cancel()

        def interrupt() -> None:
            again, self._signal = self._signal is not None, 130
            if again or self._desk is None or not self._desk.runs.interrupt():
                me.cancel()

        loop.add_signal_handler(signal.SIGINT, interrupt)
        for number, code in _LEAVE.items():
            loop.add_signal_handler(number, leave, code)
        try:
            yield
        finally:
            for number in (signal.SIGINT, *_LEAVE):
                loop.remove_signal_handler(number)


def exit_code(run: Run) -> int:
    """What a shell gets: the run's own code, 128 and the signal for one that a signal ended, 1 for one unknown."""
    if run.exit_code is None:
        return 0 if run.state is RunState.FINISHED else 1
    return 128 - run.exit_code if run.exit_code < 0 else run.exit_code & 0xFF or int(run.exit_code != 0)
