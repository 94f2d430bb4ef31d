"""TCP to an app of a session, through the server; source: protocol.md §6.4."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType

from workbench.wire.connection import close_promptly, told_plainly
from workbench.wire.errors import ConnectionFailed, StreamError
from workbench.wire.transport import Transport

_NOT_UP = 1013
"""Close code while the app does not listen yet."""
_TRIES = 20
_BETWEEN = 0.5
"""Seconds between two tries of an app that does not listen yet."""
_CHUNK = 64 * 1024


class Tunnel:
    """One TCP connection to an app, as bytes both ways; raises `WireError`s."""

    def __init__(self, transport: Transport, path: str, app: str) -> None:
        """`path` is the tunnel of the session, such as `/stream/session/NAME/tcpproxy`."""
        self._transport = transport
        self._path = path
        self.app = app
        self._ws: aiohttp.ClientWebSocketResponse[Any] | None = None
        self._is_over = False
        self._tries = _TRIES
        self._unheard: list[bytes] | None = []
        """What was sent before the app said anything; None from then on."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Connect; the server starts the app where it does not run."""
        self._ws = await self._transport.ws(self._path, params=[("app", self.app)], decode_text=False)

    async def receive(self) -> bytes | None:
        """The next bytes; None when the app closed the connection. Raises `StreamError` when it does not listen."""
        while self._ws is not None and not self._is_over:
            message = await self._ws.receive()
            match message.type:
                case WSMsgType.BINARY:
                    self._unheard = None
                    return bytes(message.data)
                case WSMsgType.CLOSE if message.data == _NOT_UP:
                    await self._again()
                case WSMsgType.CLOSED | WSMsgType.ERROR:
                    self._is_over = True
                    raise ConnectionFailed(f"The tunnel to {self.app} broke.", broke=True)
                case WSMsgType.CLOSE | WSMsgType.CLOSING:
                    self._is_over = True
        return None

    async def _again(self) -> None:
        """The app does not listen yet: connect anew, and repeat what it did not hear."""
        self._tries -= 1
        if self._unheard is None or self._tries <= 0:
            self._is_over = True
            raise StreamError(f"The app {self.app} does not listen.")
        await asyncio.sleep(_BETWEEN)
        await self.open()
        for data in self._unheard:
            await self._send(data)

    async def send(self, data: bytes) -> None:
        """Pass bytes to the app."""
        if self._unheard is not None:
            self._unheard.append(data)
        await self._send(data)

    async def _send(self, data: bytes) -> None:
        assert self._ws is not None
        with told_plainly(self._transport.endpoint.label):
            await self._ws.send_bytes(data)

    async def aclose(self) -> None:
        """Close at once."""
        self._is_over = True
        ws, self._ws = self._ws, None
        if ws is not None:
            await close_promptly(ws)


async def bridge(tunnel: Tunnel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy both ways until one side ends; closes both. Raises `WireError` for a tunnel that broke."""

    async def up() -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                await tunnel.send(data)

    async def down() -> None:
        with contextlib.suppress(ConnectionError):
            while (data := await tunnel.receive()) is not None:
                writer.write(data)
                await writer.drain()

    ways = {asyncio.ensure_future(up()), asyncio.ensure_future(down())}
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in done:
            way.result()
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.close()
        await tunnel.aclose()
