"""Runs through the engine on the real embedded server."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.protocol.engine import Wire, code, make, opened, until
from workbench.domain.console import Media
from workbench.domain.run import BatchCommands, Mode, Phase, RunRequest, RunState
from workbench.engine.desk import Desk
from workbench.engine.workbench import Workbench
from workbench.wire import AsyncSession, Endpoint


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Workbench]:
    async with opened(endpoint) as bench:
        yield bench


@pytest.fixture
async def desk(bench: Workbench, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    session, desk = await make(bench, f"e-{abs(hash(request.node.name)) % 10**10}")
    yield desk
    await bench.destroy([session.id], forced=True)


async def test_a_run_prints_shows_and_ends_with_its_code(desk: Desk) -> None:
    run = desk.runs.submit(
        code("import sys\nprint('out')\nprint('err', file=sys.stderr)\nfrom IPython.display import SVG, display\n"
             "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>'))\nsys.exit(7)")
    )  # fmt: skip
    assert await run.wait() is RunState.FAILED
    assert run.exit_code == 7
    assert "out\n" in run.log.text()
    assert "err\n" in run.log.text()
    assert [item.mime for item in run.log.read(0)[0] if isinstance(item, Media)] == ["image/svg+xml"]
    assert 0 < run.elapsed < 30


async def test_runs_of_one_session_queue_and_those_of_two_go_at_once(bench: Workbench, desk: Desk) -> None:
    other_session, other = await make(bench, "engine-other")
    first = desk.runs.submit(code("input('go? ')"))
    second = desk.runs.submit(code("print('second')"))
    await until(desk.runs.changed, lambda: first.state is RunState.WAITING)
    assert (second.state, second.queue_place) == (RunState.QUEUED, 1)
    assert await other.runs.submit(code("print('meanwhile')")).wait() is RunState.FINISHED
    assert second.state is RunState.QUEUED
    assert bench.prompts.answer(bench.prompts.waiting[0], "yes")
    assert await second.wait() is RunState.FINISHED
    assert second.started_at is not None
    assert first.ended_at is not None
    assert second.started_at >= first.ended_at
    await bench.destroy([other_session.id], forced=True)


async def test_questions_of_two_sessions_wait_in_one_inbox_and_passwords_stay_out_of_the_log(
    bench: Workbench, desk: Desk
) -> None:
    other_session, other = await make(bench, "engine-asks")
    run = desk.runs.submit(code("name = input('Your name: ')\nprint('hi', name)"))
    secret = other.runs.submit(code("from getpass import getpass\npw = getpass('Password: ')\nprint(len(pw))"))
    await until(bench.prompts.changed, lambda: len(bench.prompts.waiting) == 2)
    for prompt in bench.prompts.waiting:
        assert bench.prompts.answer(prompt, "s3cret-word" if prompt.is_password else "bob")
        assert not bench.prompts.answer(prompt, "again")
    assert await run.wait() is RunState.FINISHED
    assert await secret.wait() is RunState.FINISHED
    assert run.log.text() == "Your name: bob\nhi bob\n"
    assert secret.log.text() == "Password: \n11\n"
    assert bench.prompts.waiting == ()
    await bench.destroy([other_session.id], forced=True)


async def test_an_interrupt_ends_running_code(desk: Desk) -> None:
    run = desk.runs.submit(code("import time\nprint('on')\ntime.sleep(60)"))
    await until(desk.runs.changed, lambda: "on" in run.log.text())
    assert desk.runs.interrupt()
    assert await run.wait() is RunState.INTERRUPTED
    assert run.note.startswith("interrupted at ")
    assert await desk.runs.submit(code("1")).wait() is RunState.FINISHED


@pytest.mark.parametrize("question", ["input('? ')", "__import__('getpass').getpass('? ')"])
async def test_an_interrupt_ends_code_that_waits_for_input(desk: Desk, question: str) -> None:
    run = desk.runs.submit(code(question))
    await until(desk.runs.changed, lambda: run.state is RunState.WAITING)
    desk.runs.interrupt()
    assert await run.wait() is RunState.INTERRUPTED
    assert await desk.runs.submit(code("1")).wait() is RunState.FINISHED


async def test_batch_runs_go_through_their_phases(desk: Desk) -> None:
    commands = BatchCommands(clean="echo c", build="echo b", exec="echo x; exit 5")
    run = desk.runs.submit(RunRequest(mode=Mode.BATCH, batch=commands))
    assert await run.wait() is RunState.FAILED
    assert run.exit_code == 5
    assert [(ended.phase, ended.exit_code) for ended in run.phases] == [
        (Phase.CLEAN, 0), (Phase.BUILD, 0), (Phase.EXEC, 5),
    ]  # fmt: skip
    assert run.log.text() == "c\nb\nx\n"


async def test_a_dropped_stream_never_wedges_the_session(endpoint: Endpoint) -> None:
    async with Wire(endpoint) as wire, opened(wire.endpoint) as bench:
        session, desk = await make(bench, "engine-dropped")
        run = desk.runs.submit(code("import time\nprint('on')\ntime.sleep(600)"))
        after = desk.runs.submit(code("print('after')"))
        await until(desk.runs.changed, lambda: "on" in run.log.text())
        wire.cut()
        assert await run.wait() is RunState.LOST
        assert re.fullmatch(r"lost the stream at \d+\.\d s; the server may still be running this code", run.note)
        assert await asyncio.wait_for(after.wait(), 20) is RunState.FINISHED
        assert after.log.text() == "after\n"
        await bench.destroy([session.id], forced=True)


async def test_a_question_whose_stream_dropped_goes_away_and_the_session_goes_on(endpoint: Endpoint) -> None:
    async with Wire(endpoint) as wire, opened(wire.endpoint) as bench:
        session, desk = await make(bench, "engine-asked")
        run = desk.runs.submit(code("input('? ')"))
        await until(desk.runs.changed, lambda: run.state is RunState.WAITING)
        wire.cut()
        assert await run.wait() is RunState.LOST
        assert bench.prompts.waiting == ()
        assert await asyncio.wait_for(desk.runs.submit(code("1")).wait(), 20) is RunState.FINISHED
        await bench.destroy([session.id], forced=True)


async def test_a_session_destroyed_in_mid_run_ends_the_run_with_a_plain_note(
    bench: Workbench, wire: AsyncSession
) -> None:
    session, desk = await make(bench, "engine-doomed")
    run = desk.runs.submit(code("import time\nprint('on')\ntime.sleep(60)"))
    queued = desk.runs.submit(code("1"))
    await until(desk.runs.changed, lambda: "on" in run.log.text())
    await wire.ComputeSession(session.id).destroy(forced=True)
    assert await asyncio.wait_for(run.wait(), 20) is RunState.INTERRUPTED
    assert re.fullmatch(r"the session ended at \d+\.\d s, and this run with it", run.note)
    assert await asyncio.wait_for(queued.wait(), 20) is RunState.REFUSED
    await until(bench.registry.changed, lambda: session.id not in bench.registry.sessions)


async def test_closing_with_streams_open_is_quick_and_leaves_the_session_free(endpoint: Endpoint) -> None:
    async with opened(endpoint) as watcher:
        bench = Workbench(endpoint, None)
        await bench.open()
        await until(bench.link_changed, lambda: bench.link.state == "live")
        session, desk = await make(bench, "engine-closing")
        run = desk.runs.submit(code("import time\nprint('on')\ntime.sleep(600)"))
        desk.terminal.open(24, 80)
        await until(desk.runs.changed, lambda: "on" in run.log.text())
        began = time.monotonic()
        await bench.close()
        assert time.monotonic() - began < 2
        assert run.state.is_over
        after = watcher.desk(session.id).runs.submit(code("print('free')"))
        assert await asyncio.wait_for(after.wait(), 20) is RunState.FINISHED
        await watcher.destroy([session.id], forced=True)


async def test_a_flood_is_bounded_counted_and_can_be_saved_whole(desk: Desk, tmp_path: Path) -> None:
    run = desk.runs.submit(code("for n in range(300_000): print(f'{n:09d}', 'x' * 89)"))
    sink = run.log.tee(tmp_path / "all.txt")
    assert await asyncio.wait_for(run.wait(), 100) is RunState.FINISHED
    await sink.aclose(30)
    assert run.log.lines == 300_000
    assert run.log.dropped_lines > 150_000
    kept = run.log.text()
    assert len(kept) <= 8 * 1024 * 1024
    assert kept.startswith(f"{run.log.dropped_lines:09d} x")
    assert kept.endswith(f"{299_999:09d} {'x' * 89}\n")
    saved = (tmp_path / "all.txt").read_bytes()
    assert len(saved) == 300_000 * 100
    assert saved.endswith(kept.encode())


async def test_runs_are_back_after_the_workbench_was_closed(endpoint: Endpoint, tmp_path: Path) -> None:
    async with opened(endpoint, tmp_path) as bench:
        session, desk = await make(bench, "engine-record")
        await desk.runs.submit(code("print('kept')")).wait()
    async with opened(endpoint, tmp_path) as bench:
        desk = bench.desk(session.id)
        await until(desk.runs.added, lambda: desk.runs.runs)
        (run,) = desk.runs.runs
        assert run.restored
        assert run.log.text() == "kept\n"
        assert desk.runs.submit(code("2")).number == 2
        await bench.destroy([session.id], forced=True)
