"""A terminal's stream says whether its program ended, its server failed, or its connection broke."""

from __future__ import annotations

import pytest
from aiohttp import web

from tests.protocol.servers import PTY, abort, kern_of, streaming
from workbench.wire.errors import (
    ConnectionFailed,
    ProtocolError,
    StreamError,
    WireError,
)


async def test_terminal_output_comes_from_text_and_binary_frames() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str('{"type": "out", "data": "YWJj"}')
        await ws.send_bytes(b'{"type":"out","data":"/wA="}')
        await ws.send_str('{"type": "out", "data": ""}')
        await ws.send_str('{"type": "news", "more": 1}')
        await ws.send_str('{"type": "out", "data": "ZGVm"}')

    async with kern_of(streaming(talk, PTY)) as kern, kern.stream_pty() as pty:
        assert [data async for data in pty] == [b"abc", b"\xff\x00", b"def"]
        assert await pty.receive() is None


async def test_what_is_typed_is_sent_as_documented_and_in_pieces() -> None:
    got: list[dict[str, object]] = []

    async def talk(ws: web.WebSocketResponse) -> None:
        got.extend([await ws.receive_json() for _ in range(6)])

    async with kern_of(streaming(talk, PTY)) as kern, kern.stream_pty() as pty:
        await pty.resize(30, 100)
        await pty.send(b"ls\n")
        await pty.send(b"y" * 65537)
        await pty.ping()
        await pty.restart()
        assert await pty.receive() is None
    assert got[0] == {"type": "resize", "rows": 30, "cols": 100}
    assert got[1] == {"type": "stdin", "chars": "bHMK"}
    assert [len(str(message.get("chars", ""))) for message in got[2:4]] == [87384, 4]
    assert got[4:] == [{"type": "ping"}, {"type": "restart"}]


@pytest.mark.parametrize(
    ("message", "kind", "sentence"),
    [
        ('{"type": "error", "reason": "no pty \\u001b[31mhere"}', StreamError, "The terminal failed: no pty here"),
        ('{"type": "error", "data": "no pty"}', StreamError, "no pty"),
        ("nonsense", ProtocolError, "something else"),
        ("[]", ProtocolError, "something else"),
        ('{"type": "out", "data": "abc"}', ProtocolError, "cannot be decoded"),
    ],
)
async def test_a_terminal_frame_that_is_no_output_is_an_error(
    message: str, kind: type[WireError], sentence: str
) -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(message)
        await ws.receive()

    async with kern_of(streaming(talk, PTY)) as kern, kern.stream_pty() as pty:
        with pytest.raises(kind, match=sentence):
            await pty.receive()


async def test_a_terminal_whose_connection_breaks_is_not_taken_for_ended() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        abort(ws)

    async def failing(ws: web.WebSocketResponse) -> None:
        await ws.close(code=4500)

    async with kern_of(streaming(talk, PTY)) as kern, kern.stream_pty() as pty:
        with pytest.raises(ConnectionFailed):
            await pty.receive()
    async with kern_of(streaming(failing, PTY)) as kern, kern.stream_pty() as pty:
        with pytest.raises(StreamError, match="4500"):
            await pty.receive()
