"""A session's terminal where `stream_pty` stays silent: its `ttyd`, through the server; source: protocol.md §6.4."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import WSMsgType

from workbench.wire.connection import close_promptly, told_plainly
from workbench.wire.errors import ConnectionFailed, StreamError, WireError
from workbench.wire.tunnel import Tunnel, bridge

APP = "ttyd"
_HOST = "http://ttyd"
_OUTPUT, _INPUT, _RESIZE = b"0", b"0", b"1"
_OPEN_SECONDS = 45.0
"""A server takes up to 35 to start an app."""


class Ttyd:
    """A terminal attached through a tunnel; every viewer of the session sees the same screen."""

    def __init__(self, tunnel: Callable[[], Tunnel]) -> None:
        """`tunnel` makes a connection to the app, not opened yet."""
        self._tunnel = tunnel
        self._folder: Path | None = None
        self._server: asyncio.Server | None = None
        self._http: aiohttp.ClientSession | None = None
        self._ws: aiohttp.ClientWebSocketResponse[Any] | None = None
        self._bridges: set[asyncio.Task[None]] = set()
        self._size = (24, 80)
        self._is_over = False
        self._failure: WireError | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def open(self, rows: int = 24, cols: int = 80) -> None:
        """Attach with that size; raises `WireError`."""
        self._size = (rows, cols)
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                await self._open()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await self.aclose()
            raise self._failure or ConnectionFailed(f"The session's ttyd cannot be reached: {error}") from None
        except BaseException:
            await self.aclose()
            raise

    async def _open(self) -> None:
        # a socket in a folder that only this person can enter: a port would let everyone on this machine in
        self._folder = Path(tempfile.mkdtemp(prefix="ttyd-"))
        path = str(self._folder / "s")
        self._server = await asyncio.start_unix_server(self._accept, path)
        self._http = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path))
        async with self._http.get(f"{_HOST}/token") as reply:
            token = msgspec.json.decode(await reply.read()).get("token", "") if reply.status == 200 else ""
        self._ws = await self._http.ws_connect(f"{_HOST}/ws", protocols=["tty"], max_msg_size=0)
        rows, cols = self._size
        hello = {"AuthToken": token, "columns": cols, "rows": rows}
        await self._ws.send_bytes(msgspec.json.encode(hello))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._bridges.add(task)
        task.add_done_callback(self._bridges.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnel = self._tunnel()
        try:
            await tunnel.open()
            await bridge(tunnel, reader, writer)
        except WireError as error:
            self._failure = error
            writer.close()

    async def receive(self) -> bytes | None:
        """The next output; None when the shell ended. Raises `ConnectionFailed` when the connection broke."""
        while not self._is_over:
            if self._ws is None:
                raise StreamError("The terminal is closed.", is_over=True)
            message = await self._ws.receive()
            match message.type:
                case WSMsgType.BINARY if message.data[:1] == _OUTPUT:
                    if len(message.data) > 1:
                        return bytes(message.data[1:])
                case WSMsgType.CLOSE if 1000 <= (message.data or 0) < 1002:
                    self._is_over = True
                case WSMsgType.CLOSE | WSMsgType.CLOSING | WSMsgType.CLOSED | WSMsgType.ERROR:
                    self._is_over = True
                    raise self._failure or ConnectionFailed("The connection of the terminal broke.", broke=True)
        return None

    async def send(self, data: bytes) -> None:
        """Type."""
        await self._say(_INPUT + data)

    async def resize(self, rows: int, cols: int) -> None:
        """Tell the program the size of its screen."""
        self._size = (rows, cols)
        await self._say(_RESIZE + msgspec.json.encode({"columns": cols, "rows": rows}))

    async def restart(self) -> None:
        """Nothing: the shell of a session is shared, and a new one starts when it ends."""

    async def _say(self, data: bytes) -> None:
        if self._ws is None:
            raise StreamError("The terminal is closed.", is_over=True)
        with told_plainly(APP):
            await self._ws.send_bytes(data)

    async def aclose(self) -> None:
        """Detach at once; the shell goes on."""
        self._is_over = True
        ws, self._ws = self._ws, None
        if ws is not None:
            await close_promptly(ws)
        if self._http is not None:
            await self._http.close()
        if self._server is not None:
            self._server.close()
        for task in list(self._bridges):
            task.cancel()
        await asyncio.gather(*self._bridges, return_exceptions=True)
        if self._folder is not None:
            with contextlib.suppress(OSError):
                shutil.rmtree(self._folder)
