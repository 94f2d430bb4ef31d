"""Runs of a session follow each other whatever their clients and their code do."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.protocol.rawclient import RawClient
from tests.protocol.streams import run, streaming
from tests.protocol.workshop import Workshop, gone, until, workshop
from workbench.local.query import Query

STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGINT, lambda *_: None)\nprint('going', flush=True)\n"
    "while True: time.sleep(60)"
)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path, interrupt_grace=1.0, poll_silence=1.0, prompt_silence=1.5, heartbeat=1.0) as shop:
        yield shop


async def test_runs_of_one_session_are_first_in_first_out(shop: Workshop) -> None:
    async with shop.stream("import time\ntime.sleep(0.5)\norder = [1]") as first:
        await first.next()
        async with shop.stream("order.append(2)") as second, shop.stream("print(order)") as third:
            frame = await third.next()
            assert frame is not None
            assert (frame["status"], frame["console"]) == ("continued", [])
            await third.finish()
            await second.finish()
        await first.finish()
    assert third.text() == "[1, 2]\n"


async def test_runs_of_different_sessions_are_concurrent(api: RawClient) -> None:
    one, two = [(await api.create())["sessionName"] for _ in range(2)]
    async with streaming(api, one, "input('wait ')") as waiting:
        await waiting.until_status("waiting-input")
        assert (await run(api, two, "print('through')")).text() == "through\n"
        await waiting.ws.send_str("")
        await waiting.finish()


async def test_a_dropped_stream_never_wedges_the_session(shop: Workshop) -> None:
    async with shop.stream("import time\nkept = 5\nprint('going', flush=True)\ntime.sleep(60)") as dropped:
        await dropped.until(lambda: "going" in dropped.text())
    assert (await shop.run("print(kept)")).text() == "5\n"


async def test_a_stream_dropped_at_a_question_never_wedges_the_session(shop: Workshop) -> None:
    async with shop.stream("input('? ')") as dropped:
        await dropped.until_status("waiting-input")
    assert (await shop.run("print('next')")).text() == "next\n"


async def test_a_stream_dropped_while_it_waits_its_turn_is_never_run(shop: Workshop) -> None:
    async with shop.stream("import time\ntime.sleep(0.7)") as first:
        await first.next()
        async with shop.stream("was_run = True") as dropped:
            await dropped.next()
        await first.finish()
    assert (await shop.run("print('was_run' in globals())")).text() == "False\n"


async def test_a_client_that_is_there_but_silent_for_ever_is_gone(shop: Workshop) -> None:
    """Half-open TCP: the client's end never answers, and never closes."""
    host, port = shop.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"GET /execute HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    first = json.dumps({"mode": "query", "code": "while True: print('x' * 1000)"}).encode()
    writer.write(bytes([0x81, 0x80 | len(first), 0, 0, 0, 0]) + first)
    await reader.readexactly(100)
    assert (await shop.run("print('free')")).text() == "free\n"
    writer.close()


async def test_code_that_ignores_the_interrupt_of_its_abandoned_run_loses_its_kernel(shop: Workshop) -> None:
    async with shop.stream(f"lost = 1\n{STUBBORN}") as dropped:
        await dropped.until(lambda: "going" in dropped.text())
    stream = await shop.run("print('lost' in globals())")
    assert stream.text() == "False\n"
    assert "the kernel was started anew: its variables are gone" in stream.text("stderr")
    assert shop.exits == []


async def test_an_interrupt_ends_the_run_with_a_traceback(shop: Workshop) -> None:
    async with shop.stream("import time\nprint('going', flush=True)\ntime.sleep(60)") as stream:
        await stream.until(lambda: "going" in stream.text())
        await shop.interrupt()
        frame = await stream.finish(10)
    assert frame["exitCode"] == 1
    assert "KeyboardInterrupt" in stream.text("stderr")


async def test_an_interrupt_right_after_the_start_is_not_lost(shop: Workshop) -> None:
    for _ in range(5):
        async with shop.stream("import time\ntime.sleep(60)") as stream:
            await until(lambda: shop.runtime.queue.active is not None)
            await shop.interrupt()
            await stream.finish(10)
        assert "KeyboardInterrupt" in stream.text("stderr")


async def test_an_interrupt_that_comes_before_the_code_waits_for_it(shop: Workshop) -> None:
    """What runs before the code swallows KeyboardInterrupt."""
    await shop.run("import time\nget_ipython().events.register('pre_run_cell', lambda _: time.sleep(1))")
    async with shop.stream("print('begun', flush=True)\ntime.sleep(60)") as stream:
        await until(lambda: isinstance(doing := shop.runtime._doing, Query) and doing._started)
        await shop.interrupt()
        frame = await stream.finish(10)
    assert frame["exitCode"] == 1
    assert stream.text("stderr").count("KeyboardInterrupt") == 2, "one heading and one last line: one traceback"
    assert "callback" not in stream.text("stderr")


