"""Code that runs in a real session comes back whole, over HTTP and over a stream."""

from __future__ import annotations

import asyncio
import json
from itertools import groupby
from typing import Any

import aiohttp
import pytest

from workbench.domain.console import Media, Output
from workbench.domain.run import BatchCommands, Finished, InputRequested, Mode, Phase, PhaseEnded, RunRequest
from workbench.wire import AsyncSession
from workbench.wire.compute import ComputeSession
from workbench.wire.errors import NotFound, StreamError, WireError
from workbench.wire.run_stream import RunEvent, RunStream

SVG = "from IPython.display import SVG, display; display(SVG(\"<svg xmlns='http://www.w3.org/2000/svg'/>\"))"


async def run_over_http(kern: ComputeSession, code: str, answers: tuple[str, ...] = (), **first: Any) -> dict[str, Any]:
    """Run code to its end; its last reply, with everything it printed as `console`."""
    lines = iter(answers)
    console: list[Any] = []
    result = await kern.execute(None, code, **first)
    while True:
        console += result["console"]
        match result["status"]:
            case "finished":
                return result | {"console": console}
            case "waiting-input":
                result = await kern.execute(result["runId"], next(lines), mode="input")
            case _:
                result = await kern.execute(result["runId"], "", mode="continued")


def text(items: list[Any]) -> str:
    """Everything printed to stdout."""
    return "".join(
        item.text if isinstance(item, Output) and item.stream == "stdout" else "" for item in items
    ) or "".join(item[1] for item in items if isinstance(item, list) and item[0] == "stdout")


async def events_of(stream: RunStream, *answers: str) -> list[RunEvent]:
    """Every event of a run, answering its questions in turn."""
    lines = iter(answers)
    events: list[RunEvent] = []
    async with stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, InputRequested):
                await stream.send_input(next(lines))
    return events


async def test_a_query_over_http_finishes_with_its_output_and_exit_code(shared: ComputeSession) -> None:
    result = await run_over_http(shared, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert ["stdout", "out\n"] in result["console"]
    assert ["stderr", "err\n"] in [[kind, data[:4]] for kind, data in result["console"]]
    assert result["exitCode"] == 3
    assert result["files"] == []


async def test_a_run_keeps_the_id_that_the_client_gave_it(shared: ComputeSession) -> None:
    result = await shared.execute("my-own-run-id", "1 + 1")
    assert result["runId"] == "my-own-run-id"
    assert result["status"] == "finished"


async def test_questions_over_http_are_answered_also_with_nothing(shared: ComputeSession) -> None:
    code = "import getpass; print([input('a? '), getpass.getpass('b? '), input()])"
    result = await run_over_http(shared, code, ("한글 x", "", "last"))
    assert "['한글 x', '', 'last']" in text(result["console"])


async def test_a_batch_run_has_three_phases_and_may_clear_its_options_at_once(shared: ComputeSession) -> None:
    opts = {"clean": "echo C", "build": "echo B", "exec": "echo X; exit 5"}
    call = shared.execute(None, "", mode="batch", opts=opts)
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    opts.clear()
    result = await task
    seen = []
    while True:
        seen.append((result["status"], result["exitCode"]))
        if result["status"] == "finished":
            break
        result = await shared.execute(result["runId"], "", mode="continue", opts=opts)
    assert [step for step in seen if step[0] != "continued"] == [
        ("clean-finished", 0),
        ("build-finished", 0),
        ("finished", 5),
    ]


@pytest.mark.parametrize("mode", ["user-input", "QUERY", ""])
async def test_a_mode_that_is_none_is_refused_before_anything_is_sent(shared: ComputeSession, mode: str) -> None:
    with pytest.raises(ValueError, match="is not a mode"):
        await shared.execute(None, "1", mode=mode)
    with pytest.raises(ValueError, match="is not a mode"):
        shared.stream_execute("1", mode=mode)


async def test_a_stream_gives_the_servers_own_frames(shared: ComputeSession) -> None:
    frames = []
    async with shared.stream_execute("name = input('who? '); print('hi', name)") as stream:
        async for message in stream:
            assert message.type is aiohttp.WSMsgType.TEXT
            frames.append(json.loads(message.data))
            if frames[-1]["status"] == "waiting-input":
                await stream.send_text("bob")
    assert frames[-1]["status"] == "finished"
    assert "hi bob\n" in text([record for frame in frames for record in frame["console"] or []])


async def test_typed_events_hold_text_pictures_and_the_end(shared: ComputeSession) -> None:
    events = await events_of(shared.run_events(RunRequest(code=f"print('a')\n{SVG}\nprint('b')\n1/0")))
    kinds = [event.mime if isinstance(event, Media) else getattr(event, "stream", "") for event in events[:-1]]
    assert [kind for kind, _ in groupby(kinds)] == ["stdout", "image/svg+xml", "stdout", "stderr"]
    assert text(events) == "a\nb\n"
    assert "ZeroDivisionError" in "".join(event.text for event in events if isinstance(event, Output))
    assert events[-1] == Finished(1)


async def test_a_question_and_its_password_flag_come_as_an_event(shared: ComputeSession) -> None:
    code = "import getpass\nprint('first')\nx = input('name? ')\ny = getpass.getpass('secret: ')\nprint(x, len(y))"
    questions = []
    stream = shared.run_events(RunRequest(code=code))
    events: list[RunEvent] = []
    async with stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, InputRequested):
                questions.append((stream.question, event.is_password))
                await stream.send_input("four")
    assert questions == [("name? ", False), ("secret: ", True)]
    assert "four 4\n" in text(events)
    assert "four" not in text(events).replace("four 4", "")


