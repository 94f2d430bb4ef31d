"""A run's text as a file: what is kept of one that is over, everything that comes of one that goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from workbench.domain.console import ConsoleItem, Output
from workbench.ui.run_text import plain

if TYPE_CHECKING:
    from workbench.engine.run import Run


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """A path in the folder that does not exist yet: `stem.txt`, `stem-2.txt`…"""
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    return path


class PlainFile:
    """Writes the text of console records without escape sequences, whole lines at a time."""

    def __init__(self, path: Path) -> None:
        """Make the file.

        Raises:
            OSError: it cannot be made, or is there already.
        """
        self.path = path
        self._file: BinaryIO = path.open("xb")
        self._rest = ""

    def write(self, item: ConsoleItem) -> None:
        """Write the lines that ended.

        Raises:
            OSError: the file cannot be written.
        """
        if isinstance(item, Output):
            lines, newline, self._rest = (self._rest + item.text).rpartition("\n")
            if newline:
                self._put(lines + newline)

    def close(self) -> None:
        """Write what is left and close."""
        with self._file:
            if self._rest:
                self._put(self._rest)

    def _put(self, text: str) -> None:
        self._file.write(plain(text).encode("utf-8", "replace"))


async def export_run(run: Run, path: Path) -> None:
    """Write the run's text to a new file; returns when the run is over and all of it is written.

    Raises:
        OSError: the file cannot be made or written.
    """
    file = await asyncio.to_thread(PlainFile, path)
    if run.state.is_over:
        await asyncio.to_thread(_write_all, file, run.log.read(0)[0])
        return
    from workbench.engine.sink import ThreadSink

    sink = ThreadSink(file.write, done=file.close)
    run.log.attach(sink)
    try:
        await run.wait()
    finally:
        run.log.detach(sink)
        sink.finish()
    await sink.aclose()
    if sink.error is not None:
        raise sink.error


def _write_all(file: PlainFile, items: list[ConsoleItem]) -> None:
    try:
        for item in items:
            file.write(item)
    finally:
        file.close()
