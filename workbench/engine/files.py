"""Files of a session: send, fetch, list, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from workbench.engine.signal import Signal
from workbench.wire.paths import FILES_PER_UPLOAD, FileProblem, named

if TYPE_CHECKING:
    from workbench.wire.compute import ComputeSession
    from workbench.wire.paths import FileEntry

SIZE_LIMIT = 1024 * 1024
"""Bytes; a file of this size or more is refused (protocol.md §7.1)."""


class Transfer(Struct, frozen=True, kw_only=True):
    """How far an upload or download is."""

    id: str
    title: str
    """`upload of 3 files`, or the name of the only one."""
    done_bytes: int = 0
    total_bytes: int = 0
    """0 while it is not known."""
    is_over: bool = False
    problem: str = ""
    """Why it ended early, in a sentence."""


class Files:
    """The working folder of one session."""

    def __init__(self, compute: Callable[[], ComputeSession], ready: Callable[[], Awaitable[None]]) -> None:
        self._compute = compute
        self._ready = ready
        self.progress: Signal[Transfer] = Signal()
        """An upload or download began, went on or ended."""

    async def upload(self, paths: Sequence[Path], base: Path | None = None) -> None:
        """Send files and folders; each is named after its path under `base` (else by its name). Raises `WireError`."""
        transfer = Transfer(id=uuid4().hex, title=_title("upload", paths))
        with _Reported(self.progress, transfer) as report:
            await asyncio.to_thread(_check, paths, base)
            await self._ready()
            await self._compute().upload(paths, base, report)

    async def upload_bytes(self, name: str, content: bytes) -> None:
        """Send one file from memory. Raises `WireError`."""
        transfer = Transfer(id=uuid4().hex, title=name)
        with _Reported(self.progress, transfer) as report:
            _check_size(name, len(content))
            await self._ready()
            await self._compute().upload_bytes(name, content, report)

    async def download(self, names: Sequence[str], folder: Path) -> list[Path]:
        """Fetch files into a folder of this machine; returns what was written. Raises `WireError`."""
        transfer = Transfer(id=uuid4().hex, title=_title("download", [Path(name) for name in names]))
        with _Reported(self.progress, transfer):
            await self._ready()
            return await self._compute().download(list(names), folder)

    async def read(self, name: str) -> bytes:
        """The content of one file. Raises `WireError`."""
        await self._ready()
        return await self._compute().download_single(name)

    async def list(self, path: str = ".") -> Sequence[FileEntry]:
        """What is in a folder. Raises `WireError`."""
        await self._ready()
        return await self._compute().list_files(path)


class _Reported:
    """Tells the beginning, the steps and the end of a transfer."""

    def __init__(self, progress: Signal[Transfer], transfer: Transfer) -> None:
        self._progress = progress
        self._transfer = transfer

    def __enter__(self) -> Callable[[int, int], None]:
        self._progress.emit(self._transfer)
        return self._step

    def _step(self, done: int, total: int) -> None:
        self._transfer = replace(self._transfer, done_bytes=done, total_bytes=total)
        self._progress.emit(self._transfer)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        problem = "" if error is None else str(error) or "It was stopped."
        self._progress.emit(replace(self._transfer, is_over=True, problem=problem))


def _check(paths: Sequence[Path], base: Path | None) -> None:
    for name, path in named(paths, base).items():
        try:
            size = path.stat().st_size
        except OSError as error:
            raise FileProblem(f"{path} cannot be read: {error.strerror}.") from error
        _check_size(name, size)


def _check_size(name: str, size: int) -> None:
    if size >= SIZE_LIMIT:
        raise FileProblem(
            f"{name} has {size / 1e6:.1f} MB; a session takes files smaller than 1 MiB, "
            f"{FILES_PER_UPLOAD} in a request. Use a virtual folder, or fetch it from code in the session."
        )


def _title(what: str, paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"{what} of {len(paths)} files"