async def test_batch_phases_come_in_order_as_events(shared: ComputeSession) -> None:
    commands = BatchCommands(clean="echo C", build="echo B", exec="echo X; exit 5")
    events = await events_of(shared.run_events(RunRequest(mode=Mode.BATCH, batch=commands)))
    phases = [event for event in events if isinstance(event, PhaseEnded)]
    assert phases == [PhaseEnded(Phase.CLEAN, 0), PhaseEnded(Phase.BUILD, 0), PhaseEnded(Phase.EXEC, 5)]
    assert events[-1] == Finished(5)
    assert events.index(Output("stdout", "C\n")) < events.index(phases[0]) < events.index(Output("stdout", "B\n"))


async def test_an_interrupted_run_says_so_and_the_next_one_starts(shared: ComputeSession) -> None:
    events: list[RunEvent] = []
    async with shared.run_events(RunRequest(code="print('up')\nimport time\ntime.sleep(600)")) as stream:
        async for event in stream:
            events.append(event)
            if event == Output("stdout", "up\n"):
                await shared.interrupt()
    assert isinstance(events[-1], Finished)
    assert "KeyboardInterrupt" in "".join(event.text for event in events if isinstance(event, Output))
    assert text(await events_of(shared.run_events(RunRequest(code="print('next')")))) == "next\n"


async def test_a_stream_left_in_mid_run_never_wedges_the_session(kern: ComputeSession) -> None:
    async with kern.run_events(RunRequest(code="print('up')\nimport time\ntime.sleep(600)")) as stream:
        assert await anext(stream) == Output("stdout", "up\n")
    async with kern.run_events(RunRequest(code="input('never answered')")) as stream:
        async for event in stream:
            if isinstance(event, InputRequested):
                break
    async with asyncio.timeout(30):
        assert text(await events_of(kern.run_events(RunRequest(code="print('next')")))) == "next\n"


async def test_runs_of_two_sessions_stream_at_once(wire: AsyncSession, shared: ComputeSession) -> None:
    other = await wire.ComputeSession.get_or_create("python")
    try:
        async with shared.run_events(RunRequest(code="x = input('wait')")) as waiting:
            async for event in waiting:
                if isinstance(event, InputRequested):
                    break
            events = await events_of(other.run_events(RunRequest(code="print('meanwhile')")))
            assert text(events) == "meanwhile\n"
            await waiting.send_input("go")
            assert Finished(0) in [event async for event in waiting]
    finally:
        await other.destroy(forced=True)


async def test_a_session_that_is_destroyed_under_a_run_ends_its_stream(wire: AsyncSession) -> None:
    kern = await wire.ComputeSession.get_or_create("python")
    ends: list[RunEvent | WireError] = []
    async with kern.run_events(RunRequest(code="print('up')\nimport time\ntime.sleep(600)")) as stream:
        assert await anext(stream) == Output("stdout", "up\n")
        await kern.destroy(forced=True)
        try:
            async with asyncio.timeout(20):
                ends += [event async for event in stream]
        except WireError as error:
            ends.append(error)
    assert isinstance(ends[-1], Finished | StreamError | NotFound)
    assert ends[-1] != Finished(0)


async def test_a_run_in_a_session_that_is_not_there_is_refused(wire: AsyncSession) -> None:
    nobody = wire.ComputeSession("nobody-here")
    with pytest.raises(NotFound) as caught:
        await nobody.execute(None, "1")
    assert caught.value.problem.title == "No such session."
    with pytest.raises(NotFound) as caught:
        await anext(nobody.run_events(RunRequest(code="1")))
    assert caught.value.problem.title == "No such session."


async def test_two_hundred_thousand_lines_come_whole_and_in_order(shared: ComputeSession) -> None:
    events = await events_of(shared.run_events(RunRequest(code="for i in range(200_000): print(i)")))
    lines = text(events).splitlines()
    assert lines == [str(number) for number in range(200_000)]
    assert events[-1] == Finished(0)
