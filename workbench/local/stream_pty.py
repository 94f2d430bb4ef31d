"""`GET /stream/session/{ref}/pty`: the session's terminal over a WebSocket; source: protocol.md §6."""

from __future__ import annotations

import asyncio
import binascii
import contextlib
import json
import socket
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from aiohttp import ClientConnectionError, WSMsgType, web

from workbench.local.pty import PtyClient

if TYPE_CHECKING:
    from workbench.local.pty import PtyHub
    from workbench.local.runtime import SessionRuntime

_LARGEST = 4 * 1024 * 1024
"""Bytes in one message of a client."""
_SEND_BUFFER = 256 * 1024
"""Bytes the system may hold: what is in it is ahead of the answer to Ctrl-C."""
_FIRST_RESIZE = 0.15
"""Seconds a client has to tell its size before the terminal is shown at 80x24."""
_MOST_ROWS = 4096


async def handle_stream_pty(request: web.Request, runtime: SessionRuntime) -> web.WebSocketResponse:
    """Attach the client until it leaves or the shell ends; then close with 1000."""
    ws = web.WebSocketResponse(heartbeat=runtime.limits.heartbeat, max_msg_size=_LARGEST, compress=False)
    await ws.prepare(request)
    if request.transport is not None:
        sock = request.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    attachment = _Attachment(ws, runtime.pty)
    await attachment.serve()
    return ws


class _Attachment:
    """One client of the terminal and its WebSocket."""

    def __init__(self, ws: web.WebSocketResponse, hub: PtyHub) -> None:
        self._ws = ws
        self._hub = hub
        self._client = PtyClient()
        self._sized = asyncio.Event()
        self._attached = asyncio.Event()

    async def serve(self) -> None:
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
            self._hub.detach(self._client)
        await self._ws.close()

    async def _write(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_RESIZE):  # `wait_for` may swallow the cancellation
                await self._sized.wait()
        try:
            self._hub.attach(self._client)
        except OSError as error:
            await self._ws.send_json({"type": "error", "reason": f"The shell could not be started: {error}"})
            return
        self._attached.set()
        with contextlib.suppress(ConnectionError, ClientConnectionError):
            while (frame := await self._client.next(self._hub)) is not None:
                await self._ws.send_frame(frame, WSMsgType.BINARY)

    async def _read(self) -> None:
        while True:
            message = await self._ws.receive()
            if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                return
            if message.type is not WSMsgType.TEXT:
                continue  # binary frames are ignored; source: protocol.md §6.2
            if not await self._obey(message.data):
                return

    async def _obey(self, text: str) -> bool:
        """Do what one message asks; False for a message that ends the stream."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return False
        match message:
            case {"type": "stdin", "chars": str(chars)}:
                with contextlib.suppress(binascii.Error, ValueError):
                    await self._type(b64decode(chars, validate=True))
            case {"type": "resize", "rows": rows, "cols": cols}:
                if _is_size(rows) and _is_size(cols):
                    self._hub.resize(self._client, rows, cols)
                    self._sized.set()
            case {"type": "restart"}:
                await self._hub.restart()
            case _:
                pass  # ping, and what other versions may send
        return True

    async def _type(self, data: bytes) -> None:
        self._sized.set()
        await self._attached.wait()
        await self._hub.type(self._client, data)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_ROWS
