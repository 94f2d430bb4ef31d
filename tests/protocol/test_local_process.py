"""The embedded server as a process: started once, found again, trusted once it proves itself, gone without rest."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from tests.protocol.conftest import private_runtime
from tests.protocol.rawclient import RawClient, eventually
from workbench.local import process
from workbench.local.process import LocalServer, LocalServerError
from workbench.local.settings import Settings
from workbench.local.state import read_server_file, write_server_file

ClientOf = Callable[[LocalServer], RawClient]


@pytest.fixture(autouse=True)
def plain_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells of these servers are killed in the middle of starting; a person's own start-up files may mind that."""
    monkeypatch.setenv("SHELL", "/bin/sh")


KERNEL_AND_CHILDREN = (
    "import os, subprocess, sys\n"
    "wait = 'import time; time.sleep(600)'\n"
    "plain = subprocess.Popen([sys.executable, '-c', wait])\n"
    "away = subprocess.Popen([sys.executable, '-c', wait], start_new_session=True)\n"
    "open('file', 'w').write('x')\n"
    "print(os.getpid(), plain.pid, away.pid, os.getcwd())"
)


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def exists(path: Path) -> bool:
    return os.path.lexists(path)


async def gone(*pids: int) -> None:
    async def look() -> bool:
        return not any(is_alive(pid) for pid in pids)

    await eventually(look)


async def start(settings: Settings | None = None) -> LocalServer:
    return await asyncio.to_thread(process.ensure_running, 30, settings)


