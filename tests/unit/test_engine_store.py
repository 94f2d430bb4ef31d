"""The record of runs: back after a quit, a crash, a damaged file."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

from tests.unit.engine_fakes import FakeHost, Script, until
from workbench.domain.console import Log, Media, Output
from workbench.domain.run import Finished, InputRequested, Phase, PhaseEnded, RunRequest, RunState
from workbench.engine.prompts import PromptInbox
from workbench.engine.runs import RunQueue
from workbench.engine.store import RUNS_KEPT, TEXT_KEPT, RunStore


async def opened(folder: Path, host: FakeHost, session_id: str = "id-1") -> tuple[RunStore, RunQueue]:
    store = RunStore(folder)
    store.open()
    queue = RunQueue(session_id, host, PromptInbox())
    await store.attach(queue, "work")
    return store, queue


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def closed(store: RunStore, queue: RunQueue) -> None:
    await queue.close()
    await store.close()


async def test_runs_come_back_as_they_ended(tmp_path: Path) -> None:
    picture = Media("image/png", "data:image/png;base64,AAAA")
    host = FakeHost(
        [Output("stdout", "hello\n"), picture, PhaseEnded(Phase.EXEC, 3), Finished(3)],
        [Output("stdout", "again\n"), Finished(0)],
    )
    store, queue = await opened(tmp_path, host)
    first = queue.submit(RunRequest(code="print('hello')", source="a.py", first_line=7))
    await queue.submit(RunRequest(code="2")).wait()
    await closed(store, queue)

    store, queue = await opened(tmp_path, FakeHost())
    back, second = queue.runs
    assert back.restored
    assert (back.id, back.number, back.request, back.state) == (first.id, 1, first.request, RunState.FAILED)
    assert (back.exit_code, back.elapsed, back.phases) == (3, first.elapsed, first.phases)
    assert back.log.read(0)[0] == [Output("stdout", "hello\n"), picture]
    assert (second.number, second.state) == (2, RunState.FINISHED)
    assert not back.answer("x")
    assert not queue.cancel(back)
    assert await back.wait() is RunState.FAILED
    await closed(store, queue)


async def test_runs_that_were_live_at_a_crash_are_lost_and_those_that_queued_never_started(tmp_path: Path) -> None:
    host = FakeHost([Output("stdout", "Name? "), InputRequested(), None])
    host.frees_on_interrupt = False
    store, queue = await opened(tmp_path, host)
    run = queue.submit(RunRequest(code="input()"))
    queue.submit(RunRequest(code="2"))
    await until(queue, run, lambda run: run.prompt)
    await store.close()  # what a crash leaves is what was written before it

    crashed_store, after = await opened(tmp_path, FakeHost())
    lost, queued = after.runs
    assert lost.state is RunState.LOST
    assert "the server may still be running this code" in lost.note
    assert lost.log.text() == "Name? "
    assert queued.state is RunState.INTERRUPTED
    assert queued.note == "the workbench stopped before this started"
    await closed(crashed_store, after)
    await queue.close()


async def test_a_run_is_on_disk_soon_after_it_ends_without_closing(tmp_path: Path) -> None:
    store, queue = await opened(tmp_path, FakeHost([Output("stdout", "x"), Finished(0)]))
    await queue.submit(RunRequest(code="1")).wait()
    path = tmp_path / "id-1.json"

    def recorded() -> bool:
        return path.exists() and json.loads(path.read_text())["runs"][0]["state"] == "finished"

    async with asyncio.timeout(10):
        while not await asyncio.to_thread(recorded):  # nothing tells when a file was written
            pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await closed(store, queue)


async def test_a_record_is_bounded(tmp_path: Path) -> None:
    big = Media("image/png", "x" * 2_000_000)
    flood = [Output("stdout", "y" * 99 + "\n") for _ in range(5000)]
    short: list[Script] = [[Finished(0)] for _ in range(25)]
    host = FakeHost(*short, [*flood, big, Media("image/png", "small"), Finished(0)])
    store, queue = await opened(tmp_path, host)
    for _ in range(25):
        queue.submit(RunRequest(code="1"))
    await queue.submit(RunRequest(code="2")).wait()
    await closed(store, queue)

    store, queue = await opened(tmp_path, FakeHost())
    assert len(queue.runs) == RUNS_KEPT
    last = queue.runs[-1]
    assert last.number == 26
    assert len(last.log.text()) == TEXT_KEPT
    assert last.log.lines == 5000
    assert last.log.dropped_lines == 3000
    things = [item for item in last.log.read(0)[0] if not isinstance(item, Output)]
    assert things == [Log("note", "image/png of 2000 kB was not recorded"), Media("image/png", "small")]
    await closed(store, queue)


async def test_a_damaged_record_is_set_aside_and_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / "id-1.json").write_text('{"version": 1, "runs": [{')
    (tmp_path / "id-2.json").write_text('{"version": 99, "session_id": "id-2", "runs": []}')
    store, queue = await opened(tmp_path, FakeHost([Finished(0)]))
    assert list(queue.runs) == []
    assert await queue.submit(RunRequest(code="1")).wait() is RunState.FINISHED
    _, newer = await opened(tmp_path, FakeHost(), "id-2")
    assert list(newer.runs) == []
    await closed(store, queue)
    assert len([name for name in names(tmp_path) if ".damaged-" in name]) == 2
    assert json.loads((tmp_path / "id-1.json").read_text())["runs"][0]["state"] == "finished"


async def test_two_apps_at_once_leave_a_whole_record(tmp_path: Path) -> None:
    scripts: list[Script] = [[Output("stdout", "z" * 5000), Finished(0)] for _ in range(10)]
    apps = [await opened(tmp_path, FakeHost(*scripts)) for _ in range(2)]
    runs = [queue.submit(RunRequest(code=str(number))) for number in range(10) for _, queue in apps]
    for run in runs:
        await run.wait()
    await asyncio.gather(*(closed(store, queue) for store, queue in apps))
    store, queue = await opened(tmp_path, FakeHost())
    assert len(queue.runs) == 10
    assert [name for name in names(tmp_path) if name.startswith(".")] == []
    await closed(store, queue)


async def test_a_folder_that_cannot_be_written_costs_only_the_record(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    store, queue = await opened(blocked / "runs", FakeHost([Finished(0)]))
    assert await queue.submit(RunRequest(code="1")).wait() is RunState.FINISHED
    await closed(store, queue)
    assert "cannot be recorded" in store.problem
