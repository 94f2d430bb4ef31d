"""The terminal of a real cluster: its stream says nothing there, its ttyd does."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.conftest import found
from tests.protocol.engine import Wire, opened, until
from workbench.engine.desk import Desk
from workbench.engine.terminal import TerminalLink, TerminalState
from workbench.vt.screen import Screen
from workbench.wire import AsyncSession, Endpoint
from workbench.wire.compute import ComputeSession

Desks = Callable[[str], Desk]


class Shown:
    """What a terminal shows, as a person reads it."""

    def __init__(self, link: TerminalLink) -> None:
        self.link = link
        self.screen = Screen(80, 24, on_reply=self._reply)
        link.output.connect(self.screen.feed)

    def _reply(self, data: bytes) -> None:
        self.link.write(data)

    async def has(self, *texts: str, seconds: float = 30) -> None:
        """Return when all of it is on the screen."""
        await until(self.link.output, lambda: all(text in self.screen.text() for text in texts), seconds=seconds)


async def test_a_silent_terminal_is_found_out_in_three_seconds_and_remembered(
    endpoint: Endpoint, shared_name: str, tmp_path: Path
) -> None:
    async with opened(endpoint, tmp_path) as bench:
        link = bench.desk(found(bench, shared_name).id).terminal
        shown, began = Shown(link), time.monotonic()
        link.open(24, 80)
        await until(link.changed, lambda: link.state is TerminalState.ATTACHED)
        assert link.write(b"echo typed-$((40+2))-early\n")
        await until(link.changed, lambda: link.note == "through ttyd")
        assert time.monotonic() - began < 3.5
        await shown.has("typed-42-early")
        await link.close()
    async with opened(endpoint, tmp_path) as bench:
        link = bench.desk(found(bench, shared_name).id).terminal
        shown, began = Shown(link), time.monotonic()
        link.open(24, 80)
        await shown.has("$")
        assert time.monotonic() - began < 2.5
        assert link.note == "through ttyd"


@pytest.mark.skipif(os.environ.get("INTEROP_HAS_VIM", "1") != "1", reason="the image has no vim")
async def test_vim_works_in_the_terminal(desk_of: Desks, shared_name: str, shared: ComputeSession) -> None:
    link = desk_of(shared_name).terminal
    shown = Shown(link)
    link.open(24, 80)
    await shown.has("$")
    link.write(b"clear; rm -f note.txt; vim -u NONE note.txt\r")
    await shown.has("note.txt", "~")
    link.write(b"iwritten in vim\x1b")
    await shown.has("written in vim")
    link.write(b":wq\r")
    await shown.has("$")
    link.write(b"echo saved-$(cat note.txt | wc -w)\r")
    await shown.has("saved-3")
    assert await shared.download_single("note.txt") == b"written in vim\n"


async def test_the_size_follows_and_two_viewers_share_the_screen(
    desk_of: Desks, endpoint: Endpoint, shared_name: str
) -> None:
    link = desk_of(shared_name).terminal
    shown = Shown(link)
    link.open(24, 80)
    await shown.has("$")
    link.resize(30, 110)
    shown.screen.resize(110, 30)
    link.write(b"clear; echo width-$(tput cols)\r")
    await shown.has("width-110")
    async with opened(endpoint) as second:
        other = second.desk(found(second, shared_name).id).terminal
        theirs = Shown(other)
        other.open(24, 80)
        await theirs.has("$")
        other.write(b"echo from-the-$((1+1))nd\r")
        await theirs.has("from-the-2nd")
        await shown.has("from-the-2nd")
        await other.close()


async def test_a_cut_terminal_comes_back_to_the_same_shell(endpoint: Endpoint, shared_name: str) -> None:
    async with Wire(endpoint) as line, opened(line.endpoint) as bench:
        link = bench.desk(found(bench, shared_name).id).terminal
        shown = Shown(link)
        link.open(24, 80)
        await shown.has("$")
        link.write(b"clear; KEPT=yes; echo set-$((1+1))\r")
        await shown.has("set-2")
        line.refuses = True
        line.cut()
        await until(link.changed, lambda: link.state is TerminalState.SEAM)
        line.refuses = False
        await until(link.changed, lambda: link.state is TerminalState.ATTACHED)
        link.write(b"echo kept-$KEPT\r")
        await shown.has("kept-yes")


async def test_a_tunnel_reaches_the_ssh_server_of_a_session(wire: AsyncSession, shared: ComputeSession) -> None:
    assert {app["name"] for app in await shared.apps()} >= {"sshd", "ttyd"}
    async with asyncio.timeout(60), shared.tunnel("sshd") as tunnel:
        assert (await tunnel.receive() or b"").startswith(b"SSH-2.0-")
