"""Where the records of a headless run go: text to stdout and stderr as it comes, media to files."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import mimetypes
import os
import select
from pathlib import Path

from workbench.cli.headless import say
from workbench.cli.plain import filter_for
from workbench.domain.console import ConsoleItem, Media, Output

_EXTENSIONS = {
    "application/x-sorna-drawing": ".drawing",
    "application/vnd.sorna.gitgraph": ".gitgraph.json",
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "text/html": ".html",
}


class Printer:
    """Handles items in a sink's thread."""

    def __init__(self, media_dir: Path | None, colour: str = "auto") -> None:
        self._media_dir = media_dir
        self._number = 0
        self._filters = {
            fd: filter_for(colour, os.environ, is_terminal=os.isatty(fd) and os.environ.get("TERM") != "dumb")
            for fd in (1, 2)
        }
        self._unfinished = False

    def handle(self, item: ConsoleItem) -> None:
        """Write one item; raises `OSError` when who reads has left."""
        if isinstance(item, Output):
            fd = 1 if item.stream == "stdout" else 2
            plain = self._filters[fd]
            text = plain(item.text) if plain else item.text
            if text:
                self._unfinished = fd == 2 and not text.endswith("\n")
            write_all(fd, text.encode("utf-8", "replace"))
        elif isinstance(item, Media):
            self._media(item)
        else:
            say(f"{item.kind}: {item.text}")

    def finish(self) -> None:
        """End an unfinished last line of stderr: a shell's prompt and sentences of ours follow."""
        if self._unfinished:
            with contextlib.suppress(OSError):
                write_all(2, b"\n")
        self._unfinished = False

    def _media(self, item: Media) -> None:
        content = media_bytes(item)
        if self._media_dir is None:
            say(f"{item.mime}, {len(content)} bytes (--media-dir saves it)")
            return
        try:
            path = self._save(item.mime, content)
        except OSError as error:
            say(f"{item.mime}, {len(content)} bytes, cannot be saved: {error.strerror}")
        else:
            say(f"{item.mime}, {len(content)} bytes: {path}")

    def _save(self, mime: str, content: bytes) -> Path:
        assert self._media_dir is not None
        self._media_dir.mkdir(parents=True, exist_ok=True)
        extension = _EXTENSIONS.get(mime) or mimetypes.guess_extension(mime) or ".bin"
        while True:
            self._number += 1
            path = self._media_dir / f"{self._number:03}{extension}"
            if any(self._media_dir.glob(f"{self._number:03}.*")):
                continue  # of an earlier run
            path.write_bytes(content)
            return path


def media_bytes(item: Media) -> bytes:
    """The file that a media record holds: a data URI decoded, JSON for structures, else the text itself."""
    content = item.content
    if not isinstance(content, str):
        return json.dumps(content).encode()
    if content.startswith("data:"):
        head, _, data = content.partition(",")
        if head.endswith(";base64"):
            try:
                return base64.b64decode(data)
            except (binascii.Error, ValueError):
                return content.encode("utf-8", "replace")
    return content.encode("utf-8", "replace")


def write_all(fd: int, data: bytes) -> None:
    """Write everything, also to a descriptor that does not block; raises `OSError`."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            select.select([], [fd], [])