async def test_an_interrupt_handler_of_the_code_is_left_alone(shop: Workshop) -> None:
    code = (
        "import signal, time\nheard = []\nsignal.signal(signal.SIGINT, lambda *_: heard.append(1))\n"
        "print('going', flush=True)\nwhile not heard: time.sleep(0.01)\nprint('heard')"
    )
    async with shop.stream(code) as stream:
        await stream.until(lambda: "going" in stream.text())
        await shop.interrupt()
        frame = await stream.finish(10)
    assert (frame["exitCode"], stream.text(), stream.text("stderr")) == (0, "going\nheard\n", "")


async def test_a_reply_that_arrives_while_a_request_is_sent_is_not_lost(shop: Workshop) -> None:
    kernel = shop.runtime.kernel
    async with asyncio.timeout(60):
        for step in range(500):
            _, first = kernel.send("kernel_info_request", {}, "control")
            await asyncio.sleep(step % 100 / 100_000)
            _, second = kernel.send("kernel_info_request", {}, "control")
            await asyncio.gather(first, second)


async def test_a_kernel_that_loses_a_reply_does_not_hold_its_run(shop: Workshop) -> None:
    code = (
        "session = get_ipython().kernel.session\nsend = session.send\n"
        "def lose(stream, kind, *args, **kwargs):\n"
        "    if kind == 'execute_reply':\n        session.send = send\n        raise KeyboardInterrupt\n"
        "    return send(stream, kind, *args, **kwargs)\n"
        "session.send = lose\nprint('done')"
    )
    async with shop.stream(code) as stream:
        frame = await stream.finish(20)
    assert (frame["exitCode"], stream.text()) == (1, "done\n")
    assert "did not say how the code ended" in stream.text("stderr")
    assert (await shop.run("print('next')")).text() == "next\n"


async def test_an_interrupt_releases_code_that_waits_for_input(shop: Workshop) -> None:
    async with shop.stream("input('? ')") as stream:
        await stream.until_status("waiting-input")
        await shop.interrupt()
        await stream.finish(10)
    assert "KeyboardInterrupt" in stream.text("stderr")
    assert (await shop.run("print('next')")).text() == "next\n"


async def test_the_first_interrupt_never_costs_the_kernel_and_a_later_one_does(shop: Workshop) -> None:
    async with shop.stream(STUBBORN) as stream:
        await stream.until(lambda: "going" in stream.text())
        pid = shop.runtime.kernel.pid
        await shop.interrupt()
        await shop.interrupt()
        began = time.monotonic()
        await stream.until(lambda: time.monotonic() - began > shop.runtime.limits.interrupt_grace)
        assert shop.runtime.kernel.pid == pid
        await shop.interrupt()
        frame = await stream.finish()
    assert frame["exitCode"] == 130
    assert "the kernel was started anew" in stream.text("stderr")
    assert (await shop.run("print('works')")).text() == "works\n"
    assert shop.exits == []


@pytest.mark.parametrize(
    ("code", "exit_code", "said"),
    [
        ("import os; os._exit(7)", 7, "ended by itself with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL, "killed by SIGKILL"),
    ],
)
async def test_a_dead_kernel_ends_its_run_and_its_session(shop: Workshop, code: str, exit_code: int, said: str) -> None:
    async with shop.stream(f"import time\nprint('before', flush=True)\ntime.sleep(0.3)\n{code}") as stream:
        frame = await stream.finish()
    assert frame["exitCode"] == exit_code
    assert stream.text() == "before\n"
    assert said in stream.text("stderr")
    await until(lambda: bool(shop.exits))
    assert said in shop.exits[0]


async def test_a_kernel_that_dies_while_nothing_runs_is_noticed(shop: Workshop) -> None:
    shop.runtime.kernel.process.kill()
    await until(lambda: bool(shop.exits))
    assert shop.exits == ["The kernel was killed by SIGKILL."]


# -- over HTTP


async def test_polling_goes_on_with_the_run_until_it_is_finished(shop: Workshop) -> None:
    began = time.monotonic()
    result = await shop.post(mode="query", code="import time\nprint(1)\ntime.sleep(2.3)\nprint(2)", run_id="r1")
    assert (result["status"], result["runId"], result["console"]) == ("continued", "r1", [["stdout", "1\n"]])
    assert 1.5 < time.monotonic() - began < 4
    result = await shop.post(mode="continued", code="", run_id="r1")
    assert (result["status"], result["exitCode"], result["console"]) == ("finished", 0, [["stdout", "2\n"]])


async def test_a_finished_run_stays_finished_and_an_unknown_one_is_refused(shop: Workshop) -> None:
    assert (await shop.post(mode="query", code="import sys; sys.exit(3)", runId="r2"))["status"] == "finished"
    again = await shop.post(mode="continue", code="", run_id="r2")
    assert (again["status"], again["exitCode"], again["console"]) == ("finished", 3, [])
    for body in ({"mode": "continue", "run_id": "nobody"}, {"mode": "continue"}, {"mode": "input", "code": "x"}):
        refused = await shop.post(**body)
        assert refused["type"].endswith("/invalid-session-data"), refused


async def test_input_over_http(shop: Workshop) -> None:
    result = await shop.post(mode="query", code="print(input('a? '))", run_id="r3")
    assert (result["status"], result["options"]) == ("waiting-input", {"is_password": False})
    result = await shop.post(mode="input", code="blue", run_id="r3")
    assert (result["status"], result["console"]) == ("finished", [["stdout", "blue\n"]])


async def test_a_run_that_nobody_polls_is_abandoned(shop: Workshop) -> None:
    result = await shop.post(mode="query", code="import time\ntime.sleep(120)", run_id="r4")
    assert result["status"] == "continued"
    assert (await shop.run("print('free')")).text() == "free\n"


async def test_a_question_that_nobody_answers_over_http_is_abandoned(shop: Workshop) -> None:
    assert (await shop.post(mode="query", code="input()", run_id="r5"))["status"] == "waiting-input"
    assert (await shop.run("print('free')")).text() == "free\n"


# -- floods


async def test_a_client_that_reads_slowly_holds_the_kernel_and_loses_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path, held_bytes=2_000_000) as shop:
        async with shop.stream(
            "import time\nfor i in range(400):\n    print(str(i % 10) * 100_000)\n    time.sleep(0.002)"
        ) as stream:
            await stream.next()
            await until(lambda: shop.runtime.kernel.is_paused)
            await stream.finish()
        assert stream.text() == "".join(str(i % 10) * 100_000 + "\n" for i in range(400))


