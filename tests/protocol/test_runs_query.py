"""What code prints, shows and asks comes over the wire as the protocol has it."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from tests.protocol.rawclient import RawClient
from tests.protocol.streams import run, streaming


@pytest.fixture
async def ref(api: RawClient) -> str:
    name: str = (await api.create())["sessionName"]
    return name


async def test_output_of_both_streams_keeps_its_order_and_is_merged(api: RawClient, ref: str) -> None:
    code = "import sys\nfor i in range(3):\n    print('o', i)\n    print('e', i, file=sys.stderr)\nprint('end')\nprint('x')"  # noqa: E501
    stream = await run(api, ref, code)
    assert [kind for kind, _ in stream.records] == ["stdout", "stderr"] * 3 + ["stdout"]
    assert stream.text() == "o 0\no 1\no 2\nend\nx\n"
    assert stream.text("stderr") == "e 0\ne 1\ne 2\n"
    assert stream.last["exitCode"] == 0


async def test_a_result_has_no_newline_and_nothing_is_glued_to_it(api: RawClient, ref: str) -> None:
    assert (await run(api, ref, "'abc'")).records == [["stdout", "'abc'"]]
    assert (await run(api, ref, "display(1); display(2); print('x'); 3")).records == [["stdout", "1\n2\nx\n3"]]
    assert (await run(api, ref, "print('open', end='')\n4")).records == [["stdout", "open\n4"]]


@pytest.mark.parametrize(
    ("code", "exit_code", "said"),
    [
        ("1/0", 1, "ZeroDivisionError"),
        ("def f(:", 1, "SyntaxError"),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit()", 0, ""),
        ("exit(4)", 4, ""),
        ("raise SystemExit('no luck')", 1, "no luck\n"),
    ],
)
async def test_the_exit_code_says_how_the_code_ended(
    api: RawClient, ref: str, code: str, exit_code: int, said: str
) -> None:
    stream = await run(api, ref, code)
    assert stream.last["exitCode"] == exit_code
    assert said in stream.text("stderr")
    assert bool(said) == bool(stream.text("stderr"))
    assert (await run(api, ref, "print('still here')")).text() == "still here\n"


async def test_a_traceback_is_coloured(api: RawClient, ref: str) -> None:
    text = (await run(api, ref, "1/0")).text("stderr")
    assert "\x1b[31mZeroDivisionError\x1b" in text
    assert not text.endswith("\n")


async def test_pictures_drawings_and_html_come_as_records(api: RawClient, ref: str) -> None:
    pixel = base64.b64encode(b"\x89PNG\r\n\x1a\nnot really").decode()
    stream = await run(
        api,
        ref,
        "import base64\nfrom IPython.display import HTML, SVG, Markdown\n"
        f"display({{'image/png': '{pixel}', 'text/plain': '<Figure>'}}, raw=True)\n"
        "display({'image/jpeg': 'QUJD', 'text/plain': 'x'}, raw=True)\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))\n"
        "display({'application/x-sorna-drawing': 'kJA='}, raw=True)\n"
        "display(HTML('<b>bold</b>'))\n"
        "class Table:\n    def _repr_html_(self): return '<table/>'\n    def __repr__(self): return 'a  b'\n"
        "display(Table())\n"
        "Markdown('# title')",
    )
    assert stream.records == [
        ["media", ["image/png", f"data:image/png;base64,{pixel}"]],
        ["media", ["image/jpeg", "data:image/jpeg;base64,QUJD"]],
        ["media", ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>']],
        ["media", ["application/x-sorna-drawing", "kJA="]],
        ["html", "<b>bold</b>"],
        ["stdout", "a  b"],
        ["html", "<table/>"],
        ["stdout", "\n# title"],
    ]


async def test_a_plot_is_shown_without_asking(api: RawClient, ref: str) -> None:
    pytest.importorskip("matplotlib")
    stream = await run(api, ref, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('after')")
    (picture,) = [data for kind, data in stream.records if kind == "media"]
    assert picture[0] == "image/png"
    assert base64.b64decode(picture[1].partition(",")[2]).startswith(b"\x89PNG")


async def test_programs_started_by_code_are_heard_before_the_run_ends(api: RawClient, ref: str) -> None:
    stream = await run(api, ref, "import os\nos.system('echo out; echo err >&2')\n!echo $((6 * 7))")
    assert stream.text() == "out\n42\r\n"
    assert stream.text("stderr") == "err\n"


async def test_what_a_forked_process_prints_is_heard(api: RawClient, ref: str) -> None:
    code = (
        "import os, time\npid = os.fork()\nif not pid:\n    print('from the child', flush=True)\n    os._exit(0)\n"
        "os.waitpid(pid, 0)\ninput('? ')"
    )
    async with streaming(api, ref, code) as stream:
        await stream.until(lambda: "from the child" in stream.text())
        await stream.ws.send_str("")
        await stream.finish()


async def test_help_and_lone_surrogates_are_shown(api: RawClient, ref: str) -> None:
    assert "Return the number of items" in (await run(api, ref, "len?")).text()
    assert (await run(api, ref, "print('a\\ud800b')")).text() == "a\\ud800b\n"


async def test_a_record_too_large_for_the_wire_is_said_not_sent(api: RawClient, ref: str) -> None:
    stream = await run(api, ref, "display({'image/png': 'A' * 12_000_000}, raw=True)")
    assert "is not sent: a record has at most 10 MiB" in stream.text("stderr")


async def test_a_question_waits_for_its_answer_and_a_password_is_never_seen(api: RawClient, ref: str) -> None:
    code = "import getpass\nname = input('name? ')\nsecret = getpass.getpass('pw: ')\nprint(name, len(secret))"
    async with streaming(api, ref, code) as stream:
        frame = await stream.until_status("waiting-input")
        assert frame["options"] == {"is_password": False}
        assert stream.text() == "name? "
        await stream.ws.send_str("bob")
        await stream.next()
        frame = await stream.until_status("waiting-input")
        assert frame["options"] == {"is_password": True}
        await stream.ws.send_str("hunter2!")
        await stream.finish()
    assert stream.text() == "name? pw: bob 8\n"
    logs = await api.call("GET", f"/session/{ref}/logs")
    assert "name? pw: bob 8" in logs.body.decode()
    assert "hunter2" not in logs.body.decode()


async def test_everything_printed_before_a_question_comes_before_it(api: RawClient, ref: str) -> None:
    code = "for i in range(50_000): print('line', i)\nx = input('? ')"
    async with streaming(api, ref, code) as stream:
        await stream.until_status("waiting-input")
        assert stream.text().endswith("line 49999\n? ")
        assert stream.text().count("\n") == 50_000
        await stream.ws.send_str("")
        await stream.finish()


async def test_input_sent_before_it_is_asked_for_is_the_next_answer(api: RawClient, ref: str) -> None:
    async with streaming(api, ref, "print(input('a'), input('b'))") as stream:
        await stream.ws.send_str("one")
        await stream.ws.send_str("two")
        await stream.finish()
    assert stream.text() == "abone two\n"


async def test_output_is_sent_promptly_and_silence_is_continued(api: RawClient, ref: str) -> None:
    code = "import time\nprint('first', flush=True)\ntime.sleep(1)\nprint('last')"
    async with streaming(api, ref, code) as stream:
        await stream.until(lambda: "first" in stream.text())
        first = time.monotonic()
        await stream.finish()
        assert time.monotonic() - first > 0.8
    assert [frame["status"] for frame in stream.frames].count("continued") >= 4
    assert any(frame["console"] == [] for frame in stream.frames)


async def test_a_hundred_thousand_lines_arrive_complete(api: RawClient, ref: str) -> None:
    stream = await run(api, ref, "for i in range(100_000): print(i)")
    assert stream.text() == "".join(f"{i}\n" for i in range(100_000))


async def test_the_environment_and_folder_are_those_of_the_session(api: RawClient) -> None:
    created = await api.create(config={"environ": {"COLOUR": "blue", "TZ": "Asia/Seoul"}})
    stream = await run(
        api,
        created["sessionName"],
        "import os, time\nprint(os.environ['COLOUR'], time.strftime('%z'), os.getcwd() == os.path.realpath('.'))\n"
        "!echo $COLOUR; pwd; python -c 'import sys; print(sys.executable)'\n"
        "import sys; print(os.getcwd(), os.path.dirname(sys.executable))",
    )
    lines = stream.text().replace("\r", "").splitlines()
    assert lines[:2] == ["blue +0900 True", "blue"]
    folder, python = lines[2:4]
    assert lines[4] == f"{folder} {Path(python).parent}"


async def test_a_variable_read_only_at_start_is_there_from_the_start(api: RawClient) -> None:
    created = await api.create(config={"environ": {"PYTHONPATH": "/nowhere/special"}})
    stream = await run(api, created["sessionName"], "import sys; print('/nowhere/special' in sys.path)")
    assert stream.text() == "True\n"


async def test_completion_is_the_kernels_own_even_while_code_runs(api: RawClient, ref: str) -> None:
    await run(api, ref, "import os\nunusual_name = 1")
    body = {"code": "unusual_n", "options": {"row": 0, "col": 9, "line": "unusual_n", "post": ""}}
    result = (await api.call("POST", f"/session/{ref}/complete", body=body)).json["result"]
    assert result["status"] == "finished"
    assert result["error"] is None
    assert result["suggestions"] == ["unusual_name"]
    async with streaming(api, ref, "import time\nprint('go', flush=True)\ntime.sleep(30)") as stream:
        await stream.until(lambda: "go" in stream.text())
        result = (await api.call("POST", f"/session/{ref}/complete", body=body)).json["result"]
        assert result["suggestions"] == ["unusual_name"]
        await api.call("POST", f"/session/{ref}/interrupt")
        await stream.finish()
