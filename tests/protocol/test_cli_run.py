"""`backend-tui run` as a real command, its streams and its terminal."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.protocol.commands import COMMAND, WAIT, echo_is_off, names, on_terminal, run, script


def test_stdout_and_stderr_come_apart_and_the_code_is_the_exit_code(env: dict[str, str], tmp_path: Path) -> None:
    before = names(env)
    text = "import sys\nprint('to out')\nprint('to err', file=sys.stderr)\nsys.exit(3)\n"
    done = run(env, "run", script(tmp_path, text))
    assert (done.stdout, done.returncode) == ("to out\n", 3)
    assert "to err\n" in done.stderr
    assert names(env) == before


def test_output_comes_while_the_code_runs(env: dict[str, str]) -> None:
    text = "print('first')\ninput()\n"
    with on_terminal(env, "run", "-", stdin=text.encode()) as program:
        program.until("first")
        program.type("\n")
        assert program.end() == 0


def test_a_traceback_is_shown_and_the_exit_code_is_not_zero(env: dict[str, str]) -> None:
    done = run(env, "run", "-", code="1/0")
    assert "ZeroDivisionError" in done.stderr
    assert done.returncode == 1
    assert "workbench" not in done.stderr


def test_code_from_stdin_asks_on_the_terminal_and_a_password_is_not_shown(env: dict[str, str]) -> None:
    text = b"import getpass\nn = input('Name: ')\np = getpass.getpass('Word: ')\nprint('got', n, len(p))\n"
    with on_terminal(env, "run", "-", stdin=text) as program:
        program.until("Name: ")
        program.type("bob\n")
        program.until("Word: ")
        echo_is_off(program.fd)
        program.type("s3cret-word\n")
        assert program.end() == 0
        assert "got bob 11" in program.text
        assert "s3cret-word" not in program.text


def test_the_question_shows_on_the_terminal_when_stdout_is_a_file(env: dict[str, str], tmp_path: Path) -> None:
    with (
        (tmp_path / "out.txt").open("wb") as out,
        on_terminal(env, "run", "-", stdin=b"print('hi', input('Name: '))", stdout=out.fileno()) as program,
    ):
        program.until("Name:")
        program.type("bob\n")
        assert program.end() == 0
    assert (tmp_path / "out.txt").read_text() == "Name: hi bob\n"


def test_answers_can_be_piped_in(env: dict[str, str], tmp_path: Path) -> None:
    done = run(env, "run", script(tmp_path, "print(input('a? ') + input('b? '))"), code="one\ntwo\n")
    assert done.returncode == 0
    assert done.stdout == "a? b? onetwo\n"


def test_a_question_that_nobody_can_be_asked_is_a_clear_failure(env: dict[str, str], tmp_path: Path) -> None:
    before = names(env)
    done = run(env, "run", script(tmp_path, "input('Name: ')"))
    assert done.returncode == 1
    assert "backend-tui: the code asks for input (Name:) and there is no terminal to ask on\n" in done.stderr
    assert names(env) == before


def test_ctrl_c_interrupts_the_code_and_the_exit_code_says_so(env: dict[str, str], tmp_path: Path) -> None:
    before = names(env)
    path = script(tmp_path, "import time\nprint('on', flush=True)\ntime.sleep(100)\n")
    with on_terminal(env, "run", path) as program:
        program.until("on\n")
        program.type("\x03")
        assert program.end() == 130
        assert "KeyboardInterrupt" in program.text
        assert "asyncio" not in program.text
    assert names(env) == before


def test_ctrl_c_at_a_question_interrupts_too(env: dict[str, str], tmp_path: Path) -> None:
    with on_terminal(env, "run", script(tmp_path, "input('Name: ')")) as program:
        program.until("Name: ")
        program.type("\x03")
        assert program.end() == 130


def test_a_second_ctrl_c_leaves_code_that_does_not_listen(env: dict[str, str], tmp_path: Path) -> None:
    text = (
        "import signal, time\nheard = []\nsignal.signal(signal.SIGINT, lambda *_: heard.append(1))\n"
        "print('on', flush=True)\nwhile not heard: time.sleep(0.01)\n"
        "print('no', flush=True)\nwhile True: time.sleep(100)\n"
    )
    with on_terminal(env, "run", script(tmp_path, text)) as program:
        program.until("on\n")
        program.type("\x03")
        program.until("no\n")
        program.type("\x03")
        assert program.end() == 130


def test_a_reader_that_leaves_ends_the_run_quietly(env: dict[str, str], tmp_path: Path) -> None:
    before = names(env)
    path = script(tmp_path, "n = 0\nwhile True:\n print(n)\n n += 1\n")
    command = f"{' '.join(COMMAND)} run {path} | head -3; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=env, capture_output=True, text=True, timeout=WAIT, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout == "0\n1\n2\n141\n"
    assert "BrokenPipe" not in done.stderr
    assert "workbench" not in done.stderr
    assert names(env) == before


def test_media_are_saved_with_numbers_or_told_of(env: dict[str, str], tmp_path: Path) -> None:
    text = (
        "from IPython.display import SVG, Image, display\nimport base64\n"
        'display(SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\'))\n'
        "display(Image(data=base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
        "WjR9awAAAABJRU5ErkJggg==')))\n"
    )
    path, folder = script(tmp_path, text), tmp_path / "media"
    done = run(env, "run", path, "--media-dir", str(folder))
    assert done.returncode == 0
    assert sorted(file.name for file in folder.iterdir()) == ["001.svg", "002.png"]
    assert (folder / "002.png").read_bytes().startswith(b"\x89PNG")
    assert f"{folder}/001.svg" in done.stderr
    told = run(env, "run", path)
    assert re.search(r"backend-tui: image/png, \d+ bytes \(--media-dir saves it\)", told.stderr)


def test_a_batch_runs_its_steps_on_the_file(env: dict[str, str], tmp_path: Path) -> None:
    path = script(tmp_path, "print('from the file')")
    done = run(env, "run", path, "--batch", "--build", "echo building", "--exec", "cat script.py; exit 6")
    assert done.stdout.startswith("building\nprint('from the file')")
    assert done.returncode == 6


def test_a_named_session_keeps_its_state_and_its_life(env: dict[str, str]) -> None:
    missing = run(env, "run", "-", "--session", "cli-named", code="1")
    assert missing.returncode == 1
    assert missing.stderr == "backend-tui: There is no session named cli-named; --image IMAGE makes it.\n"
    assert run(env, "run", "-", "--session", "cli-named", "--image", "python", code="x = 41").returncode == 0
    done = run(env, "run", "-", "-s", "cli-named", code="print(x + 1)")
    assert done.stdout == "42\n"
    listed = run(env, "ls").stdout
    assert re.search(r"^cli-named +RUNNING +\w+ +\d+ s", listed, re.MULTILINE)
    assert run(env, "logs", "cli-named").returncode == 0
    refused = run(env, "rm", "cli-named")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert run(env, "rm", "cli-named", "--yes").returncode == 0
    assert "cli-named" not in names(env)


def test_keep_leaves_the_temporary_session(env: dict[str, str]) -> None:
    done = run(env, "run", "-", "--keep", code="1")
    found = re.search(r"kept the session (run-\w+)", done.stderr)
    assert found
    assert found[1] in names(env)
    assert run(env, "rm", "--yes", "--force", found[1]).returncode == 0


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["run"], 2, "What to run is missing"),
        (["run", "/no/such/file.py"], 2, "backend-tui: /no/such/file.py cannot be read: No such file or directory."),
        (["run", "--batch"], 2, "--batch needs"),
        (["rm", "no-such-session", "--yes"], 1, "backend-tui: There is no session named no-such-session;"),
        (["logs", "no-such-session"], 1, "backend-tui: There is no session named no-such-session;"),
        (["run", "-", "--image", "no/such:image"], 1, "backend-tui: "),
    ],
)
def test_mistakes_are_a_sentence_and_an_exit_code(env: dict[str, str], args: list[str], code: int, said: str) -> None:
    done = run(env, *args)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_server_that_is_not_there_or_does_not_know_the_keypair_is_a_sentence(env: dict[str, str]) -> None:
    away = run({**env, "BACKEND_ENDPOINT": "http://127.0.0.1:9"}, "ls")
    assert away.returncode == 1
    assert away.stderr == "backend-tui: Cannot connect to 127.0.0.1:9: Connection refused.\n"
    wrong = run({**env, "BACKEND_SECRET_KEY": "wrong-secret"}, "ls")
    assert wrong.returncode == 1
    assert "does not accept the keypair" in wrong.stderr
    assert "wrong-secret" not in wrong.stderr
    nonsense = run({**env, "BACKEND_ENDPOINT": "nonsense"}, "ls")
    assert nonsense.returncode == 1
    assert nonsense.stderr.startswith("backend-tui: The endpoint is not an address")


def test_ls_without_a_server_starts_none(env: dict[str, str], tmp_path: Path) -> None:
    bare = {name: value for name, value in env.items() if not name.startswith("BACKEND_")}
    bare["BACKEND_TUI_RUNTIME_DIR"] = str(tmp_path / "runtime")
    done = run(bare, "ls", "--json")
    assert (done.stdout, done.returncode) == ("[]\n", 0)
    assert not (tmp_path / "runtime").exists()


def test_the_embedded_server_is_used_when_nothing_is_configured(env: dict[str, str], runtime: Path) -> None:
    bare = {name: value for name, value in env.items() if not name.startswith("BACKEND_")}
    bare["BACKEND_TUI_RUNTIME_DIR"] = str(runtime)
    assert run(bare, "run", "-", code="print('local')").stdout == "local\n"


def test_a_termination_leaves_no_session_behind(env: dict[str, str], tmp_path: Path) -> None:
    before = names(env)
    path = script(tmp_path, "import time\nprint('on', flush=True)\ntime.sleep(100)\n")
    program = subprocess.Popen(
        [*COMMAND, "run", path], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"on\n"
        program.terminate()
        assert program.wait(WAIT) == 143
    assert names(env) == before
