"""The keypair file and the locks of the embedded server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.local import state
from workbench.local.state import (
    LocalServer,
    LocalServerError,
    holder,
    private_folder,
    read_server_file,
    try_lock,
    write_server_file,
)

SERVER = LocalServer("http://127.0.0.1:4000", "AKIA", "the-secret", 42)


def test_what_is_written_is_read_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    write_server_file(tmp_path, SERVER)
    assert read_server_file(tmp_path) == SERVER
    assert (tmp_path / "server.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["server.json"]


def test_the_secret_is_not_in_the_repr() -> None:
    assert "the-secret" not in repr(SERVER)


def test_no_file_is_no_server(tmp_path: Path) -> None:
    assert read_server_file(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"url": 1}', b"\xff\xfe", b"[" * 60000, json.dumps({"url": "x"}).encode()],
)
def test_a_damaged_file_is_no_server(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "server.json"
    path.write_bytes(content)
    path.chmod(0o600)
    assert read_server_file(tmp_path) is None


def test_a_file_that_names_another_machine_is_no_server(tmp_path: Path) -> None:
    write_server_file(tmp_path, LocalServer("http://evil.example:80", "AKIA", "s", 42))
    assert read_server_file(tmp_path) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    write_server_file(tmp_path, SERVER)
    (tmp_path / "server.json").chmod(mode)
    with pytest.raises(LocalServerError, match="can be read by others"):
        read_server_file(tmp_path)


def test_a_foreign_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_server_file(tmp_path, SERVER)
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    with pytest.raises(LocalServerError, match=f"belongs to user {own}, not to you"):
        read_server_file(tmp_path)
    with pytest.raises(LocalServerError, match=f"belongs to user {own}, not to you"):
        private_folder(tmp_path)


def test_a_link_in_the_files_place_is_refused(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    write_server_file(real, SERVER)
    (tmp_path / "server.json").symlink_to(real / "server.json")
    with pytest.raises(LocalServerError, match="Cannot read the keypair file"):
        read_server_file(tmp_path)


@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_something_else_in_the_files_place_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "server.json"
    path.mkdir() if kind == "folder" else os.mkfifo(path, 0o600)
    with pytest.raises(LocalServerError, match="not a file"):
        read_server_file(tmp_path)


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(LocalServerError, match="chmod 700"):
        private_folder(tmp_path)


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(LocalServerError):
        private_folder(tmp_path / "x")


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    assert private_folder(tmp_path / "a").stat().st_mode & 0o777 == 0o700


HOLD = "import sys; from pathlib import Path; from workbench.local.state import hold_lock; print(hold_lock(Path({!r})))"


def test_one_process_holds_a_lock_and_others_see_which(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    assert holder(lock) is None
    assert not lock.exists()
    program = HOLD.format(str(lock)) + "; sys.stdout.flush(); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert holder(lock) == other.pid
        with try_lock(lock) as mine:
            assert not mine
        second = subprocess.run([sys.executable, "-c", HOLD.format(str(lock))], capture_output=True, check=True)
        assert second.stdout == b"False\n"
        other.kill()
    assert holder(lock) is None
    with try_lock(lock) as mine:
        assert mine


def test_the_runtime_folder_follows_its_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_TUI_RUNTIME_DIR", str(tmp_path / "r"))
    assert state.runtime_dir() == tmp_path / "r"
    assert state.sessions_dir() == tmp_path / "r" / "sessions"
    monkeypatch.delenv("BACKEND_TUI_RUNTIME_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert "backend-tui" in str(state.runtime_dir())
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert state.runtime_dir() == tmp_path / "backend-tui"
        assert state.sessions_dir() == tmp_path / "state" / "backend-tui" / "sessions"
