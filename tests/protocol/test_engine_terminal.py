"""Terminals through the engine: typing, breaks, ends, silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import WSMsgType, web

from tests.protocol.engine import Wire, make, opened, until
from tests.protocol.servers import PTY, serving
from workbench.engine.desk import Desk
from workbench.engine.terminal import TerminalLink, TerminalState
from workbench.engine.workbench import Workbench
from workbench.wire import Endpoint


class Screen:
    """Everything a terminal printed since it was last cleared."""

    def __init__(self, link: TerminalLink) -> None:
        self.link = link
        self.data = bytearray()
        self.resets = 0
        link.output.connect(self.data.extend)
        link.reset.connect(self._clear)

    def _clear(self, _: None) -> None:
        self.data.clear()
        self.resets += 1

    async def shows(self, text: bytes) -> None:
        await until(self.link.output, lambda: text in self.data)

    async def prompts(self) -> None:
        """Return when the shell takes input."""
        await until(self.link.output, lambda: self.data)


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Workbench]:
    async with opened(endpoint) as bench:
        yield bench


@pytest.fixture
async def desk(bench: Workbench) -> AsyncIterator[Desk]:
    session, desk = await make(bench, "engine-terminal")
    yield desk
    await bench.destroy([session.id], forced=True)


async def test_what_is_typed_reaches_the_shell_and_the_size_follows(desk: Desk) -> None:
    link = desk.terminal
    screen = Screen(link)
    assert not link.write(b"too early\n")
    link.open(30, 100)
    await screen.prompts()
    assert link.is_open
    assert link.write(b"echo $((6*7))-$(stty size)\n")
    await screen.shows(b"42-30 100")
    link.resize(41, 132)
    assert link.write(b"echo $((6*8))-$(stty size)\n")
    await screen.shows(b"48-41 132")
    await link.close()
    assert link.state is TerminalState.CLOSED
    assert not link.write(b"too late\n")


async def test_a_cut_terminal_shows_the_seam_and_attaches_to_the_same_shell(endpoint: Endpoint) -> None:
    async with Wire(endpoint) as wire, opened(wire.endpoint) as bench:
        session, desk = await make(bench, "engine-seam")
        link, screen = desk.terminal, Screen(desk.terminal)
        link.open(24, 80)
        await screen.prompts()
        link.write(b"KEPT=yes; echo before-$((1+1))\n")
        await screen.shows(b"before-2")
        states: list[str] = []
        link.changed.connect(lambda _: states.append(link.state))
        wire.refuses = True
        wire.cut()
        await until(link.changed, lambda: link.state is TerminalState.SEAM)
        assert link.note
        assert not link.write(b"lost\n")
        wire.refuses = False
        await until(link.changed, lambda: link.state is TerminalState.ATTACHED)
        assert screen.resets == 1
        await screen.shows(b"before-2")
        link.write(b"echo $KEPT-$((2+2))\n")
        await screen.shows(b"yes-4")
        await bench.destroy([session.id], forced=True)


async def test_a_shell_that_exits_ends_the_terminal_and_opening_again_starts_another(desk: Desk) -> None:
    link, screen = desk.terminal, Screen(desk.terminal)
    link.open(24, 80)
    await screen.prompts()
    link.write(b"exit\n")
    await until(link.changed, lambda: link.state is TerminalState.ENDED)
    assert not link.is_open
    screen.data.clear()
    link.open(24, 80)
    await screen.prompts()
    link.write(b"echo again-$((3+3))\n")
    await screen.shows(b"again-6")


async def test_a_terminal_of_a_destroyed_session_ends(bench: Workbench) -> None:
    session, desk = await make(bench, "engine-ending")
    screen = Screen(desk.terminal)
    desk.terminal.open(24, 80)
    await screen.prompts()
    await bench.destroy([session.id], forced=True)
    await until(desk.terminal.changed, lambda: desk.terminal.state is TerminalState.ENDED)
    assert not desk.terminal.is_open


async def test_a_flood_waits_for_a_listener_that_pauses(desk: Desk) -> None:
    link, screen = desk.terminal, Screen(desk.terminal)
    link.open(24, 80)
    await screen.prompts()
    link.write(b"head -c 30000000 /dev/zero | tr '\\0' x; echo; echo done-$((4+4))\n")
    await until(link.output, lambda: len(screen.data) > 1_000_000)
    link.pause()
    await asyncio.sleep(0)
    held = len(screen.data)
    assert held < 25_000_000
    link.resume()
    await screen.shows(b"done-8")
    assert len(screen.data) >= 30_000_000


async def test_a_large_paste_arrives_whole(desk: Desk) -> None:
    link, screen = desk.terminal, Screen(desk.terminal)
    link.open(24, 80)
    await screen.prompts()
    link.write(b"stty -echo; cat > pasted; wc -c < pasted | sed s/^/count-/\n")
    for _ in range(300):
        assert link.write(b"0123456789" * 99 + b"abcdefgh\n")
    assert link.write(b"\x04")
    await screen.shows(b"count-299700")


async def test_a_terminal_that_stays_silent_says_so_within_three_seconds() -> None:
    typed: list[str] = []
    item = {"id": "id-1", "session_id": "id-1", "name": "mute", "status": "RUNNING", "type": "INTERACTIVE"}

    async def graphql(_request: web.Request) -> web.Response:
        return web.json_response({"data": {"compute_session_list": {"items": [item], "total_count": 1}}})

    async def pty(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                typed.append(message.json()["type"])
            if typed.count("stdin") == 2:
                await ws.send_bytes(b'{"type":"out","data":"aGk="}')
        return ws

    async with serving(("POST", "/admin/gql", graphql), ("GET", PTY, pty)) as endpoint, opened(endpoint) as bench:
        link = bench.desk("id-1").terminal
        screen = Screen(link)
        link.open(24, 80)
        await until(link.changed, lambda: link.state is TerminalState.ATTACHED)
        began = time.monotonic()
        await until(link.changed, lambda: link.state is TerminalState.SILENT)
        assert time.monotonic() - began <= 3
        assert "no program behind it" in link.note
        assert typed == ["resize", "stdin"]  # it was asked to draw itself once
        link.write(b"x")
        await until(link.changed, lambda: link.state is TerminalState.ATTACHED)
        assert screen.data == b"hi"
