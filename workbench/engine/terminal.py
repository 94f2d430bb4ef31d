"""The terminal of a session: attach, type, reattach after a break."""

from __future__ import annotations

import asyncio
import contextlib
import time
from enum import StrEnum

from workbench.engine.ports import Terminal, TerminalHost
from workbench.engine.signal import Signal
from workbench.engine.tasks import Tasks, within
from workbench.wire.errors import WireError

_SILENT_AFTER = 2.8
"""Seconds without a byte after which a terminal counts as silent; half-way the program is asked to draw itself."""
_REDRAW = b"\x0c"
_BACKOFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_TYPED_LIMIT = 4 * 1024 * 1024
"""Bytes typed or pasted that may wait to be sent."""
_SLICE = 0.008


class TerminalState(StrEnum):
    """How a terminal is."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    ATTACHED = "attached"
    SEAM = "seam"
    """The connection broke; it is being attached anew."""
    ENDED = "ended"
    """The program or the session ended; open it again for a new one."""
    SILENT = "silent"
    """Attached, but nothing ever came: this server has no terminal behind the stream."""


_TAKES_KEYS = frozenset({TerminalState.CONNECTING, TerminalState.ATTACHED, TerminalState.SILENT})


class TerminalLink:
    """One session's terminal. It reattaches by itself until it is closed or its program ends."""

    def __init__(self, host: TerminalHost) -> None:
        self._host = host
        self._tasks = Tasks()
        self._terminal: Terminal | None = None
        self._worker: asyncio.Task[None] | None = None
        self._size = (24, 80)
        self._resized = asyncio.Event()
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()
        self._typed_bytes = 0
        self._gate = asyncio.Event()
        self._gate.set()
        self._unheard = b""
        """What was typed before anything came."""
        self._take_another_way = False
        self.state = TerminalState.CLOSED
        self.note = ""
        """Why it is in this state, in a sentence; "" when there is nothing to say."""
        self.since = time.time()
        """When this state began; wall clock, seconds since the epoch."""
        self.output: Signal[bytes] = Signal()
        """What the program printed, raw. A listener that is slow slows the program down, nothing piles up."""
        self.reset: Signal[None] = Signal()
        """Attached anew: clear the emulator, the server sends the present screen."""
        self.changed: Signal[None] = Signal()
        """The state or its note changed."""

    @property
    def is_open(self) -> bool:
        """Whether it is attached or on its way to be."""
        return self._worker is not None and not self._worker.done()

    def open(self, rows: int, cols: int) -> None:
        """Attach with that size; resizes where it is open already."""
        self.resize(rows, cols)
        if not self.is_open:
            self._drop_typed()
            self._become(TerminalState.CONNECTING)
            self._worker = self._tasks.start(self._work(), "terminal")

    def write(self, data: bytes) -> bool:
        """Type, also ahead of the first attachment; False when there is nothing to type into or too much waits."""
        if self.state not in _TAKES_KEYS or self._typed_bytes + len(data) > _TYPED_LIMIT:
            return False
        self._typed_bytes += len(data)
        self._typed.put_nowait(data)
        return True

    def resize(self, rows: int, cols: int) -> None:
        """Tell the program the size of its screen."""
        if (rows, cols) != self._size:
            self._size = (rows, cols)
            self._resized.set()

    async def restart(self) -> None:
        """Ask for a new program in it; raises `WireError`. Nothing happens where it is not attached."""
        if self._terminal is not None:
            await self._terminal.restart()

    def pause(self) -> None:
        """Take no more output for now; the program waits when its buffers are full."""
        self._gate.clear()

    def resume(self) -> None:
        """Take output again."""
        self._gate.set()

    async def close(self) -> None:
        """Detach; the program goes on on the server."""
        await self._tasks.close()
        self._become(TerminalState.CLOSED)

    async def session_ended(self) -> None:
        """The session is gone, and its terminal with it."""
        if self.is_open:
            await self._tasks.close()
            self._become(TerminalState.ENDED, "The session ended.")

    def _become(self, state: TerminalState, note: str = "") -> None:
        if (state, note) == (self.state, self.note):
            return
        self.state, self.note, self.since = state, note, time.time()
        self.changed.emit(None)

    async def _work(self) -> None:
        failures, first = 0, True
        while True:
            reason = ""
            try:
                await self._host.ready()
                terminal = await self._host.attach()
                failures, again, first = 0, not first, False
                if await self._attached(terminal, again=again) and not self._take_another_way:
                    return self._become(TerminalState.ENDED, "The program ended.")
                reason = "The connection broke."
            except WireError as error:
                reason = str(error)
            if self._take_another_way:
                self._take_another_way, first = False, True
                self._type_again()
                continue
            if await self._gone():
                return self._become(TerminalState.ENDED, "The session ended.")
            wait = _BACKOFF[min(failures, len(_BACKOFF) - 1)]
            failures += 1
            state = TerminalState.CONNECTING if first else TerminalState.SEAM
            self._become(state, reason)
            await asyncio.sleep(wait)

    async def _gone(self) -> bool:
        with contextlib.suppress(WireError, TimeoutError):
            return await within(self._host.is_gone(), 5)
        return False

    async def _attached(self, terminal: Terminal, *, again: bool) -> bool:
        """Follow one attachment; True when the program ended, a `WireError` when the connection broke."""
        if again:
            self._drop_typed()
            self.reset.emit(None)
        helpers = Tasks()
        heard = asyncio.Event()
        self._take_another_way = False
        try:
            await terminal.resize(*self._size)
            self._resized.clear()
            self._terminal = terminal
            self._become(TerminalState.ATTACHED, self._host.way)
            helpers.start(self._type(terminal, heard), "terminal input")
            helpers.start(self._fit(terminal), "terminal size")
            helpers.start(self._watch_silence(terminal, heard), "terminal silence")
            await self._read(terminal, heard)
            return True
        finally:
            self._terminal = None
            await helpers.close()
            with contextlib.suppress(WireError, TimeoutError):
                await within(terminal.aclose(), 0.5)

    async def _read(self, terminal: Terminal, heard: asyncio.Event) -> None:
        turn = time.monotonic()
        while (data := await terminal.receive()) is not None:
            if not heard.is_set():
                heard.set()
                self._unheard = b""
                self._become(TerminalState.ATTACHED, self._host.way)
            self.output.emit(data)
            await self._gate.wait()
            if time.monotonic() - turn > _SLICE:
                await asyncio.sleep(0)
                turn = time.monotonic()

    async def _type(self, terminal: Terminal, heard: asyncio.Event) -> None:
        with contextlib.suppress(WireError):
            while True:
                data = await self._typed.get()
                while not self._typed.empty() and len(data) < 65536:
                    data += self._typed.get_nowait()
                self._typed_bytes -= len(data)
                if not heard.is_set():
                    self._unheard += data
                await terminal.send(data)

    async def _fit(self, terminal: Terminal) -> None:
        with contextlib.suppress(WireError):
            while True:
                await self._resized.wait()
                self._resized.clear()
                await terminal.resize(*self._size)

    async def _watch_silence(self, terminal: Terminal, heard: asyncio.Event) -> None:
        with contextlib.suppress(WireError):
            await self._hears(heard, _SILENT_AFTER / 2)
            if heard.is_set():
                return
            await terminal.send(_REDRAW)
            await self._hears(heard, _SILENT_AFTER / 2)
            if heard.is_set():
                return
            with contextlib.suppress(WireError):
                self._take_another_way = await self._host.fell_silent()
            if self._take_another_way:
                self._become(TerminalState.CONNECTING)
                await terminal.aclose()
            else:
                note = "Nothing comes from this terminal: the server accepts it, but has no program behind it."
                self._become(TerminalState.SILENT, note)

    @staticmethod
    async def _hears(heard: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await within(heard.wait(), seconds)

    def _type_again(self) -> None:
        """What went into the silence goes into the next attachment, before what was typed since."""
        waiting = [self._unheard] if self._unheard else []
        while not self._typed.empty():
            waiting.append(self._typed.get_nowait())
        self._typed_bytes += len(self._unheard)
        self._unheard = b""
        for data in waiting:
            self._typed.put_nowait(data)

    def _drop_typed(self) -> None:
        """What was typed into the connection that broke does not go into the new one."""
        while not self._typed.empty():
            self._typed.get_nowait()
        self._typed_bytes = 0