def test_ten_simultaneous_starts_make_one_server(runtime: Path) -> None:
    starter = "from workbench.local.process import ensure_running as go; s = go(60); print(s.pid, s.url, s.access_key)"

    def run(_: int) -> str:
        return subprocess.run([sys.executable, "-c", starter], capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(10) as pool:
        seen = set(pool.map(run, range(10)))
    assert len(seen) == 1
    running = process.status()
    assert running is not None
    assert seen == {f"{running.pid} {running.url} {running.access_key}\n"}


async def test_a_second_start_attaches_and_stop_ends_it(runtime: Path) -> None:
    first = await start()
    assert await start() == first
    assert process.status() == first
    assert (runtime / "server.json").stat().st_mode & 0o777 == 0o600
    assert process.stop() is True
    await gone(first.pid)
    assert process.status() is None
    assert process.stop() is False
    assert not (runtime / "server.json").exists()


def test_every_server_has_keys_of_its_own(runtime: Path) -> None:
    first = process.ensure_running()
    process.stop()
    second = process.ensure_running()
    assert (first.access_key, first.secret_key) != (second.access_key, second.secret_key)


def test_it_listens_on_this_machine_only(runtime: Path) -> None:
    server = process.ensure_running()
    listening = [
        connection.laddr
        for program in [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        for connection in program.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert [(address.ip, f"http://127.0.0.1:{address.port}") for address in listening] == [("127.0.0.1", server.url)]


def check_sockets(connection_file: Path) -> None:
    """Sockets of the file system, in a folder that is for this user alone."""
    folder = connection_file.parent
    assert json.loads(connection_file.read_text())["transport"] == "ipc"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry for entry in folder.iterdir() if entry.is_socket()]


async def test_kernels_talk_over_sockets_in_a_private_folder_and_never_over_tcp(
    runtime: Path, client_of: ClientOf
) -> None:
    server = await start()
    api = client_of(server)
    created = await api.create()
    printed, _ = await api.run(
        created["sessionName"],
        "from ipykernel.connect import get_connection_file; import os; print(get_connection_file(), os.getpid())",
    )
    file, pid = printed.split()
    await asyncio.to_thread(check_sockets, Path(file))
    kernels = [program for program in psutil.Process(server.pid).children(recursive=True) if program.is_running()]
    assert int(pid) in {program.pid for program in kernels}
    assert [connection for program in kernels for connection in program.net_connections("inet")] == []


def test_the_server_is_in_a_session_of_its_own_and_nobodys_child(runtime: Path) -> None:
    server = process.ensure_running()
    assert os.getsid(server.pid) != os.getsid(0)
    assert psutil.Process(server.pid).ppid() != os.getpid()


def test_the_secret_is_in_no_log_and_no_command_line(runtime: Path) -> None:
    server = process.ensure_running()
    assert server.secret_key not in (runtime / "server.log").read_text()
    assert server.secret_key not in " ".join(psutil.Process(server.pid).cmdline())


async def test_cluster_credentials_do_not_reach_the_code_of_sessions(
    runtime: Path, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKEND_SECRET_KEY", "a-clusters-secret")
    api = client_of(await start())
    created = await api.create()
    printed, _ = await api.run(created["sessionName"], "import os; print(dict(os.environ))")
    assert "a-clusters-secret" not in printed


# -- what a dead or foreign server leaves


async def test_a_dead_servers_file_is_not_believed(runtime: Path) -> None:
    first = await start()
    os.kill(first.pid, signal.SIGKILL)
    await gone(first.pid)
    assert process.status() is None
    second = await start()
    assert second.pid != first.pid
    assert process.status() == second


def test_a_stranger_with_the_old_process_id_is_left_alone(runtime: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        write_server_file(runtime, LocalServer("http://127.0.0.1:1", "AKIAX", "secret", stranger.pid))
        assert process.status() is None
        assert process.stop() is False
        assert stranger.poll() is None
        assert process.ensure_running().pid != stranger.pid
        process.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


class Impostor(BaseHTTPRequestHandler):
    """Says yes to everything, as a stranger on a dead server's port might."""

    def do_GET(self) -> None:
        body = json.dumps({"authorized": "yes", "echo": "", "proof": "0" * 64}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def test_a_stranger_on_the_old_port_is_not_believed(runtime: Path) -> None:
    impostor = HTTPServer(("127.0.0.1", 0), Impostor)
    thread = threading.Thread(target=impostor.serve_forever)
    thread.start()
    try:
        claimed = LocalServer(f"http://127.0.0.1:{impostor.server_port}", "AKIAX", "secret", os.getpid())
        write_server_file(runtime, claimed)
        assert not process.probe(claimed)
        assert process.status() is None
        assert process.ensure_running().pid != os.getpid()
    finally:
        impostor.shutdown()
        thread.join()
        impostor.server_close()


def test_a_port_that_accepts_and_says_nothing_does_not_hang_the_start(runtime: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        claimed = LocalServer(f"http://127.0.0.1:{port}", "AKIAX", "secret", os.getpid())
        write_server_file(runtime, claimed)
        assert not process.probe(claimed)
        assert process.ensure_running(30).url != f"http://127.0.0.1:{port}"


def test_keys_that_others_can_read_are_refused_with_a_reason(runtime: Path) -> None:
    process.ensure_running()
    (runtime / "server.json").chmod(0o644)
    for call in (process.status, process.ensure_running):
        with pytest.raises(LocalServerError, match="can be read by others"):
            call()
    assert process.stop() is True


def test_a_folder_others_can_write_to_is_refused_with_a_reason(runtime: Path) -> None:
    runtime.chmod(0o777)
    with pytest.raises(LocalServerError, match="Others may write"):
        process.ensure_running()
    runtime.chmod(0o700)


def test_a_server_that_cannot_start_says_why(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_TUI_LOCAL_IDLE_EXIT", "soon")
    with pytest.raises(LocalServerError, match="BACKEND_TUI_LOCAL_IDLE_EXIT is 'soon'"):
        process.ensure_running()


def test_a_server_run_by_hand_beside_a_running_one_refuses(runtime: Path) -> None:
    process.ensure_running()
    second = subprocess.run(
        [sys.executable, "-m", "workbench.local"], capture_output=True, text=True, check=False, timeout=60
    )
    assert second.returncode != 0
    assert "runs already" in second.stderr
    assert "Traceback" not in second.stderr
    assert process.status() is not None


# -- the end


async def processes_of_a_session(api: RawClient) -> tuple[list[int], Path]:
    created = await api.create()
    printed, _ = await api.run(created["sessionName"], KERNEL_AND_CHILDREN)
    *pids, folder = printed.split()
    return [int(pid) for pid in pids], Path(folder)


async def shell_of_a_session(api: RawClient) -> int:
    """The process id of a terminal's shell, attached over the wire."""
    created = await api.create()

    async def look() -> list[int]:
        children = psutil.Process(api.server.pid).children()
        return [child.pid for child in children if "python" not in child.name()]

    async with api.socket(f"/stream/session/{created['sessionName']}/pty") as pty:
        await pty.send_json({"type": "resize", "rows": 24, "cols": 80})
        return (await eventually(look))[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_closes_sessions_and_leaves_no_process_and_no_folder(
    runtime: Path, client_of: ClientOf, number: signal.Signals
) -> None:
    server = await start()
    api = client_of(server)
    pids, folder = await processes_of_a_session(api)
    shell = await shell_of_a_session(api)
    everyone = [child.pid for child in psutil.Process(server.pid).children(recursive=True)]
    assert {pids[0], shell} <= set(everyone)
    os.kill(server.pid, number)
    await gone(server.pid, shell, *pids, *everyone)
    assert not exists(folder)
    assert read_server_file(runtime) is None
    assert "Traceback" not in (runtime / "server.log").read_text()


async def test_kernels_and_terminals_die_with_a_killed_server(runtime: Path, client_of: ClientOf) -> None:
    server = await start()
    api = client_of(server)
    pids, _ = await processes_of_a_session(api)
    shell = await shell_of_a_session(api)
    everyone = [child.pid for child in psutil.Process(server.pid).children(recursive=True)]
    os.kill(server.pid, signal.SIGKILL)
    await gone(server.pid, shell, *pids, *everyone)


async def test_the_next_server_cleans_up_after_a_killed_one_but_keeps_what_is_to_be_kept(
    runtime: Path, client_of: ClientOf
) -> None:
    server = await start()
    api = client_of(server)
    folders = {}
    for name, keep in {"lost-session": False, "kept-session": True}.items():
        await api.create(name, keep_folder=keep)
        printed, _ = await api.run(name, "import os; open('data', 'w').write('x'); print(os.getcwd())")
        folders[name] = Path(printed.strip())
    foreign = runtime / "sessions" / "foreign"
    foreign.mkdir()
    os.kill(server.pid, signal.SIGKILL)
    await gone(server.pid)
    api = client_of(await start())

    async def cleaned() -> bool:
        return not any(exists(folder) for folder in folders.values())

    await eventually(cleaned)
    [kept] = (runtime / "sessions" / "kept").iterdir()
    assert kept.name.startswith("kept-session-")
    assert (kept / "data").read_text() == "x"
    assert foreign.exists()


async def test_stop_ends_a_server_with_open_streams(runtime: Path, client_of: ClientOf) -> None:
    server = await start()
    api = client_of(server)
    ref = (await api.create())["sessionName"]
    async with api.events() as events, api.socket(f"/stream/session/{ref}/execute") as run:
        await run.send_json({"mode": "query", "code": "import time; time.sleep(600)", "options": {}})
        await run.receive(timeout=30)
        assert await asyncio.to_thread(process.stop) is True
        assert b"session_terminated" in await events.content.read()
    await gone(server.pid)


async def test_it_stops_itself_when_nobody_needs_it(runtime: Path) -> None:
    server = await start(Settings(idle_exit=0.5))
    await gone(server.pid)
    assert process.status() is None


async def test_a_session_or_a_listener_keeps_it_up(runtime: Path, client_of: ClientOf) -> None:
    server = await start(Settings(idle_exit=1.0))
    api = client_of(server)
    async with api.events() as events:
        # The stream stays open for several idle times; an ended one would give its end, not a timeout.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(events.content.read(), 2.5)
    created = await api.create()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gone(server.pid), 2.5)
    await api.call("DELETE", f"/session/{created['sessionName']}")
    await gone(server.pid)


# -- the command


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_command_starts_shows_and_stops() -> None:
    with private_runtime() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKEND_TUI_RUNTIME_DIR", str(folder))
        assert run_command("local", "status").returncode == 3
        started = run_command("local", "start", "--idle-exit", "60")
        assert started.returncode == 0, started.stderr
        assert "listens on http://127.0.0.1:" in started.stdout
        again = run_command("local", "start")
        assert "runs already" in again.stdout
        assert run_command("local", "start", "--network-timeout", "5").returncode == 1
        env = run_command("local", "status", "--env").stdout
        shown = json.loads(run_command("local", "status", "--json").stdout)
        assert f"export BACKEND_ENDPOINT={shown['url']}" in env
        assert f"export BACKEND_ACCESS_KEY={shown['access_key']}" in env
        assert "BACKEND_SECRET_KEY=" in env
        assert "secret" not in json.dumps(shown)
        assert "is stopped" in run_command("local", "stop").stdout
        assert "was not running" in run_command("local", "stop").stdout
