"""Programs of users run unchanged against a real server, each in its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.wire import Endpoint

PROGRAMS = Path(__file__).parent / "programs"


def environ_of(endpoint: Endpoint) -> dict[str, str]:
    """The environment of a process whose client is to talk to that server."""
    others = {key: value for key, value in os.environ.items() if not key.startswith(("BACKEND_", "SORNA_"))}
    return others | {
        "BACKEND_ENDPOINT": endpoint.url,
        "BACKEND_ACCESS_KEY": endpoint.access_key,
        "BACKEND_SECRET_KEY": endpoint.secret_key.reveal(),
        "PYTHONUNBUFFERED": "1",
    }


def run(program: str, endpoint: Endpoint, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without a terminal, with `typed` as its input."""
    return subprocess.run(
        [sys.executable, PROGRAMS / program],
        cwd=folder,
        env=environ_of(endpoint),
        input=typed,
        text=True,
        capture_output=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )


def test_a_blocking_program_runs_code_answers_it_and_sorts_its_output(endpoint: Endpoint, tmp_path: Path) -> None:
    done = run("query.py", endpoint, tmp_path, "bob\ns3cr3t-typed\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("begin\nname? ")
    assert "hello bob, 12 letters\n[media image/svg+xml]\nexit 0\n" in done.stdout
    assert "to stderr" in done.stderr
    assert "s3cr3t-typed" not in done.stdout + done.stderr


def test_a_batch_program_builds_runs_and_fetches(endpoint: Endpoint, tmp_path: Path) -> None:
    done = run("batch.py", endpoint, tmp_path)
    assert done.returncode == 0, done.stderr
    phases = [line for line in done.stdout.splitlines() if line.startswith("[clean") or "-finished" in line]
    assert phases == ["[clean-finished 0]", "[build-finished 0]"]
    assert "ran\n[finished 0]\none+two\n" in done.stdout
    assert (tmp_path / "out" / "made.txt").read_text() == "one+two"


def test_an_async_program_streams_a_run_and_a_terminal(endpoint: Endpoint, tmp_path: Path) -> None:
    done = run("streaming.py", endpoint, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("who? ")
    assert "0 bob\n1 bob\n2 bob\nexit 0\nterminal answered\n['programs-streaming']\n" in done.stdout


WAITING = """
from workbench.wire import Session
with Session() as session:
    kern = session.ComputeSession.get_or_create("python")
    try:
        print("waiting", flush=True)
        result = kern.execute(None, "import time; time.sleep(600)")
        while True:
            result = kern.execute(result["runId"], mode="continue")
    finally:
        print(kern.destroy())
"""


def test_ctrl_c_ends_a_blocking_call_at_once_and_cleanly(endpoint: Endpoint, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=tmp_path,
        env=environ_of(endpoint),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode in {-signal.SIGINT, 130}
    assert stdout == "{'status': 'terminated'}\n"
    assert "KeyboardInterrupt" in stderr
    assert "Unclosed" not in stderr
    assert "never retrieved" not in stderr


@pytest.mark.filterwarnings("error")
def test_a_blocking_client_leaves_no_thread_behind(endpoint: Endpoint) -> None:
    import threading

    from workbench.wire import Session
    from workbench.wire.errors import ConnectionFailed

    before = set(threading.enumerate())
    with Session(endpoint) as session:
        session.server()
        kern = session.ComputeSession("nobody-here")
    session.close()
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionFailed, match="closed"):
        kern.get_info()


def test_a_blocking_client_that_is_dropped_leaves_no_thread_behind(endpoint: Endpoint) -> None:
    import gc
    import threading

    from workbench.wire import Session

    before = set(threading.enumerate())
    session = Session(endpoint)
    session.server()
    del session
    gc.collect()
    assert set(threading.enumerate()) == before
