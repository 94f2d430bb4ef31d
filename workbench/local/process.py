"""The embedded server as a process: start it or attach to the running one, ask after it, stop it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from workbench.local import signature
from workbench.local.settings import Settings
from workbench.local.state import (
    LOG_FILE,
    RUNTIME_ENV,
    SERVER_FILE,
    SERVER_LOCK,
    START_LOCK,
    LocalServer,
    LocalServerError,
    holder,
    private_folder,
    read_server_file,
    runtime_dir,
    try_lock,
)

__all__ = ["LocalServer", "LocalServerError", "ensure_running", "status", "stop"]

_PROBE_TIMEOUT = 3.0
_POLL = 0.02
_LOG_KEPT = 1024 * 1024


def ensure_running(timeout: float = 20.0, settings: Settings | None = None) -> LocalServer:
    """Attach to the running server, or start one; blocks, so call it in a thread.

    Any number of simultaneous callers get the same server. `settings` only matter to a server that is started.
    Raises `LocalServerError`.
    """
    folder = private_folder(runtime_dir())
    deadline = time.monotonic() + timeout
    if server := _answering(folder):
        return server
    with _start_lock(folder, deadline):
        while True:
            if server := _answering(folder):
                return server
            if holder(folder / SERVER_LOCK) is None:
                _start(folder, deadline, settings)
            elif time.monotonic() > deadline:
                raise LocalServerError(f"The embedded server does not answer; its log is {folder / LOG_FILE}.")
            else:
                time.sleep(_POLL)  # it is on its way up or down


def status() -> LocalServer | None:
    """The running server, None when there is none; raises `LocalServerError` when its file cannot be trusted."""
    folder = runtime_dir()
    return _answering(private_folder(folder)) if folder.exists() else None


def stop(timeout: float = 20.0) -> bool:
    """End the server and everything it started; False when none was running. Raises `LocalServerError`."""
    folder = runtime_dir()
    if not folder.exists():
        return False
    lock = private_folder(folder) / SERVER_LOCK
    pid = holder(lock)
    if pid is None:
        return False
    deadline = time.monotonic() + timeout
    # Whoever holds the lock wrote its own id there, so this id cannot be a stranger that got a dead server's number.
    _kill(pid, signal.SIGTERM)
    while holder(lock) == pid:
        if time.monotonic() > deadline:
            _kill(pid, signal.SIGKILL)
            (folder / SERVER_FILE).unlink(missing_ok=True)
            raise LocalServerError(f"The embedded server (process {pid}) did not stop in time and was killed.")
        time.sleep(_POLL)
    return True


def _kill(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _answering(folder: Path) -> LocalServer | None:
    server = read_server_file(folder)
    # A process id alone proves nothing: it may be a stranger's by now. Nor does a port.
    if server is None or holder(folder / SERVER_LOCK) != server.pid:
        return None
    return server if probe(server) else None


def probe(server: LocalServer) -> bool:
    """Whether the server of this keypair answers; its answer proves that it knows the secret and is that process."""
    host = server.url.removeprefix("http://")
    echo = secrets.token_hex(16)
    target = f"/auth/test?echo={echo}"
    headers = signature.sign_headers(
        method="GET", target=target, host=host, access_key=server.access_key, secret_key=server.secret_key
    )
    connection = http.client.HTTPConnection(host, timeout=_PROBE_TIMEOUT)
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        answer = json.loads(response.read(64 * 1024)) if response.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    expected = signature.proof(server.secret_key, echo, server.pid)
    given = answer.get("proof") if isinstance(answer, dict) else None
    return isinstance(given, str) and secrets.compare_digest(given.encode(), expected.encode())


@contextlib.contextmanager
def _start_lock(folder: Path, deadline: float) -> Iterator[None]:
    while True:
        with try_lock(folder / START_LOCK) as mine:
            if mine:
                yield
                return
        if time.monotonic() > deadline:
            raise LocalServerError("Another process has been starting the embedded server for too long.")
        time.sleep(_POLL)


def _start(folder: Path, deadline: float, settings: Settings | None) -> None:
    """Start the server and wait until it listens; it says so, or why not, on a pipe."""
    ready, told = os.pipe()
    try:
        try:
            with _log(folder).open("ab") as log:
                subprocess.run(
                    [sys.executable, "-P", "-m", "workbench.local", "--detach", "--ready-fd", str(told)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=_environ(folder, settings),
                    pass_fds=(told,),
                    start_new_session=True,
                    timeout=max(0.1, deadline - time.monotonic()),
                    check=True,
                )
        finally:
            os.close(told)
        _await_ready(ready, folder, deadline)
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalServerError(f"The embedded server could not be started: {error}.") from error
    finally:
        os.close(ready)


def _await_ready(ready: int, folder: Path, deadline: float) -> None:
    if not select.select([ready], [], [], max(0.0, deadline - time.monotonic()))[0]:
        raise LocalServerError(f"The embedded server takes too long to start; its log is {folder / LOG_FILE}.")
    said = os.read(ready, 4096).decode(errors="replace").strip()
    if said != "ready":
        reason = said or f"it ended at once; its log is {folder / LOG_FILE}"
        raise LocalServerError(f"The embedded server could not be started: {reason}")


def _log(folder: Path) -> Path:
    path = folder / LOG_FILE
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_KEPT:
            path.replace(folder / f"{LOG_FILE}.old")
    path.touch(mode=0o600)
    return path


_NOT_FOR_SESSIONS = (
    "BACKEND_ACCESS_KEY",
    "BACKEND_SECRET_KEY",
    "BACKEND_PASSWORD",
    "SORNA_ACCESS_KEY",
    "SORNA_SECRET_KEY",
)
"""A cluster's credentials stay out of the server, hence out of the code that its sessions run."""


def _environ(folder: Path, settings: Settings | None) -> dict[str, str]:
    environ = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_SESSIONS}
    environ |= settings.to_env() if settings else {}
    if RUNTIME_ENV in environ:
        environ[RUNTIME_ENV] = str(folder)  # the server's working folder is another
    return environ
