"""`stream_execute`: one run over a WebSocket, as the published SDK shows it; source: protocol.md §5."""

from __future__ import annotations

from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType

from workbench.wire.connection import close_promptly, told_plainly
from workbench.wire.errors import ConnectionFailed, ProtocolError, StreamError
from workbench.wire.frames import FINAL, read_frame
from workbench.wire.transport import Transport

_TOO_LARGE = 1009


def ended_early(message: aiohttp.WSMessage, *, frames: int) -> ConnectionFailed | StreamError:
    """What is known when a stream ends without a final frame; `message` is the last that the socket gave."""
    if message.type is WSMsgType.CLOSE:
        if message.data == _TOO_LARGE:
            return StreamError("The code is larger than the server takes.", is_over=True)
        how = "before the run ended" if frames else "before the run began"
        return StreamError(f"The server closed the stream {how}; the session may have ended.")
    where = "the server may still be running it" if frames else "the server may run it all the same"
    return ConnectionFailed(f"The connection broke before the run ended; {where}.", broke=True)


class RunSocket:
    """The WebSocket of one run: connected when first used, closed at once when left."""

    def __init__(self, transport: Transport, path: str, first: str, *, decode_text: bool) -> None:
        self._transport = transport
        self._path = path
        self._first = first
        self._decode_text = decode_text
        self._ws: aiohttp.ClientWebSocketResponse[Any] | None = None
        self._was_closed = False

    async def open(self) -> aiohttp.ClientWebSocketResponse[Any]:
        """Connect and send the code, once; raises `WireError`."""
        if self._was_closed:
            raise StreamError("The stream is closed.")
        if self._ws is None:
            self._ws = await self._transport.ws(self._path, decode_text=self._decode_text)
            first, self._first = self._first, ""
            try:
                await self._ws.send_str(first)
            except ConnectionError:
                pass  # the next receive says why
            except BaseException:
                await self.aclose()
                raise
        return self._ws

    async def send_str(self, text: str) -> None:
        """Send one text frame; raises `ConnectionFailed`."""
        ws = await self.open()
        with told_plainly(self._transport.endpoint.label):
            await ws.send_str(text)

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._was_closed or (self._ws is not None and self._ws.closed)

    async def aclose(self) -> None:
        """Close at once; the server may go on running the code."""
        self._was_closed = True
        ws, self._ws = self._ws, None
        if ws is not None:
            await close_promptly(ws)


class StreamExecute:
    """Raw frames of one run; `async with` connects, `async for` gives `aiohttp.WSMessage`s.

    Raises `StreamError` or `ConnectionFailed` when the stream ends without a final frame.
    """

    def __init__(self, transport: Transport, path: str, first: str) -> None:
        self._socket = RunSocket(transport, path, first, decode_text=True)
        self._last: str | bytes = b""
        self._frames = 0

    async def __aenter__(self) -> Self:
        await self._socket.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> aiohttp.WSMessage:
        ws = await self._socket.open()
        message: aiohttp.WSMessage = await ws.receive()
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            self._last = message.data
            self._frames += 1
            return message
        if self._frames and self._last_status() in FINAL:
            raise StopAsyncIteration
        raise ended_early(message, frames=self._frames)

    def _last_status(self) -> str:
        try:
            return read_frame(self._last).status
        except ProtocolError:
            return ""

    async def send_str(self, text: str) -> None:
        """Answer the question the code waits with: the bare line, without a newline."""
        await self._socket.send_str(text)

    send_text = send_str
    """The name in the published documentation."""
    send_input = send_str

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._socket.closed

    async def close(self) -> None:
        """Close at once."""
        await self._socket.aclose()