async def test_a_held_kernel_can_be_interrupted(tmp_path: Path) -> None:
    async with workshop(tmp_path, held_bytes=2_000_000) as shop:
        async with shop.stream("while True: print('x' * 100_000)") as stream:
            await stream.next()
            await until(lambda: shop.runtime.kernel.is_paused)
            await shop.interrupt()
            await stream.finish()
        assert "KeyboardInterrupt" in stream.text("stderr")


# -- the end


async def test_destroying_ends_every_process_and_every_stream(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        await shop.run(
            "import subprocess, os\n"
            "subprocess.Popen(['sleep', '1000'])\n"
            "subprocess.Popen(['sleep', '1001'], start_new_session=True)\n"
            "os.system('setsid nohup sleep 1002 > /dev/null 2>&1 &')\n"
            "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time; time.sleep(1003)\n"
            "    os._exit(0)"
        )
        await shop.run("", "batch", {"exec": "nohup sleep 1004 > /dev/null 2>&1 &"})
        pids = [process.pid for process in shop.processes()]
        assert len(pids) >= 6
        async with shop.stream("import time; time.sleep(100)") as stream:
            await stream.next()
            await shop.runtime.close()
            frame = await stream.finish(5)
        assert frame["exitCode"] == 130
        assert "destroyed" in stream.text("stderr")
        await gone(pids)


# -- frames that make no sense


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ("{", "JSONDecodeError"),
        ("[" * 100_000, "RecursionError"),
        ("[]", "must be a JSON object"),
        ('{"code": "1"}', "InvalidStreamMode(400)"),
        ('{"mode": "continue", "code": "1"}', "InvalidStreamMode(400)"),
        ('{"mode": "query", "code": 5}', "code must be a string"),
    ],
)
async def test_a_first_frame_that_makes_no_sense_gets_an_error_and_the_end(
    api: RawClient, frame: str, said: str
) -> None:
    ref = (await api.create())["sessionName"]
    async with api.socket(f"/stream/session/{ref}/execute") as ws:
        await ws.send_str(frame)
        answer = await ws.receive_json()
        assert answer["status"] == "error"
        assert said in answer["msg"]
        assert "Traceback" not in answer["msg"]
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert (await run(api, ref, "print('alive')")).text() == "alive\n"


async def test_a_binary_first_frame_and_a_hundred_megabytes_of_code_are_refused(api: RawClient) -> None:
    ref = (await api.create())["sessionName"]
    async with api.socket(f"/stream/session/{ref}/execute") as ws:
        await ws.send_bytes(b'{"mode": "query", "code": "1"}')
        assert "must be a text frame" in (await ws.receive_json())["msg"]
    async with api.socket(f"/stream/session/{ref}/execute") as ws:
        with_code = json.dumps({"mode": "query", "code": "#" * 100_000_000})
        closed = False
        try:
            await ws.send_str(with_code)
            message = await ws.receive()
            closed = message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
            closed = closed or "larger than" in json.loads(message.data)["msg"]
        except (ConnectionError, aiohttp.ClientError):
            closed = True
        assert closed
    assert (await run(api, ref, "print('alive')")).text() == "alive\n"


async def test_too_much_input_that_nobody_asked_for_ends_the_stream(shop: Workshop) -> None:
    async with shop.stream("import time\ntime.sleep(60)") as stream:
        for _ in range(3):
            await stream.ws.send_str("x" * 600_000)
        await stream.until_status("error")
    assert (await shop.run("print('free')")).text() == "free\n"
