"""Files of a session: upload, download, list; source: protocol.md §7."""

from __future__ import annotations

import asyncio
import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.multipart import BodyPartReader

from workbench.wire.archive import extract
from workbench.wire.errors import (
    ApiError,
    BadRequest,
    NotFound,
    Problem,
    ProtocolError,
    ServerError,
)
from workbench.wire.paths import FILES_PER_UPLOAD, FileEntry, FileProblem, checked_name, named
from workbench.wire.transport import Params, Reply, Transport

__all__ = ["FILES_PER_DOWNLOAD", "FILES_PER_UPLOAD", "FileEntry", "FileProblem", "Progress", "named"]

FILES_PER_DOWNLOAD = 5
_HOME = "/home/work"
_IN_MEMORY = 4 * 1024 * 1024

Progress = Callable[[int, int], None]
"""Called on the event loop with bytes sent so far and bytes in all."""


async def upload(
    transport: Transport, path: str, files: Mapping[str, Path | bytes], progress: Progress | None = None
) -> None:
    """Send files, 20 in a request; raises `WireError`. Names are relative to the session's folder."""
    total = sum(len(source) if isinstance(source, bytes) else source.stat().st_size for source in files.values())
    meter = _Meter(progress, total)
    items = [(checked_name(name), source) for name, source in files.items()]
    for start in range(0, len(items), FILES_PER_UPLOAD):
        batch = items[start : start + FILES_PER_UPLOAD]
        try:
            await _post(transport, path, batch, meter)
        except ServerError:
            # some releases take only absolute names (protocol.md §7.1)
            with contextlib.suppress(ServerError, BadRequest):
                await _post(transport, path, [(f"{_HOME}/{name}", source) for name, source in batch], _Meter(None, 0))
                continue
            raise


async def _post(transport: Transport, path: str, batch: list[tuple[str, Path | bytes]], meter: _Meter) -> None:
    with contextlib.ExitStack() as stack:
        form = aiohttp.FormData(quote_fields=False)
        for name, source in batch:
            raw = io.BytesIO(source) if isinstance(source, bytes) else _opened(stack, source)
            reader = stack.enter_context(_Counted(raw, meter))
            form.add_field("src", reader, filename=name, content_type="application/octet-stream")
        await transport.request("POST", path, data=form, timeout=None)


def _opened(stack: contextlib.ExitStack, path: Path) -> io.RawIOBase:
    try:
        return stack.enter_context(io.FileIO(path, "rb"))
    except OSError as error:
        raise FileProblem(f"{path} cannot be read: {error.strerror}.") from error


class _Meter:
    """Counts what several readers, read in threads, have given away."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._loop = asyncio.get_running_loop()

    def add(self, count: int) -> None:
        """Note bytes read, from any thread."""
        if self._progress is not None and count:
            self._loop.call_soon_threadsafe(self._tell, count)

    def _tell(self, count: int) -> None:
        self._done = min(self._done + count, self._total)
        if self._progress is not None:
            self._progress(self._done, self._total)


class _Counted(io.BufferedReader):
    """A file that tells how much of it was read."""

    def __init__(self, raw: io.RawIOBase | io.BytesIO, meter: _Meter) -> None:
        super().__init__(raw)
        self._meter = meter

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._meter.add(len(data))
        return data


async def download(transport: Transport, path: str, files: Sequence[str], folder: Path) -> list[Path]:
    """Fetch files into a folder, five in a request; returns what was written; raises `WireError`."""
    written: list[Path] = []
    for start in range(0, len(files), FILES_PER_DOWNLOAD):
        batch = list(files[start : start + FILES_PER_DOWNLOAD])
        written += await _first_that_works(
            lambda method, params, json: _fetch(transport, method, path, params, json, folder), "files", batch
        )
    return written


async def download_single(transport: Transport, path: str, file: str) -> bytes:
    """The content of one file; raises `WireError`."""

    async def fetch(method: str, params: Params, json: Any) -> Reply:
        return await transport.request(method, path, params=params, json=json)

    reply: Reply = await _first_that_works(fetch, "file", [file])
    return reply.body


async def _first_that_works(fetch: Callable[..., Any], key: str, files: list[str]) -> Any:
    """Releases differ in where they read the names: query and body, query alone, or a GET (protocol.md §7.2)."""
    params = [(key, file) for file in files]
    body = {key: files if key == "files" else files[0]}
    try:
        return await fetch("POST", params, body)
    except ApiError as error:
        refusal = error
    ways: list[tuple[str, Params, Any]] = []
    if refusal.status == 400:
        ways = [("POST", params, None)]
    elif refusal.status == 405 or refusal.problem.type in {"url-not-found", "method-not-allowed"}:
        ways = [("GET", params, body)]
    for way in ways:
        with contextlib.suppress(BadRequest):
            return await fetch(*way)
    raise refusal


async def _fetch(  # noqa: PLR0917 - the parts of one call
    transport: Transport, method: str, path: str, params: Params, json: Any, folder: Path
) -> list[Path]:
    written: list[Path] = []
    async with transport.streamed(method, path, params=params, json=json) as response:
        if not response.content_type.startswith("multipart/"):
            raise ProtocolError("The server's download is not the archive that the API describes.")
        try:
            reader = aiohttp.MultipartReader.from_response(response)
            while (part := await reader.next()) is not None:
                if isinstance(part, BodyPartReader):
                    written += await _unpack(part, folder)
        except (ValueError, AssertionError, HttpProcessingError):
            raise ProtocolError("The server's download is damaged.") from None
    return written


async def _unpack(part: BodyPartReader, folder: Path) -> list[Path]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        while chunk := await part.read_chunk(256 * 1024):
            spool.write(chunk)
        spool.seek(0)
        try:
            return await asyncio.to_thread(extract, spool, folder)
        except OSError as error:
            raise FileProblem(f"The download cannot be written to {folder}: {error.strerror}.") from error


async def list_files(transport: Transport, path: str, folder: str) -> list[FileEntry]:
    """What is in a folder, folders first; raises `NotFound` for one that is not there, and `WireError`."""
    reply = await transport.request("GET", path, params=[("path", folder)], json={"path": folder})
    document = reply.object()
    listing, errors = document.get("files"), document.get("errors")
    if not listing and isinstance(errors, str) and errors.strip():
        raise NotFound(404, Problem(title=f"{folder} cannot be listed.", msg=errors.strip().splitlines()[-1]))
    return sorted(_entries(listing or []), key=lambda entry: (not entry.is_folder, entry.name))


def _entries(listing: Any) -> Iterator[FileEntry]:
    if isinstance(listing, str):
        try:
            listing = msgspec.json.decode(listing)
        except msgspec.DecodeError:
            raise ProtocolError("The server's list of files cannot be read.") from None
    for item in listing if isinstance(listing, list) else []:
        if isinstance(item, dict) and isinstance(name := item.get("filename", item.get("name")), str):
            size, mode, modified = item.get("size"), item.get("mode"), item.get("mtime")
            yield FileEntry(
                name=name,
                size=size if isinstance(size, int) else 0,
                mode=mode if isinstance(mode, str) else "",
                modified=float(modified) if isinstance(modified, int | float) else None,
            )
