"""Where the embedded server keeps its keypair and its sessions' folders, and the locks that make it the only one."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

RUNTIME_ENV = "BACKEND_TUI_RUNTIME_DIR"

SERVER_FILE = "server.json"
SERVER_LOCK = "server.lock"
START_LOCK = "start.lock"
LOG_FILE = "server.log"


class LocalServerError(Exception):
    """The embedded server cannot be reached, started or trusted; the text says why and what to do."""


@dataclass(frozen=True)
class LocalServer:
    """A running embedded server and the keypair that opens it."""

    url: str
    access_key: str
    secret_key: str = field(repr=False)
    pid: int = 0


def runtime_dir() -> Path:
    """The folder of the server's keypair, locks, log and sockets; `BACKEND_TUI_RUNTIME_DIR` overrides it."""
    if override := os.environ.get(RUNTIME_ENV):
        return Path(override).absolute()
    if sys.platform == "darwin":
        import platformdirs

        return Path(platformdirs.user_runtime_dir("backend-tui"))
    for base in (os.environ.get("XDG_RUNTIME_DIR"), f"/run/user/{os.getuid()}"):
        if base and os.access(base, os.W_OK | os.X_OK):
            return Path(base) / "backend-tui"
    return Path("/tmp") / f"backend-tui-{os.getuid()}"  # noqa: S108 - private_folder() refuses a foreign one


def sessions_dir() -> Path:
    """The folder of the sessions' working folders; beside the rest when the runtime folder is overridden."""
    if override := os.environ.get(RUNTIME_ENV):
        return Path(override).absolute() / "sessions"
    import platformdirs

    return Path(platformdirs.user_state_dir("backend-tui")) / "sessions"


def private_folder(path: Path) -> Path:
    """Create `path` for this user alone; raises `LocalServerError` when somebody else could write there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.lstat()
    except OSError as error:
        raise LocalServerError(f"Cannot use the folder {path}: {error.strerror}.") from error
    if not stat.S_ISDIR(info.st_mode):
        raise LocalServerError(f"{path} is not a folder; move it away.")
    if info.st_uid != os.getuid():
        raise LocalServerError(f"The folder {path} belongs to user {info.st_uid}, not to you; it is not used.")
    if info.st_mode & 0o022:
        raise LocalServerError(f"Others may write to the folder {path}; make it private: chmod 700 {path}")
    return path


def read_server_file(folder: Path) -> LocalServer | None:
    """The server the folder tells of, None when it tells of none (no file, or a damaged one).

    Raises `LocalServerError` when the file is unreadable, or is not this user's alone.
    """
    path = folder / SERVER_FILE
    if path.is_dir():
        raise LocalServerError(f"The keypair file {path} is not a file. Remove it.")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalServerError(f"Cannot read the keypair file {path}: {error.strerror}. Remove it.") from error
    with os.fdopen(handle, "rb") as file:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise LocalServerError(f"The keypair file {path} is not a file. Remove it.")
        if info.st_uid != os.getuid():
            raise LocalServerError(
                f"The keypair file {path} belongs to user {info.st_uid}, not to you; it is not used."
            )
        if info.st_mode & 0o077:
            mode = stat.S_IMODE(info.st_mode)
            raise LocalServerError(
                f"The keypair file {path} can be read by others (mode {mode:04o}). Its keys may be known: "
                f"stop the server, remove the file and start again."
            )
        content = file.read(64 * 1024)
    return _decode(content)


def _decode(content: bytes) -> LocalServer | None:
    try:
        raw = json.loads(content)
        server = LocalServer(
            url=raw["url"], access_key=raw["access_key"], secret_key=raw["secret_key"], pid=int(raw["pid"])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = all(isinstance(text, str) for text in (server.url, server.access_key, server.secret_key))
    return server if whole and server.url.startswith("http://127.0.0.1:") else None


def write_server_file(folder: Path, server: LocalServer) -> None:
    """Put the keypair file in place at once: it is never seen half written, nor with another mode than 0600."""
    handle, name = tempfile.mkstemp(prefix=".server-", dir=folder)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w") as file:
            json.dump({"format": 1, **asdict(server)}, file)
            file.flush()
            os.fsync(handle)
        Path(name).replace(folder / SERVER_FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold the lock file while the block runs; False when another process holds it."""
    handle = _open_lock(path)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def hold_lock(path: Path) -> bool:
    """Hold the lock file until this process ends, with its id in it; False when another process holds it.

    The file stays open on purpose: once the lock is free, the process that held it is gone.
    """
    handle = _open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return True


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def holder(path: Path) -> int | None:
    """The process that holds the lock file now, None when none does."""
    if not path.exists():
        return None
    try:
        with try_lock(path) as free:
            return None if free else int(path.read_text())
    except (OSError, ValueError):
        return None
