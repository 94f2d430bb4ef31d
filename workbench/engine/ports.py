"""What the engine asks of the server's side, as small protocols; `workbench.wire` is behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from workbench.domain.console import Log, Media, Output
from workbench.domain.run import Finished, InputRequested, PhaseEnded, RunRequest

RunEvent = Output | Media | Log | InputRequested | PhaseEnded | Finished
"""What a stream of one run says."""


class RunStream(Protocol):
    """One run's stream; it ends after `Finished`, or raises a `WireError`."""

    def __aiter__(self) -> AsyncIterator[RunEvent]: ...

    async def send_input(self, text: str) -> None:
        """Answer the question the code waits with."""

    async def aclose(self) -> None:
        """Leave the stream."""


class RunHost(Protocol):
    """A session as its run queue needs it. Everything raises `WireError` when it cannot be done."""

    @property
    def name(self) -> str:
        """What the session is called now."""

    def blocker(self) -> str:
        """Why code cannot run yet, in a sentence; "" when it can."""

    async def ready(self) -> None:
        """Return when code can run."""

    async def open_stream(self, request: RunRequest) -> RunStream:
        """Send the code."""

    async def interrupt(self) -> None:
        """Interrupt what runs."""

    async def is_gone(self) -> bool:
        """Whether the session has ended; False when that cannot be known."""


class Terminal(Protocol):
    """An attached terminal."""

    async def receive(self) -> bytes | None:
        """The next output; None when the program ended. Raises `WireError` when the connection broke."""

    async def send(self, data: bytes) -> None:
        """Type."""

    async def restart(self) -> None:
        """Ask for a new program."""

    async def resize(self, rows: int, cols: int) -> None:
        """Tell the program its size."""

    async def aclose(self) -> None:
        """Detach."""


class TerminalHost(Protocol):
    """A session as its terminal needs it."""

    async def ready(self) -> None:
        """Return when a terminal can be attached."""

    async def attach(self) -> Terminal:
        """Attach to the session's terminal; raises `WireError`."""

    @property
    def way(self) -> str:
        """How it is attached, where that is worth a word; "" where it is not."""

    async def fell_silent(self) -> bool:
        """Nothing ever came from what `attach` gave: whether attaching again takes another way.

        Raises `WireError`.
        """

    async def is_gone(self) -> bool:
        """Whether the session has ended; False when that cannot be known."""
