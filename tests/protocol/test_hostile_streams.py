"""However a run's stream goes wrong, it ends soon, in one typed error, after everything that came."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

import aiohttp
import pytest
from aiohttp import web

from tests.protocol.servers import STREAM, Talk, abort, client_of, kern_of, streaming
from workbench.domain.console import Media, Output
from workbench.domain.run import BatchCommands, Finished, InputRequested, Mode, Phase, PhaseEnded, RunRequest
from workbench.wire.compute import ComputeSession
from workbench.wire.errors import (
    BadRequest,
    ConnectionFailed,
    NotFound,
    ProtocolError,
    Redirected,
    StreamError,
    WireError,
)
from workbench.wire.run_stream import RunEvent, RunStream

QUERY = RunRequest(code="print(1)")


def frame(status: str, *console: object, **more: object) -> str:
    return json.dumps({"status": status, "console": list(console), "exitCode": None, "options": None} | more)


async def everything(stream: RunStream) -> tuple[list[RunEvent], WireError | None]:
    """The events of a stream, and the error it ended with."""
    events: list[RunEvent] = []
    try:
        async for event in stream:
            events.append(event)
    except WireError as error:
        return events, error
    finally:
        await stream.aclose()
    return events, None


async def run_against(talk: Talk, request: RunRequest = QUERY) -> tuple[list[RunEvent], WireError | None]:
    async with client_of(streaming(talk)) as transport:
        return await everything(ComputeSession(transport, "work").run_events(request))


async def test_every_record_comes_in_order_and_an_unknown_status_goes_on() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("continued", ["stdout", "a"], ["media", ["image/png", "data:"]]))
        await ws.send_str(json.dumps({"status": "meditating", "console": None, "new": {"field": 1}}))
        await ws.send_bytes(frame("finished", ["stderr", "b"], exitCode=3).encode())

    events, error = await run_against(talk)
    assert events == [Output("stdout", "a"), Media("image/png", "data:"), Output("stderr", "b"), Finished(3)]
    assert error is None


async def test_the_phases_of_a_batch_run_come_in_order_with_their_exit_codes() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("clean-finished", ["stdout", "C"], exitCode=0))
        await ws.send_str(frame("build-finished", exitCode=2))
        await ws.send_str(frame("finished", exitCode=127))

    events, error = await run_against(talk, RunRequest(mode=Mode.BATCH, batch=BatchCommands(exec="x")))
    assert events == [
        Output("stdout", "C"),
        PhaseEnded(Phase.CLEAN, 0),
        PhaseEnded(Phase.BUILD, 2),
        PhaseEnded(Phase.EXEC, 127),
        Finished(127),
    ]
    assert error is None


async def test_a_question_is_the_last_line_printed_and_is_answered_once() -> None:
    got: list[str] = []

    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("continued", ["stdout", "first\nYour \x1b[1m"]))
        await ws.send_str(frame("waiting-input", ["stdout", "name\x1b[0m? "], ["stderr", "noise\n"], options={}))
        got.append(await ws.receive_str())
        await ws.send_str(frame("waiting-input", ["stdout", "Password: "], options={"is_password": True}))
        got.append(await ws.receive_str())
        await ws.send_str(frame("finished", exitCode=0))

    async with kern_of(streaming(talk)) as kern, kern.run_events(QUERY) as stream:
        asked = []
        async for event in stream:
            if isinstance(event, InputRequested):
                asked.append((stream.question, event.is_password))
                await stream.send_input("bob\n")
                with pytest.raises(StreamError, match="does not wait"):
                    await stream.send_input("again")
    assert asked == [("Your name? ", False), ("Password: ", True)]
    assert got == ["bob", "bob"]


@pytest.mark.parametrize(
    ("last", "kind", "sentence", "is_over"),
    [
        (frame("exec-timeout", ["stdout", "x"]), StreamError, "took longer than it may", True),
        (frame("server-restarting", ["stdout", "x"], msg="bye"), StreamError, "is restarting", False),
        (
            frame("error", ["stdout", "x"], msg="BackendError: <SessionNotFound(404): No such session. (gone)>"),
            NotFound,
            "No such session",
            None,
        ),
        (frame("error", ["stdout", "x"], msg="Invalid API parameters: JSONDecodeError()"), BadRequest, "JSON", None),
        (frame("error", ["stdout", "x"]), StreamError, "ended the run", None),
    ],
)
async def test_a_last_frame_that_is_no_end_is_an_error_after_its_output(
    last: str, kind: type[WireError], sentence: str, is_over: bool | None
) -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(last)
        await asyncio.Event().wait()  # a client that waits for more after this would hang

    events, error = await run_against(talk)
    assert events == [Output("stdout", "x")]
    assert type(error) is kind
    assert sentence in str(error)
    if isinstance(error, StreamError) and is_over is not None:
        assert error.is_over is is_over


async def test_a_close_without_a_final_frame_says_what_is_known() -> None:
    async def after_a_frame(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("continued", ["stdout", "x"]))

    async def at_once(ws: web.WebSocketResponse) -> None:
        await ws.close()

    events, error = await run_against(after_a_frame)
    assert events == [Output("stdout", "x")]
    assert isinstance(error, StreamError)
    assert str(error) == "The server closed the stream before the run ended; the session may have ended."
    _, error = await run_against(at_once)
    assert "before the run began" in str(error)


async def test_code_that_is_too_large_is_told_so() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.close(code=1009)

    _, error = await run_against(talk)
    assert isinstance(error, StreamError)
    assert str(error) == "The code is larger than the server takes."


async def test_a_connection_that_breaks_is_not_taken_for_an_end() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("continued", ["stdout", "x"]))
        abort(ws)

    events, error = await run_against(talk)
    assert events in ([Output("stdout", "x")], [])
    assert type(error) is ConnectionFailed
    assert "the server may" in str(error)


@pytest.mark.parametrize("garbage", ["not json", "[1, 2]", '{"status": 7}', '{"console": "x"}', "[" * 5000, "\ud800"])
async def test_a_frame_that_makes_no_sense_ends_the_stream_with_an_error(garbage: str) -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_bytes(garbage.encode("utf-8", "surrogatepass"))
        await asyncio.Event().wait()

    events, error = await run_against(talk)
    assert events == []
    assert isinstance(error, ProtocolError)


async def test_a_frame_of_twenty_megabytes_is_taken_whole() -> None:
    text = "x" * (20 * 1024 * 1024)

    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("finished", ["stdout", text], exitCode=0))

    events, error = await run_against(talk)
    assert error is None
    assert isinstance(events[0], Output)
    assert len(events[0].text) == len(text)


@pytest.mark.parametrize("flooding", [False, True])
async def test_leaving_a_stream_in_mid_run_takes_no_time(flooding: bool) -> None:
    left = asyncio.Event()

    async def talk(ws: web.WebSocketResponse) -> None:
        # as stock servers do, it reads nothing and so never answers a close
        with contextlib.suppress(ConnectionError):
            await ws.send_str(frame("continued", ["stdout", "x"]))
            while flooding:
                await ws.send_str(frame("continued", ["stdout", "x" * 10_000]))
            await left.wait()

    async with client_of(streaming(talk)) as transport:
        stream = ComputeSession(transport, "work").run_events(QUERY)
        assert await anext(stream) == Output("stdout", "x")
        started = time.perf_counter()
        await stream.aclose()
        assert time.perf_counter() - started < 1.0
        assert [event async for event in stream] == []
        left.set()


async def test_a_stream_that_is_left_while_someone_waits_for_it_ends_for_them() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("continued", ["stdout", "x"]))
        await ws.receive()

    async with client_of(streaming(talk)) as transport:
        stream = ComputeSession(transport, "work").run_events(QUERY)
        assert await anext(stream) == Output("stdout", "x")
        waiting = asyncio.ensure_future(everything(stream))
        await asyncio.sleep(0)
        await stream.aclose()
        assert await asyncio.wait_for(waiting, 5) == ([], None)


async def test_draining_answers_questions_until_the_end() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("waiting-input", options={"is_password": False}))
        assert await ws.receive_str() == ""
        await ws.send_str(frame("finished", exitCode=1))

    async def silent(ws: web.WebSocketResponse) -> None:
        await ws.receive()

    async with kern_of(streaming(talk)) as kern, kern.run_events(QUERY) as stream:
        assert await stream.drain(5)
    async with kern_of(streaming(silent)) as kern, kern.run_events(QUERY) as stream:
        assert not await stream.drain(0.05)


async def test_a_raw_stream_that_breaks_raises_instead_of_ending_quietly() -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str(frame("continued"))

    async with kern_of(streaming(talk)) as kern, kern.stream_execute("x") as stream:
        assert (await anext(stream)).type is aiohttp.WSMsgType.TEXT
        with pytest.raises(StreamError, match="before the run ended"):
            await anext(stream)


async def test_a_refused_stream_carries_the_problem_document() -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response(
            {"type": "https://api.backend.ai/probs/entity-not-found", "title": "No such session."}, status=404
        )

    async with client_of(("GET", STREAM, refuse)) as transport:
        _, error = await everything(ComputeSession(transport, "work").run_events(QUERY))
    assert isinstance(error, NotFound)
    assert error.problem.type == "entity-not-found"
    assert str(error) == "No such session."


async def test_a_stream_is_never_redirected() -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response()

    async def redirect(_request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with client_of(("GET", STREAM, redirect), ("GET", "/elsewhere", elsewhere)) as transport:
        _, error = await everything(ComputeSession(transport, "work").run_events(QUERY))
    assert isinstance(error, Redirected)
    assert seen == []


async def test_a_server_that_takes_an_upgrade_for_a_page_is_told_so() -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<html>hello</html>", content_type="text/html")

    async with client_of(("GET", STREAM, page)) as transport:
        _, error = await everything(ComputeSession(transport, "work").run_events(QUERY))
    assert isinstance(error, ProtocolError)
