"""The terminal of a real session is typed into and read back."""

from __future__ import annotations

import asyncio
import re

from workbench.wire import AsyncSession
from workbench.wire.compute import ComputeSession
from workbench.wire.pty import StreamPty


async def read_until(pty: StreamPty, wanted: bytes) -> bytes:
    """Output until it holds `wanted`."""
    seen = b""
    async with asyncio.timeout(20):
        while wanted not in seen:
            data = await pty.receive()
            assert data is not None, seen
            seen += data
    return seen


async def test_what_is_typed_runs_and_the_size_is_known(kern: ComputeSession) -> None:
    async with kern.stream_pty() as pty:
        await pty.resize(31, 97)
        await pty.send(b"stty size; echo do''ne-1\n")
        assert b"31 97" in await read_until(pty, b"done-1")
        await pty.ping()
        await pty.send("printf 'h\\303\\244%s\\n' 한글; echo do''ne-2\n".encode())
        assert "hä한글".encode() in await read_until(pty, b"done-2")


async def test_a_late_joiner_sees_the_screen_and_shares_it(wire: AsyncSession, kern: ComputeSession) -> None:
    async with kern.stream_pty() as first:
        await first.send(b"echo mark''er-77\n")
        await read_until(first, b"marker-77")
        async with wire.ComputeSession(kern.id).stream_pty() as second:
            await read_until(second, b"marker-77")
            await second.send(b"echo from''-second\n")
            await read_until(first, b"from-second")


async def test_a_large_paste_arrives_whole(kern: ComputeSession) -> None:
    async with kern.stream_pty() as pty:
        await pty.send(b"stty raw -echo; echo rea''dy; head -c 300000 | cksum; stty sane; echo do''ne\n")
        await read_until(pty, b"ready")
        await pty.send(bytes(range(32, 127)) * 3157 + b"x" * 85)
        seen = await read_until(pty, b"done")
    assert re.search(rb"\d+ 300000", seen)


async def test_the_stream_ends_when_the_session_does(wire: AsyncSession) -> None:
    kern = await wire.ComputeSession.get_or_create("python")
    async with kern.stream_pty() as pty:
        await pty.send(b"echo rea''dy\n")
        await read_until(pty, b"ready")
        await kern.destroy(forced=True)
        async with asyncio.timeout(20):
            while await pty.receive() is not None:
                pass
