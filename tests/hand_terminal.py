"""A terminal played by hand: a test is the program in it."""

from __future__ import annotations

import asyncio


class HandTerminal:
    """An attached terminal that prints what it is told to, and remembers what was typed."""

    def __init__(self) -> None:
        self._output: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.typed = b""
        self.size = (0, 0)

    def print(self, data: bytes) -> None:
        """The program prints."""
        self._output.put_nowait(data)

    @property
    def is_read(self) -> bool:
        """Whether everything printed was taken."""
        return self._output.empty()

    async def receive(self) -> bytes | None:
        return await self._output.get()

    async def send(self, data: bytes) -> None:
        self.typed += data

    async def restart(self) -> None:
        return

    async def resize(self, rows: int, cols: int) -> None:
        self.size = (rows, cols)

    async def aclose(self) -> None:
        return


class HandTerminalHost:
    """A session whose terminal is always there."""

    def __init__(self) -> None:
        self.terminal = HandTerminal()
        self.attached = 0

    @property
    def way(self) -> str:
        return ""

    async def fell_silent(self) -> bool:
        return False

    async def ready(self) -> None:
        return

    async def attach(self) -> HandTerminal:
        self.attached += 1
        return self.terminal

    async def is_gone(self) -> bool:
        return False
