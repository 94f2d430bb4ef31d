"""Files of a session's folder: upload, download, list; source: protocol.md §7."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import stat
import tarfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, MultipartWriter, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from workbench.local.bodies import first, read_params, text
from workbench.local.paths import inside, plain_name, replace_file, scratch_folder
from workbench.local.problems import Problem, bad_params, session_not_found
from workbench.local.service import service_of

if TYPE_CHECKING:
    from aiohttp import MultipartReader

MAX_FILES = 20
MAX_FILE = 1024 * 1024
"""An uploaded file must be smaller; a downloaded one (its tar, where it is sent so) must not be larger."""
MAX_DOWNLOADS = 5
MAX_LISTED = 10_000

_FILENAME = re.compile(
    r"""filename(?P<ext>\*)?\s*=\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<token>[^;\s]+))""", re.IGNORECASE
)


def _folder(request: web.Request) -> Path:
    session, runtime = service_of(request).running(request.match_info["ref"])
    session.touch()
    return runtime.folder


# -- upload


async def upload(request: web.Request) -> web.Response:
    """`POST /session/{ref}/upload`: all files of the call, or none of them, land in the folder."""
    root = _folder(request)
    if request.content_type != "multipart/form-data":
        raise bad_params("An upload is multipart/form-data.")
    try:
        with scratch_folder(root) as scratch:
            names = await _receive(await request.multipart(), Path(scratch))
            for name in names.values():
                await asyncio.to_thread(inside, root, name)
            for source, name in names.items():
                await asyncio.to_thread(replace_file, root, name, source)
    except FileNotFoundError as error:  # the session was destroyed in the meantime
        raise session_not_found() from error
    except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as error:
        raise bad_params("The multipart body makes no sense.") from error
    return web.Response(status=204)


async def _receive(parts: MultipartReader, scratch: Path) -> dict[Path, str]:
    names: dict[Path, str] = {}
    while (part := await parts.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise bad_params("A multipart body within the multipart body.")
        name = part_filename(part.headers.get(hdrs.CONTENT_DISPOSITION, ""))
        if name is None:
            raise bad_params("A part of the upload has no file name.")
        if len(names) == MAX_FILES:
            raise bad_params("Too many files")
        content = await _content(part, name)
        source = scratch / str(len(names))
        await asyncio.to_thread(source.write_bytes, content)
        names[source] = name
    if not names:
        raise bad_params("The upload has no files.")
    return names


async def _content(part: BodyPartReader, name: str) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65536):
        content += chunk
        if len(content) >= MAX_FILE:
            raise bad_params(f"Too large file: {name} (each must be smaller than {MAX_FILE} bytes)")
    return bytes(part.decode(bytes(content)))


def part_filename(disposition: str) -> str | None:
    """The file name of a part as it was sent; libraries that tidy it up would hide that it is absolute."""
    found = {match["ext"] is not None: match for match in _FILENAME.finditer(disposition)}
    if match := found.get(True):
        encoded = (match["quoted"] or match["token"] or "").rpartition("'")[2]
        return unquote(encoded)
    if match := found.get(False):
        name = match["quoted"] if match["quoted"] is not None else match["token"]
        return plain_name(re.sub(r"\\(.)", r"\1", name))
    return None


# -- download


async def download(request: web.Request) -> web.StreamResponse:
    """`POST /session/{ref}/download`: one tar per asked path, as parts of a multipart/mixed body."""
    root = _folder(request)
    params = await read_params(request)
    names = first(params, "files", "files[]")
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise bad_params("files must be a list of paths.")
    if len(names) > MAX_DOWNLOADS:
        raise bad_params("Too many files")
    archives = [await asyncio.to_thread(pack, root, name) for name in names]
    with MultipartWriter("mixed") as writer:
        for archive in archives:
            writer.append(
                archive,
                {hdrs.CONTENT_TYPE: "application/octet-stream", hdrs.CONTENT_ENCODING: "identity"},
            )
    return web.Response(body=writer)


def pack(root: Path, name: str) -> bytes:
    """A tar of a file or folder, links as links; raises `Problem` 400 or 404."""
    path = _existing(root, name)
    buffer = io.BytesIO()
    try:
        if _packed_size(path) > MAX_FILE:
            raise bad_params(f"Too large file: {name} (its archive would be over {MAX_FILE} bytes)")
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.add(path, arcname=path.name if path != root else ".", filter=_only_data)
    except OSError as error:
        raise bad_params(f"{name!r} cannot be read: {error.strerror or error}.") from error
    if len(buffer.getbuffer()) > MAX_FILE + tarfile.RECORDSIZE:
        raise bad_params(f"Too large file: {name}")
    return buffer.getvalue()


def _only_data(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return entry if entry.isfile() or entry.isdir() or entry.issym() or entry.islnk() else None


def _packed_size(path: Path) -> int:
    size = 0
    for place, folders, files in os.walk(path) if path.is_dir() else [(str(path.parent), [], [path.name])]:
        for name in (*folders, *files):
            info = Path(place, name).lstat()
            size += 512 + (-(-info.st_size // 512) * 512 if stat.S_ISREG(info.st_mode) else 0)
        if size > MAX_FILE:
            break
    return size


async def download_single(request: web.Request) -> web.Response:
    """`POST /session/{ref}/download_single`: the bytes of one file."""
    root = _folder(request)
    name = text(await read_params(request), "file")
    content = await asyncio.to_thread(read_file, root, name)
    return web.Response(body=content, content_type="application/octet-stream")


def read_file(root: Path, name: str) -> bytes:
    """A regular file of the folder; raises `Problem` 400 or 404."""
    path = _existing(root, name)
    if path.is_dir():
        raise bad_params(f"{name!r} is a folder.")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise bad_params(f"{name!r} cannot be read: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as file:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise bad_params(f"{name!r} is not a file.")
        if info.st_size > MAX_FILE:
            raise bad_params(f"Too large file: {name} ({info.st_size} bytes, at most {MAX_FILE})")
        return file.read(MAX_FILE)


def _existing(root: Path, name: str) -> Path:
    path = inside(root, name)
    if not path.exists():
        raise Problem(404, "object-not-found", "No such file.", f"There is no {name!r} in the session's folder.")
    return path


# -- list


async def list_files(request: web.Request) -> web.Response:
    """`GET /session/{ref}/files`: `files` is JSON text within the JSON, as on every server."""
    root = _folder(request)
    name = text(await read_params(request), "path", default=".")
    path = await asyncio.to_thread(inside, root, name)
    files, errors = await asyncio.to_thread(listing, path, name)
    answer = {"files": "" if files is None else json.dumps(files), "errors": errors, "abspath": str(path)}
    return web.json_response(answer)


def listing(path: Path, name: str) -> tuple[list[dict[str, Any]] | None, str]:
    """The entries of a folder, folders and files by name, and what went wrong."""
    try:
        if not path.is_dir():
            return [_entry(path)], ""
        with os.scandir(path) as entries:
            found = sorted(islice(entries, MAX_LISTED + 1), key=lambda entry: entry.name)
        listed = [_entry(Path(entry.path)) for entry in found[:MAX_LISTED]]
    except OSError as error:
        return None, f"{name}: {error.strerror}"
    return listed, f"Only {MAX_LISTED} entries are listed." if len(found) > MAX_LISTED else ""


def _entry(path: Path) -> dict[str, Any]:
    info = path.lstat()
    return {
        "mode": stat.filemode(info.st_mode),
        "size": info.st_size,
        "ctime": info.st_ctime,
        "mtime": info.st_mtime,
        "atime": info.st_atime,
        "filename": os.fsencode(path.name).decode("utf-8", "replace"),
    }
