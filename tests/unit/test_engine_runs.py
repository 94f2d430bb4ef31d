"""The run queue: what becomes of runs, whatever a server does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.engine_fakes import FakeHost, until
from workbench.domain.console import Output
from workbench.domain.run import Finished, InputRequested, Mode, Phase, PhaseEnded, RunRequest, RunState
from workbench.engine.prompts import PromptInbox
from workbench.engine.run import Run
from workbench.engine.runs import RunQueue
from workbench.wire.errors import ConnectionFailed, NotFound, Problem, StreamError

BROKEN = ConnectionFailed("The connection broke.")


def queue_of(host: FakeHost, *, prompts: PromptInbox | None = None, echo: bool = True) -> RunQueue:
    return RunQueue("id-1", host, prompts or PromptInbox(), echo=echo)


def code(text: str = "1") -> RunRequest:
    return RunRequest(code=text)


async def test_runs_go_one_after_another_and_say_their_place() -> None:
    host = FakeHost([None, Finished(0)], [Finished(0)], [Finished(3)])
    queue = queue_of(host)
    first, second, third = (queue.submit(code(str(each))) for each in range(3))
    assert [run.number for run in queue.runs] == [1, 2, 3]
    await until(queue, first, lambda run: run.state is RunState.RUNNING)
    assert (first.queue_place, second.queue_place, third.queue_place) == (0, 1, 2)
    assert second.state is RunState.QUEUED
    assert second.elapsed == 0.0
    host.streams[0].go.set()
    assert await third.wait() is RunState.FAILED
    assert [run.state for run in queue.runs] == [RunState.FINISHED, RunState.FINISHED, RunState.FAILED]
    assert third.exit_code == 3
    assert first.ended_at is not None
    assert first.started_at is not None
    assert second.started_at is not None
    assert first.submitted_at <= first.started_at <= first.ended_at <= second.started_at
    await queue.close()
    assert all(stream.is_closed for stream in host.streams)


async def test_a_queued_run_can_be_taken_out_and_the_others_move_up() -> None:
    host = FakeHost([None, Finished(0)], [Finished(0)])
    queue = queue_of(host)
    first, second, third = (queue.submit(code()) for _ in range(3))
    await until(queue, first, lambda run: run.state is RunState.RUNNING)
    assert queue.cancel(second)
    assert not queue.cancel(second)
    assert not queue.cancel(first)
    assert second.state is RunState.INTERRUPTED
    assert third.queue_place == 1
    host.streams[0].go.set()
    assert await third.wait() is RunState.FINISHED
    assert len(host.streams) == 2
    await queue.close()


async def test_a_lost_stream_says_so_and_the_next_run_frees_the_session_first() -> None:
    host = FakeHost([Output("stdout", "half"), BROKEN], [Finished(0)])
    host.frees_on_interrupt = False
    queue = queue_of(host)
    lost, after = queue.submit(code()), queue.submit(code())
    assert await lost.wait() is RunState.LOST
    assert lost.note == f"lost the stream at {lost.elapsed:.1f} s; the server may still be running this code"
    assert lost.log.text() == "half"
    assert await after.wait() is RunState.FINISHED
    assert host.interrupts == 1
    await queue.close()


async def test_a_stream_that_just_ends_is_lost_too() -> None:
    host = FakeHost([Output("stdout", "half")])
    queue = queue_of(host)
    assert await queue.submit(code()).wait() is RunState.LOST
    await queue.close()


@pytest.mark.parametrize("error", [BROKEN, StreamError("The server closed the stream."), NotFound(404)])
async def test_a_run_whose_session_was_destroyed_ends_with_a_plain_note(error: ConnectionFailed) -> None:
    host = FakeHost([Output("stdout", "x"), error])
    host.gone = True
    queue = queue_of(host)
    run = queue.submit(code())
    assert await run.wait() is RunState.INTERRUPTED
    assert run.note == f"the session ended at {run.elapsed:.1f} s, and this run with it"
    await queue.close()


async def test_what_the_server_does_not_accept_is_refused_with_its_words() -> None:
    host = FakeHost(NotFound(404, Problem(title="No such session.")), [StreamError("It took too long.", is_over=True)])
    queue = queue_of(host)
    refused, ended = queue.submit(code()), queue.submit(code())
    assert await refused.wait() is RunState.REFUSED
    assert refused.note == "No such session."
    assert await ended.wait() is RunState.FAILED
    assert "It took too long." in ended.note
    await queue.close()


async def test_a_run_waits_for_a_session_that_is_not_ready_yet() -> None:
    host = FakeHost([Finished(0)])
    host.is_ready.clear()
    queue = queue_of(host)
    run = queue.submit(code())
    assert run.note.startswith("work is pending")
    assert not queue.interrupt()
    host.is_ready.set()
    assert await run.wait() is RunState.FINISHED
    assert run.note == ""
    await queue.close()


async def test_a_session_that_will_never_run_refuses_what_queues() -> None:
    host = FakeHost([Finished(0)])
    host.not_ready = ConnectionFailed("Not connected.")
    queue = queue_of(host)
    run = queue.submit(code())
    assert await run.wait() is RunState.REFUSED
    assert run.note == "Not connected."
    host.not_ready = None
    assert await queue.submit(code()).wait() is RunState.FINISHED
    await queue.close()


async def test_an_answer_is_sent_once_and_its_prompt_goes_away() -> None:
    host = FakeHost([Output("stdout", "Name: "), InputRequested(), None, Output("stdout", "hi\n"), Finished(0)])
    prompts = PromptInbox()
    queue = queue_of(host, prompts=prompts)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.state is RunState.WAITING)
    (prompt,) = prompts.waiting
    assert prompt == run.prompt
    assert (prompt.text, prompt.session_name, prompt.is_password) == ("Name:", "work", False)
    assert prompts.answer(prompt, "bob")
    assert not prompts.answer(prompt, "eve")
    assert not run.answer("eve")
    assert prompts.waiting == ()
    assert await run.wait() is RunState.FINISHED
    assert host.streams[0].sent == ["bob"]
    assert run.log.text() == "Name: bob\nhi\n"
    await queue.close()


async def test_a_password_is_sent_and_kept_nowhere(tmp_path: Path) -> None:
    from workbench.engine.store import record_of

    host = FakeHost([Output("stdout", "Password: "), InputRequested(is_password=True), None, Finished(0)])
    prompts = PromptInbox()
    queue = queue_of(host, prompts=prompts)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.prompt)
    sink = run.log.tee(tmp_path / "out.txt")
    assert prompts.answer(prompts.waiting[0], "s3cret-word")
    await run.wait()
    await sink.aclose()
    assert host.streams[0].sent == ["s3cret-word"]
    kept = repr((vars(run), run.log.read(0), record_of(run), vars(prompts), (tmp_path / "out.txt").read_bytes()))
    assert "s3cret-word" not in kept
    await queue.close()


async def test_a_prompt_whose_run_was_lost_goes_away() -> None:
    host = FakeHost([InputRequested(), None, BROKEN])
    prompts = PromptInbox()
    queue = queue_of(host, prompts=prompts)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.prompt)
    prompt = prompts.waiting[0]
    host.streams[0].go.set()
    assert await run.wait() is RunState.LOST
    assert prompts.waiting == ()
    assert run.prompt is None
    assert not prompts.answer(prompt, "late")
    await queue.close()


async def test_interrupting_a_run_that_waits_gives_it_an_empty_line_when_the_server_still_waits() -> None:
    host = FakeHost([InputRequested(), None, Output("stderr", "KeyboardInterrupt"), Finished(1)])
    host.frees_on_interrupt = False
    prompts = PromptInbox()
    queue = queue_of(host, prompts=prompts)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.prompt)
    assert queue.interrupt()
    assert await run.wait() is RunState.INTERRUPTED
    assert host.streams[0].sent == [""]
    assert prompts.waiting == ()
    await queue.close()


async def test_interrupting_a_run_that_the_server_lets_go_sends_no_line() -> None:
    host = FakeHost([InputRequested(), None, Finished(1)])
    queue = queue_of(host)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.prompt)
    queue.interrupt()
    assert await run.wait() is RunState.INTERRUPTED
    assert run.note == f"interrupted at {run.elapsed:.1f} s"
    assert host.streams[0].sent == []
    await queue.close()


async def test_an_interrupt_that_does_not_get_through_says_so_and_the_run_goes_on() -> None:
    host = FakeHost([None, Finished(0)])
    host.interrupt_error = BROKEN
    queue = queue_of(host)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.state is RunState.RUNNING)
    queue.interrupt()
    await until(queue, run, lambda run: "did not get through" in run.note)
    assert run.state is RunState.RUNNING
    host.streams[0].go.set()
    assert await run.wait() is RunState.FINISHED
    await queue.close()


async def test_code_that_catches_its_interrupt_and_ends_well_has_finished() -> None:
    host = FakeHost([None, Output("stdout", "saved\n"), Finished(0)])
    queue = queue_of(host)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.state is RunState.RUNNING)
    queue.interrupt()
    assert await run.wait() is RunState.FINISHED
    await queue.close()


async def test_a_traceback_counts_as_failed_where_the_server_knows_no_exit_code() -> None:
    host = FakeHost(
        [Output("stderr", "Traceback (most recent call last)\nValueError"), Finished(None)], [Finished(None)]
    )
    queue = queue_of(host)
    failed, fine = queue.submit(code()), queue.submit(code())
    assert await failed.wait() is RunState.FAILED
    assert await fine.wait() is RunState.FINISHED
    await queue.close()


async def test_a_batch_run_goes_through_its_phases() -> None:
    ends = [PhaseEnded(Phase.CLEAN, 0), PhaseEnded(Phase.BUILD, 2), PhaseEnded(Phase.EXEC, 127)]
    host = FakeHost([ends[0], None, ends[1], ends[2], Finished(127)])
    queue = queue_of(host)
    run = queue.submit(RunRequest(mode=Mode.BATCH))
    assert run.phase is Phase.CLEAN
    await until(queue, run, lambda run: run.phase is Phase.BUILD)
    host.streams[0].go.set()
    assert await run.wait() is RunState.FAILED
    assert run.phases == ends
    await queue.close()


async def test_closing_interrupts_what_runs_and_ends_what_queues() -> None:
    host = FakeHost([None, Finished(1)])
    queue = queue_of(host)
    run, queued = queue.submit(code()), queue.submit(code())
    await until(queue, run, lambda run: run.state is RunState.RUNNING)
    await queue.close()
    assert host.interrupts == 1
    assert run.state is RunState.INTERRUPTED
    assert queued.state is RunState.INTERRUPTED
    assert "before it started" in queued.note


async def test_closing_is_quick_even_when_the_server_does_not_react() -> None:
    host = FakeHost([None])
    host.frees_on_interrupt = False
    queue = queue_of(host)
    run = queue.submit(code())
    await until(queue, run, lambda run: run.state is RunState.RUNNING)
    async with asyncio.timeout(1.9):
        await queue.close()
    assert run.state is RunState.LOST
    assert host.streams[0].is_closed


async def test_a_listener_that_fails_does_not_stop_the_queue(caplog: pytest.LogCaptureFixture) -> None:
    host = FakeHost([Finished(0)], [Finished(0)])
    queue = queue_of(host)

    def fail(run: Run) -> None:
        raise ValueError(run.number)

    queue.changed.connect(fail)
    queue.submit(code())
    assert await queue.submit(code()).wait() is RunState.FINISHED
    await queue.close()


async def test_a_session_that_ended_refuses_what_queues_at_once() -> None:
    host = FakeHost([None, Finished(0)])
    queue = queue_of(host)
    run, queued = queue.submit(code()), queue.submit(code())
    await until(queue, run, lambda run: run.state is RunState.RUNNING)
    queue.session_ended()
    assert queued.state is RunState.REFUSED
    assert queued.note == "the session ended before this started"
    await queue.close()


async def test_runs_from_the_record_come_before_new_ones_and_keep_their_numbers() -> None:
    host = FakeHost([Finished(0)])
    queue = queue_of(host)
    new = queue.submit(code())
    old = [Run(code("old"), number) for number in (4, 5)]
    for run in old:
        run.restore(state=RunState.FINISHED, elapsed=1.5, exit_code=0, note="")
    queue.restore(old)
    assert [run.number for run in queue.runs] == [4, 5, 6]
    assert queue.runs[-1] is new
    assert old[0].restored
    assert old[0].elapsed == 1.5
    assert queue.submit(code()).number == 7
    await queue.close()
