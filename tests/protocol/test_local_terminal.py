"""The terminal of a session: one shell, shared by all who are attached, whatever they send."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.protocol.workshop import Workshop, gone, until, workshop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as shop:
        yield shop


class Terminal:
    """One client; `data` is everything it was sent."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.data = b""

    async def send(self, **message: Any) -> None:
        await self.ws.send_str(json.dumps(message))

    async def type(self, text: str) -> None:
        await self.send(type="stdin", chars=b64encode(text.encode()).decode())

    async def until(self, wanted: bytes) -> None:
        """Read until it was sent; fails when the stream ends before."""
        async with asyncio.timeout(30):
            while wanted not in self.data:
                message = await self.ws.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, (message, self.data[-1000:])
                frame = json.loads(message.data)
                assert frame["type"] == "out"
                self.data += b64decode(frame["data"])

    async def until_closed(self) -> int | None:
        """Read to the end; the close code."""
        async with asyncio.timeout(30):
            while (await self.ws.receive()).type is aiohttp.WSMsgType.BINARY:
                pass
        return self.ws.close_code

    async def number(self, name: str, expression: str) -> int:
        """What the shell says the expression is."""
        await self.type(f"echo {name}''={expression}='end'\n")
        await self.until(b"=end")
        start = self.data.rindex(f"{name}=".encode()) + len(name) + 1
        value = self.data[start : self.data.index(b"=end", start)]
        self.data = b""
        return int(value)


@asynccontextmanager
async def attached(shop: Workshop, rows: int = 24, cols: int = 80) -> AsyncIterator[Terminal]:
    async with shop.http.ws_connect(f"{shop.url}/pty", max_msg_size=0) as ws:
        terminal = Terminal(ws)
        await terminal.send(type="resize", rows=rows, cols=cols)
        yield terminal


async def test_a_late_joiner_gets_the_present_screen_and_shares_the_shell(shop: Workshop) -> None:
    async with attached(shop) as first:
        await first.type("echo be''fore\n")
        await first.until(b"before")
        async with attached(shop) as late:
            await late.until(b"before")
            await late.type("echo from-''late\n")
            await first.until(b"from-late")
            await late.until(b"from-late")


async def test_the_size_is_that_of_whoever_typed_last(shop: Workshop) -> None:
    async with attached(shop, 30, 100) as one, attached(shop, 40, 120) as two:
        await two.until(b"$ ")
        await one.type("stty size\n")
        await one.until(b"30 100")
        await two.type("stty size\n")
        await two.until(b"40 120")
        await one.send(type="resize", rows=31, cols=101)
        await one.type("stty size\n")
        await one.until(b"31 101")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "ping"},
        {"type": "resize", "rows": 0, "cols": -5},
        {"type": "resize", "rows": 10**9, "cols": "x"},
        {"type": "stdin", "chars": "no base64!"},
        {"type": "stdin", "chars": "é"},
        {"type": "stdin"},
        {"type": ["nothing"]},
        {"kind": 1},
    ],
)
async def test_a_message_that_asks_for_nothing_changes_nothing(shop: Workshop, message: dict[str, Any]) -> None:
    async with attached(shop) as terminal:
        await terminal.send(**message)
        await terminal.ws.send_bytes(b"\x00binary")
        await terminal.type("stty size; echo al''ive\n")
        await terminal.until(b"alive")
        assert b"24 80" in terminal.data


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000], ids=["cut", "empty", "deep"])
async def test_a_message_that_is_no_json_ends_its_stream_and_no_other(shop: Workshop, text: str) -> None:
    async with attached(shop) as good, attached(shop) as bad:
        await bad.ws.send_str(text)
        assert await bad.until_closed() == 1000
        await good.type("echo al''ive\n")
        await good.until(b"alive")


async def test_a_restart_ends_what_the_shell_started_and_starts_another(shop: Workshop) -> None:
    async with attached(shop) as terminal, attached(shop) as other:
        await terminal.type("sleep 600 & echo started''=$!=\n")
        await terminal.until(b"started=")
        old = await terminal.number("old", "$$")
        child = await terminal.number("child", "$!")
        await terminal.send(type="restart")
        await gone([old, child])
        await terminal.type("echo a''new\n")
        await terminal.until(b"anew")
        await other.until(b"anew")


async def test_a_shell_that_exits_ends_every_stream_and_the_next_client_gets_another(shop: Workshop) -> None:
    async with attached(shop) as one, attached(shop) as two:
        await one.type("exit\n")
        assert await one.until_closed() == 1000
        assert await two.until_closed() == 1000
    async with attached(shop) as next_one:
        await next_one.type("echo an''other\n")
        await next_one.until(b"another")


async def test_a_client_that_never_reads_holds_nobody_up_and_little_memory(shop: Workshop) -> None:
    async with attached(shop) as lazy, attached(shop) as eager:
        await eager.type("head -c 60000000 /dev/zero | tr '\\0' 'x' | fold -w 79; echo the-''end\n")
        seen = 0
        async with asyncio.timeout(50):
            while b"the-end" not in eager.data:
                eager.data = eager.data[-1000:]
                before = len(eager.data)
                message = await eager.ws.receive()
                assert message.type is aiohttp.WSMsgType.BINARY
                eager.data += b64decode(json.loads(message.data)["data"])
                seen += len(eager.data) - before
                assert all(client.waiting < 6 * 1024 * 1024 for client in shop.runtime.pty.clients)
        assert seen > 60_000_000
        # It reads again: what it gets in the end is the present screen.
        await lazy.until(b"the-end")


async def test_the_end_of_the_session_ends_the_shell_and_what_left_its_group(shop: Workshop) -> None:
    async with attached(shop) as terminal:
        await terminal.type("setsid sleep 600 &\n")
        await until(lambda: any(process.name() == "sleep" for process in shop.processes()))
        pids = [process.pid for process in shop.processes()]
        await shop.runtime.close()
        assert await terminal.until_closed() == 1000
        await gone(pids)
