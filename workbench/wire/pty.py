"""`stream_pty`: a session's terminal over a WebSocket; source: protocol.md §6."""

from __future__ import annotations

import binascii
from base64 import b64encode
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import WSMsgType
from msgspec import Struct

from workbench.wire.connection import close_promptly, told_plainly
from workbench.wire.errors import ConnectionFailed, ProtocolError, StreamError, one_line
from workbench.wire.transport import Transport

_CHUNK = 64 * 1024
"""Bytes typed or pasted per frame; a server takes frames up to 16 MiB."""


class _Out(Struct):
    """The frame that nearly every frame is; msgspec decodes the base64 on the way."""

    type: str
    data: bytes = b""


_out = msgspec.json.Decoder(_Out)


def output_of(frame: bytes | str) -> bytes:
    """The bytes that a frame brings, b"" for one that brings none; raises `StreamError` and `ProtocolError`."""
    try:
        out = _out.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _odd(frame)
    if out.type == "error":
        return _odd(frame)
    return out.data if out.type == "out" else b""


def _odd(frame: bytes | str) -> bytes:
    try:
        document: Any = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document = None
    match document:
        case {"type": "error", **more}:
            said = one_line(str(more.get("reason") or more.get("data") or "no reason given"))
            raise StreamError(f"The terminal failed: {said}")
        case {"type": "out", "data": str(data)}:
            try:
                return binascii.a2b_base64(data)  # tolerates what a strict decoder does not
            except binascii.Error:
                raise ProtocolError("The server sent terminal output that cannot be decoded.") from None
        case {"type": str()}:
            return b""
        case _:
            raise ProtocolError("The server sent something else than a frame of a terminal.")


class StreamPty:
    """A terminal attached to a session; `async with` connects, `async for` gives bytes as the program printed them.

    Iterating ends when the server closes the terminal, and raises `ConnectionFailed` when the connection broke.
    """

    def __init__(self, transport: Transport, path: str) -> None:
        self._transport = transport
        self._path = path
        self._ws: aiohttp.ClientWebSocketResponse[Any] | None = None
        self._is_over = False

    async def open(self) -> None:
        """Connect, once; raises `WireError`."""
        if self._ws is None:
            if self._is_over:
                raise StreamError("The terminal is closed.", is_over=True)
            self._ws = await self._transport.ws(self._path, decode_text=False)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        data = await self.receive()
        if data is None:
            raise StopAsyncIteration
        return data

    async def receive(self) -> bytes | None:
        """The next output; None when the server ended the terminal. Raises `ConnectionFailed`."""
        while not self._is_over:
            await self.open()
            assert self._ws is not None
            message = await self._ws.receive()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    if data := output_of(message.data):
                        return data
                case WSMsgType.CLOSE:
                    self._is_over = True
                    if not 1000 <= (message.data or 0) < 2000:
                        raise StreamError(f"The server failed on the terminal (close code {message.data}).")
                case WSMsgType.CLOSING:
                    self._is_over = True
                case WSMsgType.CLOSED | WSMsgType.ERROR:
                    self._is_over = True
                    raise ConnectionFailed("The connection of the terminal broke.", broke=True)
        return None

    async def send(self, data: bytes) -> None:
        """Type; raises `ConnectionFailed`."""
        for start in range(0, len(data), _CHUNK):
            await self._send({"type": "stdin", "chars": b64encode(data[start : start + _CHUNK]).decode()})

    async def resize(self, rows: int, cols: int) -> None:
        """Tell the program the size of its screen."""
        await self._send({"type": "resize", "rows": rows, "cols": cols})

    async def ping(self) -> None:
        """Say that someone is there; nothing answers."""
        await self._send({"type": "ping"})

    async def restart(self) -> None:
        """Ask for a fresh program."""
        await self._send({"type": "restart"})

    async def _send(self, message: dict[str, Any]) -> None:
        await self.open()
        assert self._ws is not None
        with told_plainly(self._transport.endpoint.label):
            await self._ws.send_str(msgspec.json.encode(message).decode())

    async def aclose(self) -> None:
        """Detach at once; the program goes on on the server."""
        self._is_over = True
        ws, self._ws = self._ws, None
        if ws is not None:
            await close_promptly(ws)
