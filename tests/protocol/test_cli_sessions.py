"""`ls`, `rm`, `logs` and `local` as real commands, and how every command says what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.commands import COMMAND, WAIT, names, on_terminal, run


@pytest.fixture
def session(env: dict[str, str]) -> Iterator[str]:
    """The name of a session that lives for one test."""
    name = f"cli-{os.urandom(4).hex()}"
    assert run(env, "run", "-", "--session", name, "--image", "python", code="print('begun')").returncode == 0
    yield name
    run(env, "rm", "--yes", name)


def test_ls_shows_a_row_for_each_session(env: dict[str, str], session: str) -> None:
    head, *rows = run(env, "ls").stdout.splitlines()
    assert head.split() == ["NAME", "STATUS", "IMAGE", "AGE", "IDLE", "ID"]
    [row] = [row.split() for row in rows if row.split()[0] == session]
    assert row[1:3] == ["RUNNING", "python3"]


def test_ls_for_programs_gives_every_field(env: dict[str, str], session: str) -> None:
    [found] = [each for each in json.loads(run(env, "ls", "--json").stdout) if each["name"] == session]
    assert found["status"] == "RUNNING"
    assert Path(found["interpreter"]).name.startswith("python")
    assert {"id", "image", "project", "created_at", "idle_checks", "occupied_slots", "num_queries"} <= set(found)


def test_logs_are_what_the_session_wrote(env: dict[str, str], session: str) -> None:
    done = run(env, "logs", session)
    assert done.returncode == 0
    assert "begun\n" in done.stdout


def test_rm_destroys_by_name_and_by_id(env: dict[str, str], session: str) -> None:
    [found] = [each for each in json.loads(run(env, "ls", "--json").stdout) if each["name"] == session]
    done = run(env, "rm", "--yes", found["id"], found["id"])
    assert (done.returncode, done.stderr) == (0, f"backend-tui: destroyed {session}\n")
    assert session not in names(env)


def test_rm_asks_once_and_no_leaves_everything(env: dict[str, str], session: str) -> None:
    with on_terminal(env, "rm", session) as program:
        program.until("Destroy ")
        program.type("n\n")
        assert program.end() == 1
        assert "Nothing was destroyed." in program.text
    assert session in names(env)
    with on_terminal(env, "rm", session) as program:
        program.until("Destroy ")
        program.type("y\n")
        assert program.end() == 0
    assert session not in names(env)


def test_leaving_the_question_of_rm_leaves_everything(env: dict[str, str], session: str) -> None:
    with on_terminal(env, "rm", session) as program:
        program.until("Destroy ")
        program.type("\x03")
        assert program.end() == 130
        assert "Traceback" not in program.text
    assert session in names(env)


def test_rm_with_an_unknown_name_destroys_nothing(env: dict[str, str], session: str) -> None:
    done = run(env, "rm", "--yes", session, "no-one", "nobody")
    assert done.returncode == 1
    assert done.stderr == "backend-tui: There is no session named no-one, nobody; `backend-tui ls` lists them.\n"
    assert session in names(env)


@pytest.mark.parametrize("args", [["rm", "--yes"], ["run", "-", "--session"]])
def test_read_only_changes_nothing(env: dict[str, str], session: str, args: list[str]) -> None:
    by_flag = run(env, "--read-only", *args, session)
    by_setting = run({**env, "BACKEND_TUI_SESSION_READ_ONLY": "yes"}, *args, session)
    assert (by_flag.returncode, by_setting.returncode) == (1, 1)
    assert by_flag.stderr == "backend-tui: --read-only changes nothing; leave it out to do this.\n"
    assert "session.read_only" in by_setting.stderr
    assert session in names(env)


@pytest.mark.parametrize("args", [["ls"], ["logs"], ["--help"]])
def test_a_reader_that_leaves_is_no_mistake(env: dict[str, str], session: str, args: list[str]) -> None:
    told = [*COMMAND, *args, *([session] if args == ["logs"] else [])]
    gone, writes = os.pipe()
    os.close(gone)
    done = subprocess.run(told, env=env, stdout=writes, stderr=subprocess.PIPE, timeout=WAIT, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, b"")


def test_tracebacks_are_plain_in_a_file_and_coloured_when_asked_for(env: dict[str, str]) -> None:
    plain = run(env, "run", "-", code="1/0")
    assert "\x1b" not in plain.stderr
    assert plain.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert "\x1b[" in run(env, "run", "-", "--color", "always", code="1/0").stderr


def test_an_unknown_image_says_which_there_are(env: dict[str, str]) -> None:
    done = run(env, "run", "-", "--image", "no/such:1", code="1")
    assert done.returncode == 1
    assert "There are: local/python3:" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["lss"], "There is no command lss; did you mean ls? `backend-tui --help` says how it is called."),
        (
            ["ls", "--jsn"],
            "No such option '--jsn'. Did you mean '--json'? `backend-tui ls --help` says how it is called.",
        ),
        (["rm"], "Missing argument 'NAME...'. `backend-tui rm --help` says how it is called."),
        (
            [],
            "The workbench needs a terminal; run, ls, rm and logs do not. `backend-tui --help` says how it is called.",
        ),
    ],
)
def test_a_wrong_call_is_one_sentence(env: dict[str, str], args: list[str], said: str) -> None:
    done = run(env, *args)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"backend-tui: {said}\n")


def test_the_embedded_server_is_started_named_and_stopped(env: dict[str, str], runtime: Path) -> None:
    bare = {name: value for name, value in env.items() if not name.startswith("BACKEND_")}
    bare["BACKEND_TUI_RUNTIME_DIR"] = str(runtime)
    assert run(bare, "local", "status").returncode == 3
    assert "listens on http://127.0.0.1:" in run(bare, "local", "start").stdout
    assert "runs already" in run(bare, "local", "start").stdout
    keeps = run(bare, "local", "start", "--idle-exit", "5")
    assert keeps.returncode == 1
    assert "stop it first" in keeps.stderr
    exports = run(bare, "local", "status", "--env").stdout
    told = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines())
    assert run({**bare, **told}, "ls").returncode == 0
    as_json = run(bare, "local", "status", "--json").stdout
    assert told["BACKEND_SECRET_KEY"] not in as_json
    assert json.loads(as_json)["url"] == told["BACKEND_ENDPOINT"]
    assert run(bare, "local", "stop").stdout == "The embedded server is stopped.\n"
    assert run(bare, "local", "stop").stdout == "The embedded server was not running.\n"
