"""Drives execute streams and terminals of a real server, frame by frame."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.protocol.rawclient import RawClient


@dataclass
class Stream:
    """One stream_execute WebSocket and what came over it so far."""

    ws: aiohttp.ClientWebSocketResponse
    frames: list[dict[str, Any]] = field(default_factory=list)

    @property
    def records(self) -> list[list[Any]]:
        """All console records; text of one stream that arrived in several frames is joined."""
        joined: list[list[Any]] = []
        for frame in self.frames:
            for kind, data in frame.get("console") or ():
                if joined and joined[-1][0] == kind and kind in {"stdout", "stderr"}:
                    joined[-1][1] += data
                else:
                    joined.append([kind, data])
        return joined

    def text(self, kind: str = "stdout") -> str:
        """All text of one stream."""
        return "".join(data for name, data in self.records if name == kind)

    @property
    def last(self) -> dict[str, Any]:
        """The frame that came last."""
        return self.frames[-1]

    async def next(self) -> dict[str, Any] | None:
        """One more frame; None when the server closed."""
        message = await self.ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            return None
        self.frames.append(json.loads(message.data))
        return self.last

    async def until(self, done: Callable[[], bool], seconds: float = 30) -> dict[str, Any]:
        """Read until the condition holds; fails when the stream ends before."""
        async with asyncio.timeout(seconds):
            while not done():
                assert await self.next() is not None, (self.ws.close_code, self.frames)
        return self.last

    async def until_status(self, status: str, seconds: float = 30) -> dict[str, Any]:
        """Read until a frame has the status."""
        return await self.until(lambda: bool(self.frames) and self.last["status"] == status, seconds)

    async def finish(self, seconds: float = 60) -> dict[str, Any]:
        """Read to the last frame, and see the server close."""
        frame = await self.until_status("finished", seconds)
        message = await self.ws.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == 1000
        return frame


@asynccontextmanager
async def streaming(
    api: RawClient, ref: str, code: str = "", mode: str = "query", options: Any = None
) -> AsyncIterator[Stream]:
    """A stream whose first frame was sent."""
    async with api.socket(f"/stream/session/{ref}/execute") as ws:
        await ws.send_json({"mode": mode, "code": code, "options": options or {}})
        yield Stream(ws)


async def run(api: RawClient, ref: str, code: str = "", mode: str = "query", options: Any = None) -> Stream:
    """A stream, read to its end."""
    async with streaming(api, ref, code, mode, options) as stream:
        await stream.finish()
    return stream


@dataclass
class Terminal:
    """One stream_pty WebSocket and the bytes that came over it."""

    ws: aiohttp.ClientWebSocketResponse
    output: bytearray = field(default_factory=bytearray)
    closed: bool = False

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self.ws.send_json(message)

    async def type(self, text: str | bytes) -> None:
        """Type."""
        data = text.encode() if isinstance(text, str) else text
        await self.send(type="stdin", chars=base64.b64encode(data).decode())

    async def next(self) -> bytes | None:
        """More output; None when the server closed."""
        message = await self.ws.receive()
        if message.type not in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}:
            self.closed = True
            return None
        frame = json.loads(message.data)
        assert frame["type"] == "out", frame
        data = base64.b64decode(frame["data"])
        self.output += data
        return data

    async def until(self, wanted: bytes, seconds: float = 20) -> bytes:
        """Read until the output has it; returns and forgets the output up to its end."""
        try:
            async with asyncio.timeout(seconds):
                while wanted not in self.output:
                    assert await self.next() is not None, bytes(self.output[-2000:])
        except TimeoutError:
            raise AssertionError(f"{wanted!r} did not come: {bytes(self.output[-2000:])!r}") from None
        at = self.output.index(wanted) + len(wanted)
        seen = bytes(self.output[:at])
        del self.output[:at]
        return seen

    async def until_closed(self, seconds: float = 20) -> int | None:
        """Read until the server closes; the close code."""
        async with asyncio.timeout(seconds):
            while await self.next() is not None:
                pass
        return self.ws.close_code


@asynccontextmanager
async def terminal(api: RawClient, ref: str, rows: int = 24, cols: int = 80) -> AsyncIterator[Terminal]:
    """An attached terminal that told its size."""
    async with api.socket(f"/stream/session/{ref}/pty") as ws:
        attached = Terminal(ws)
        await attached.send(type="resize", rows=rows, cols=cols)
        yield attached
