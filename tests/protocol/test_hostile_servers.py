"""Whatever a server does, the client says so in one typed error, soon, and goes on."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from aiohttp import web

from tests.protocol.servers import client_of, raw_server, serving
from workbench.wire import AsyncSession
from workbench.wire.compute import ComputeSession
from workbench.wire.endpoint import Endpoint
from workbench.wire.errors import (
    AuthError,
    ConnectionFailed,
    NotFound,
    ProtocolError,
    Redirected,
    ServerError,
    WireError,
)
from workbench.wire.transport import Transport


async def test_a_port_where_nobody_listens_is_told_in_a_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with Transport(Endpoint(url=f"http://127.0.0.1:{port}")) as transport:
        with pytest.raises(ConnectionFailed) as caught:
            await transport.negotiate()
    assert str(caught.value) == f"Cannot connect to 127.0.0.1:{port}: Connection refused."


async def test_the_next_address_of_a_cluster_is_tried_and_kept() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        async with serving() as alive:
            both = Endpoint(url=dead, alternates=(alive.url,))
            async with Transport(both) as transport:
                assert (await transport.negotiate()).manager == "26.9.6"
                assert str(transport._bases[0]) == alive.url


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", ConnectionFailed),
        (b"", ConnectionFailed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", ConnectionFailed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n{", ConnectionFailed),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", ConnectionFailed),
    ],
    ids=["ssh", "nothing", "cut off", "bad length", "huge header"],
)
async def test_a_server_that_speaks_something_else_is_one_clear_error(answer: bytes, kind: type[WireError]) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with raw_server(handle) as endpoint, Transport(endpoint) as transport:
        with pytest.raises(kind) as caught:
            await transport.negotiate()
    assert len(str(caught.value)) < 300
    assert "s3cr3t" not in str(caught.value)


async def test_a_silent_server_is_given_up_and_never_shows_what_was_signed() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    async with raw_server(handle) as endpoint, Transport(endpoint) as transport:
        with pytest.raises(ConnectionFailed, match="No answer") as caught:
            await transport.request("POST", "/session/x/complete", timeout=0.05)
    chain: BaseException | None = caught.value
    while chain is not None and not chain.__suppress_context__:
        assert "credential" not in repr(chain)
        chain = chain.__cause__ or chain.__context__


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"<html>Forbidden</html>", AuthError),
        (500, b"Traceback (most recent call last):\n  secret stuff", ServerError),
        (502, b"\x00\xff" * 40_000, ServerError),
        (404, b"[" * 10_000, NotFound),
        (302, b"", Redirected),
        (200, b"<html>welcome</html>", ProtocolError),
        (200, b"[1]", ProtocolError),
    ],
)
async def test_an_answer_that_is_not_the_apis_is_a_typed_error(status: int, body: bytes, kind: type[WireError]) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Location": "http://127.0.0.1:1/"})

    async with client_of(("GET", "/session/work", answer)) as transport:
        with pytest.raises(kind) as caught:
            await ComputeSession(transport, "work").get_info()
    assert str(caught.value).isprintable()
    assert "Traceback" not in str(caught.value)


async def test_an_endless_error_body_is_cut() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
        return response

    async with client_of(("GET", "/session/work", endless)) as transport:
        with pytest.raises(ServerError):
            await asyncio.wait_for(ComputeSession(transport, "work").get_info(), 10)


async def test_cookies_of_a_server_are_never_sent_back() -> None:
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        response = web.json_response({"authorized": "yes"})
        response.set_cookie("AIOHTTP_SESSION", "x")
        return response

    async with client_of(("GET", "/auth/test", answer)) as transport:
        await transport.request("GET", "/auth/test")
        await transport.request("GET", "/auth/test")
    assert seen == [None, None]


async def test_a_get_is_made_again_when_the_connection_breaks_and_a_post_is_not() -> None:
    calls: list[str] = []

    async def flaky(request: web.Request) -> web.Response:
        calls.append(request.method)
        if calls.count(request.method) == 1:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"result": {"status": "finished"}})

    async with client_of(("*", "/session/work", flaky)) as transport:
        kern = ComputeSession(transport, "work")
        assert await kern.get_info() == {"result": {"status": "finished"}}
        with pytest.raises(ConnectionFailed):
            await kern.execute(None, "launch()")
    assert calls.count("POST") == 1


async def test_rate_limits_and_latency_are_kept() -> None:
    async def answer(_request: web.Request) -> web.Response:
        limits = {"X-RateLimit-Limit": "30000", "X-RateLimit-Remaining": "29999", "X-RateLimit-Window": "900"}
        return web.json_response({}, headers=limits)

    async with client_of(("GET", "/auth/test", answer)) as transport:
        await transport.request("GET", "/auth/test")
        assert transport.rate_limit is not None
        assert (transport.rate_limit.limit, transport.rate_limit.remaining) == (30000, 29999)
        assert transport.latency_ms is not None
        assert 0 < transport.latency_ms < 5000


@pytest.mark.parametrize(
    ("hello", "version"),
    [
        ({"version": "v9.20250722", "manager": "26.9.6"}, "v9.20250722"),
        ({"version": "v8.20240915"}, "v8.20240915"),
        ({"version": "v10.20300101"}, "v9.20250722"),
        ({"version": "fast"}, "v9.20250722"),
        ([], "v9.20250722"),
        (None, "v9.20250722"),
    ],
)
async def test_the_older_of_both_versions_is_sent(hello: object, version: str) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["X-BackendAI-Version"])
        return web.json_response({})

    async with client_of(("GET", "/auth/test", answer), hello=hello) as transport:
        await transport.request("GET", "/auth/test")
        await transport.request("GET", "/auth/test")
    assert seen == [version, version]


async def test_a_server_that_is_too_old_is_told_so() -> None:
    async with client_of(hello={"version": "v4.20190615"}) as transport:
        with pytest.raises(ProtocolError, match=r"v4\.20190615; this client needs v5"):
            await transport.request("GET", "/auth/test")


async def test_events_come_until_the_stream_breaks_and_then_it_says_so() -> None:
    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b': ping\r\n\r\nevent: session_started\r\ndata: {"sessionName":')
        await response.write(b'"work"}\r\n\r\n')
        return response

    async with serving(("GET", "/events/session", events)) as endpoint, AsyncSession(endpoint) as session:
        listened = aiter(session.events())
        event = await anext(listened)
        assert (event.name, event.session_name) == ("session_started", "work")
        with pytest.raises(ConnectionFailed, match="ended the event stream"):
            await anext(listened)


async def test_a_silent_event_stream_is_taken_for_dead() -> None:
    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    async with serving(("GET", "/events/session", events)) as endpoint, AsyncSession(endpoint) as session:
        session.transport.sse_silence = 0.05
        with pytest.raises(ConnectionFailed, match="No answer"):
            await anext(aiter(session.events()))


async def test_each_event_stream_is_signed_anew_and_ends_when_the_server_says_so() -> None:
    dates: list[str] = []

    async def events(request: web.Request) -> web.StreamResponse:
        dates.append(request.headers["Date"])
        assert "Content-Type" not in request.headers
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"event: server_close\ndata: {}\n\n")
        await asyncio.Event().wait()
        return response

    async with serving(("GET", "/events/session", events)) as endpoint, AsyncSession(endpoint) as session:
        for _ in range(2):
            assert [event async for event in session.events()] == []
    assert len(set(dates)) == 2
