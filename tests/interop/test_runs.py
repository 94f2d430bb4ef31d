"""Runs on a real cluster: everything that is said comes, and no session is ever left stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.interop.conftest import found
from tests.protocol.engine import Wire, code, opened, until
from workbench.domain.console import Media
from workbench.domain.run import BatchCommands, Mode, Phase, PhaseEnded, RunRequest, RunState
from workbench.engine.desk import Desk
from workbench.engine.run import Run
from workbench.engine.workbench import Workbench
from workbench.wire import Endpoint
from workbench.wire.compute import ComputeSession

Desks = Callable[[str], Desk]


async def finished(desk: Desk, request: RunRequest | str, seconds: float = 60) -> Run:
    """The run, when it is over."""
    run = desk.runs.submit(code(request) if isinstance(request, str) else request)
    async with asyncio.timeout(seconds):
        await run.wait()
    return run


def batch(**commands: str) -> RunRequest:
    return RunRequest(mode=Mode.BATCH, batch=BatchCommands(**commands))


async def still_runs(desk: Desk) -> None:
    """The session takes the next run."""
    assert (await finished(desk, "print('alive')", 20)).log.text() == "alive\n"


async def test_a_run_gives_its_text_its_traceback_and_its_exit_code(desk_of: Desks, shared_name: str) -> None:
    desk = desk_of(shared_name)
    run = await finished(desk, "import sys\nprint('한글 ✓')\nsys.stderr.write('careful\\n')\n6*7")
    assert (run.state, run.exit_code) == (RunState.FINISHED, 0)
    assert all(text in run.log.text() for text in ("한글 ✓\n", "careful\n", "42"))
    run = await finished(desk, "1/0")
    assert (run.state, run.exit_code) == (RunState.FAILED, 1)
    assert "ZeroDivisionError" in run.log.text()


async def test_questions_and_passwords_are_answered_and_a_password_shows_nowhere(
    desk_of: Desks, shared_name: str
) -> None:
    desk = desk_of(shared_name)
    run = desk.runs.submit(code("import getpass\nn = input('name? ')\np = getpass.getpass('pw: ')\nprint(n, len(p))"))
    await until(desk.runs.changed, lambda: run.state is RunState.WAITING)
    assert run.prompt is not None
    assert (run.prompt.text, run.prompt.is_password) == ("name?", False)
    assert run.answer("bob")
    await until(desk.runs.changed, lambda: run.prompt is not None and run.prompt.is_password)
    assert run.answer("s3cr3t-word")
    assert await run.wait() is RunState.FINISHED
    assert "bob 11" in run.log.text()
    assert "s3cr3t" not in run.log.text()


async def test_a_plot_comes_as_a_picture(desk_of: Desks, shared_name: str) -> None:
    run = await finished(
        desk_of(shared_name), "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()"
    )
    items, _ = run.log.read(0)
    pictures = [item for item in items if isinstance(item, Media)]
    assert [picture.mime for picture in pictures] == ["image/png"]
    assert pictures[0].content.startswith("data:image/png;base64,iVBOR")


async def test_html_comes_as_html_and_the_session_lives_on(desk_of: Desks, shared_name: str) -> None:
    """A bare client gets HTTP 500 here and a session that never runs anything again."""
    desk = desk_of(shared_name)
    run = await finished(desk, "from IPython.display import HTML\nprint('before')\nHTML('<b>bold</b> table')")
    items, _ = run.log.read(0)
    assert run.state is RunState.FINISHED
    assert [item for item in items if isinstance(item, Media)] == [Media("text/html", "<b>bold</b> table")]
    await still_runs(desk)


async def test_what_the_client_adds_shows_in_no_number_and_no_history(bench: Workbench, own: ComputeSession) -> None:
    await bench.registry.refresh()
    run = await finished(bench.desk(found(bench, own.name).id), "print(len(In), [n for n in dir() if 'space' in n])")
    assert run.log.text() == "2 []\n"


async def test_an_interrupted_run_ends_and_the_next_one_starts(desk_of: Desks, shared_name: str) -> None:
    desk = desk_of(shared_name)
    run = desk.runs.submit(code("import time\nprint('go', flush=True)\ntime.sleep(100)"))
    await until(desk.runs.changed, lambda: "go" in run.log.text())
    assert desk.runs.interrupt()
    async with asyncio.timeout(20):
        assert await run.wait() is RunState.INTERRUPTED
    assert "KeyboardInterrupt" in run.log.text()
    await still_runs(desk)


async def test_an_interrupted_question_frees_the_session(desk_of: Desks, shared_name: str) -> None:
    """The runner goes on waiting for the line after the interrupt; an empty one is sent behind it."""
    desk = desk_of(shared_name)
    run = desk.runs.submit(code("input('never answered? ')"))
    await until(desk.runs.changed, lambda: run.state is RunState.WAITING)
    assert desk.runs.interrupt()
    async with asyncio.timeout(20):
        assert await run.wait() is RunState.INTERRUPTED
    await still_runs(desk)


@pytest.mark.parametrize(
    ("commands", "codes", "text"),
    [
        (
            {"clean": "echo c", "build": "echo b; echo w >&2", "exec": "echo x; exit 5"},
            [0, 0, 5],
            ["c\n", "b\n", "x\n"],
        ),
        ({"build": "echo broken; exit 3", "exec": "echo never"}, [0, 3, 127], ["broken\n"]),
        ({"exec": "true"}, [0, 0, 0], []),
        ({"exec": "kill -9 $$"}, [0, 0, -9], []),
    ],
)
async def test_a_batch_ends_with_every_exit_code_and_all_its_output(
    desk_of: Desks, shared_name: str, commands: dict[str, str], codes: list[int], text: list[str]
) -> None:
    """On 26.9.6 a batch run of steps as quick as these, and every failing build, never ends."""
    run = await finished(desk_of(shared_name), batch(**commands))
    assert run.phases == [PhaseEnded(phase, each) for phase, each in zip(Phase, codes, strict=True)]
    assert run.exit_code == codes[-1]
    assert all(part in run.log.text() for part in text)
    assert "never" not in run.log.text()
    assert "\x00" not in run.log.text()


async def test_a_batch_step_is_interrupted_with_everything_it_started(desk_of: Desks, shared_name: str) -> None:
    desk = desk_of(shared_name)
    run = desk.runs.submit(batch(exec="echo on; sleep 77 & sleep 77; echo unreached"))
    await until(desk.runs.changed, lambda: "on" in run.log.text())
    assert desk.runs.interrupt()
    async with asyncio.timeout(20):
        await run.wait()
    assert run.state is RunState.INTERRUPTED
    assert "unreached" not in run.log.text()
    await still_runs(desk)


async def test_a_connection_cut_in_mid_run_loses_nothing(endpoint: Endpoint, shared_name: str) -> None:
    async with Wire(endpoint) as line, opened(line.endpoint) as bench:
        desk = bench.desk(found(bench, shared_name).id)
        ticks = "import time\nfor i in range(24):\n    print('tick', i); time.sleep(.25)\n"
        run = desk.runs.submit(code(ticks + "import sys; sys.exit(7)"))
        await until(desk.runs.changed, lambda: "tick" in run.log.text())
        line.cut()
        async with asyncio.timeout(60):
            await run.wait()
        said = run.log.text()
        assert [each for each in said.splitlines() if each.startswith("tick")] == [f"tick {i}" for i in range(24)]
        assert run.exit_code == 7
        await still_runs(desk)


async def test_a_run_that_ends_while_the_connection_is_away_is_told_whole(endpoint: Endpoint, shared_name: str) -> None:
    async with Wire(endpoint) as line, opened(line.endpoint) as bench:
        desk = bench.desk(found(bench, shared_name).id)
        run = desk.runs.submit(code("import time\nprint('first')\ntime.sleep(4)\nprint('last')\n1/0"))
        await until(desk.runs.changed, lambda: "first" in run.log.text())
        line.refuses = True
        line.cut()
        async with opened(endpoint) as other:
            await _record_ends(other, shared_name)
        line.refuses = False
        async with asyncio.timeout(60):
            await run.wait()
        said = run.log.text()
        assert said.index("first") < said.index("last") < said.index("ZeroDivisionError")
        assert (said.count("first\n"), said.count("last\n"), run.exit_code) == (1, 1, 1)
        await still_runs(desk)


async def _record_ends(bench: Workbench, name: str) -> None:
    compute = bench._compute(found(bench, name).id)
    async with asyncio.timeout(20):
        while b'["end"' not in await compute.download_single(".backend-tui/run-000000"):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def test_a_question_asked_while_the_connection_is_away_is_asked_once(
    endpoint: Endpoint, shared_name: str
) -> None:
    async with Wire(endpoint) as line, opened(line.endpoint) as bench:
        desk = bench.desk(found(bench, shared_name).id)
        run = desk.runs.submit(code("import time\nprint('first')\ntime.sleep(3)\nprint('got', input('more? '))"))
        await until(desk.runs.changed, lambda: "first" in run.log.text())
        line.cut()
        await until(desk.runs.changed, lambda: run.state is RunState.WAITING, seconds=40)
        assert run.answer("yes")
        async with asyncio.timeout(40):
            assert await run.wait() is RunState.FINISHED
        assert run.log.text().count("got yes") == 1
        assert run.log.text().count("more?") == 1
        await still_runs(desk)


async def test_ten_megabytes_in_one_record_come_whole(desk_of: Desks, shared_name: str) -> None:
    run = await finished(desk_of(shared_name), "import sys\n_ = sys.stdout.write('x' * 9_000_000 + 'END\\n')")
    assert run.state is RunState.FINISHED
    assert run.log.text().endswith("END\n")
