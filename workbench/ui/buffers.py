"""Editor buffers on disk: saved as they change, back after a kill. Blocking; called in a thread."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

MAX_BYTES = 64 << 20
"""A larger file is left on disk and shown as a note: an editor that stalls helps nobody."""

_LAYOUT = ".layout.json"
_CLOSED = ".closed"


class SavedBuffer(msgspec.Struct, frozen=True, kw_only=True):
    """One buffer as it was on disk."""

    name: str
    text: str
    cursor: tuple[int, int] = (0, 0)
    """Line and column, from 0."""
    problem: str = ""
    """Why the text could not be read; such a buffer is never written back."""


class SavedBuffers(msgspec.Struct, frozen=True, kw_only=True):
    """The buffers of one session, in tab order."""

    buffers: tuple[SavedBuffer, ...] = ()
    active: int = 0


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Tab order, cursors and the active tab: what the text files do not tell."""

    version: int = 1
    active: str = ""
    cursors: dict[str, tuple[int, int]] = {}
    """By buffer name, in tab order."""


class BufferStore:
    """A folder of sessions, each a folder of text files under their own names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, session: str) -> SavedBuffers:
        """What was saved for the session; a damaged layout costs the cursors, never the text.

        Raises:
            OSError: the folder cannot be read.
        """
        folder = self._folder(session)
        if not folder.is_dir():
            return SavedBuffers()
        layout = _layout(folder)
        names = [unquote(path.name) for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."]
        order = {name: place for place, name in enumerate(layout.cursors)}
        names.sort(key=lambda name: (order.get(name, len(order)), name))
        buffers = tuple(_read(folder / _file(name), name, layout.cursors.get(name, (0, 0))) for name in names)
        return SavedBuffers(buffers=buffers, active=names.index(layout.active) if layout.active in names else 0)

    def save(self, session: str, name: str, text: str) -> None:
        """Write one buffer so that a crash leaves the old text or the new one.

        Raises:
            OSError: it cannot be written.
        """
        _write(self._folder(session) / _file(name), text.encode("utf-8", "surrogatepass"))

    def save_layout(self, session: str, layout: Layout) -> None:
        """Write tab order, cursors and active tab.

        Raises:
            OSError: it cannot be written.
        """
        _write(self._folder(session) / _LAYOUT, msgspec.json.encode(layout))

    def close(self, session: str, name: str) -> None:
        """Put a buffer aside; `reopen` brings it back.

        Raises:
            OSError: it cannot be moved.
        """
        folder = self._folder(session)
        aside = folder / _CLOSED
        aside.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            target = aside / _file(name)
            (folder / _file(name)).replace(target)
            os.utime(target)

    def reopen(self, session: str, taken: Iterable[str] = ()) -> SavedBuffer | None:
        """Bring back the buffer closed last whose name is free; None when there is none.

        Raises:
            OSError: it cannot be moved.
        """
        folder, busy = self._folder(session), {_file(name) for name in taken}
        aside = folder / _CLOSED
        closed = [path for path in aside.iterdir() if path.name not in busy] if aside.is_dir() else []
        if not closed:
            return None
        path = max(closed, key=lambda each: each.stat().st_mtime_ns)
        path.replace(folder / path.name)
        return _read(folder / path.name, unquote(path.name), (0, 0))

    def rename(self, session: str, old: str, new: str) -> None:
        """Give a buffer another name.

        Raises:
            OSError: it cannot be moved.
        """
        folder = self._folder(session)
        with suppress(FileNotFoundError):
            (folder / _file(old)).replace(folder / _file(new))

    @staticmethod
    def folder_name(name: str) -> str:
        """Any name as the name of one folder."""
        return _file(name)

    def _folder(self, session: str) -> Path:
        return self.folder / _file(session)


def name_problem(name: str, taken: Iterable[str]) -> str | None:
    """Why a buffer cannot have that name, in a sentence; None when it can."""
    if not name.strip():
        return "A buffer needs a name."
    if len(_file(name).encode()) > 200:
        return "That name is too long."
    if "/" in name:
        return "A buffer name has no slash."
    if name in taken:
        return f"There is a buffer {name} already."
    return None


def _file(name: str) -> str:
    # Percent-encoding keeps any name inside its folder; a leading dot is ours.
    quoted = quote(name, safe=" +,=@()[]{}!~", errors="replace")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted


def _layout(folder: Path) -> Layout:
    try:
        return msgspec.json.decode((folder / _LAYOUT).read_bytes(), type=Layout)
    except (OSError, msgspec.DecodeError):
        return Layout()


def _read(path: Path, name: str, cursor: tuple[int, int]) -> SavedBuffer:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            megabytes = size / (1 << 20)
            return SavedBuffer(name=name, text="", problem=f"{name} has {megabytes:.0f} MB and stays on disk: {path}")
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        return SavedBuffer(name=name, text="", problem=f"{name} cannot be read: {error.strerror or error}")
    return SavedBuffer(name=name, text=text, cursor=cursor)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=".saving-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself must survive a power cut, not only the text.
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def layout_of(buffers: Iterable[tuple[str, tuple[int, int]]], active: str) -> Layout:
    """The layout of buffers given as (name, cursor) in tab order."""
    return Layout(active=active, cursors=dict(buffers))
