"""`backend-tui` without a screen, against a real cluster."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path
from urllib.request import urlopen

from tests.protocol.commands import OnTerminal, echo_is_off, on_terminal, run, script


def test_ls_names_the_session(env: dict[str, str], shared_name: str) -> None:
    listed = json.loads(run(env, "ls", "--json").stdout)
    assert [each["status"] for each in listed if each["name"] == shared_name] == ["RUNNING"]


def test_run_prints_what_the_code_prints_and_ends_with_its_code(
    env: dict[str, str], shared_name: str, home: Path
) -> None:
    done = run(env, "run", script(home, "import sys\nprint('out')\nsys.exit(7)"), "--session", shared_name)
    assert (done.stdout, done.returncode) == ("out\n", 7)


def test_run_asks_on_the_terminal_and_hides_a_password(env: dict[str, str], shared_name: str, home: Path) -> None:
    asks = script(home, "import getpass\nn = input('name? ')\np = getpass.getpass('word? ')\nprint(n, len(p))")
    with on_terminal(env, "run", asks, "--session", shared_name) as program:
        program.until("name? ")
        program.type("bob\n")
        program.until("word? ")
        echo_is_off(program.fd)
        program.type("hush-hush\n")
        program.until("bob 9")
        assert program.end() == 0
        assert "hush" not in program.text


def test_run_saves_a_plot(env: dict[str, str], shared_name: str, home: Path) -> None:
    plot = script(home, "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()")
    done = run(env, "run", plot, "--session", shared_name, "--media-dir", str(home / "pictures"))
    assert done.returncode == 0, done.stderr
    (picture,) = (home / "pictures").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_ctrl_c_interrupts_the_code(env: dict[str, str], shared_name: str, home: Path) -> None:
    waits = script(home, "import time\nprint('on', flush=True)\ntime.sleep(100)")
    with on_terminal(env, "run", waits, "--session", shared_name) as program:
        program.until("on")
        program.type("\x03")
        program.until("KeyboardInterrupt")
        assert program.end() == 130


def test_a_failing_build_ends_with_its_exit_code(env: dict[str, str], shared_name: str) -> None:
    done = run(env, "run", "--session", shared_name, "--build", "echo broken >&2; exit 3", "--exec", "echo never")
    assert done.returncode == 127
    assert "broken" in done.stderr
    assert "never" not in done.stdout


def test_a_wrong_key_is_one_sentence(env: dict[str, str]) -> None:
    done = run({**env, "BACKEND_SECRET_KEY": "not-the-key"}, "ls")
    assert done.returncode == 1
    assert "does not accept the keypair" in done.stderr
    assert "not-the-key" not in done.stderr


def test_tunnel_leads_to_an_app_on_a_local_port(env: dict[str, str], shared_name: str) -> None:
    assert "ttyd  http" in run(env, "tunnel", shared_name).stdout
    assert "no app nothing" in run(env, "tunnel", shared_name, "nothing").stderr
    with on_terminal(env, "tunnel", shared_name, "ttyd") as program:
        with urlopen(f"{_address(program)}/token", timeout=30) as reply:
            assert "token" in json.load(reply)
        program.type("\x03")
        assert program.end() == 130
    with on_terminal(env, "tunnel", shared_name, "sshd") as program:
        host, _, port = _address(program).rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            assert connection.recv(8) == b"SSH-2.0-"
        program.type("\x03")
        assert program.end() == 128 + signal.SIGINT


def _address(program: OnTerminal) -> str:
    program.until("Ctrl+C ends it")
    return next(line for line in program.text.splitlines() if "127.0.0.1:" in line)
