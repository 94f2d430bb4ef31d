"""The record of runs on disk: what a person finds again after a quit, a crash or a kill."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from workbench.domain.console import ConsoleItem, Log, Media, Output
from workbench.domain.run import PhaseEnded, RunRequest, RunState
from workbench.engine.run import Run
from workbench.engine.tasks import Tasks, within

if TYPE_CHECKING:
    from workbench.engine.runs import RunQueue

_log = logging.getLogger(__name__)

VERSION = 1
RUNS_KEPT = 20
"""Runs of a session that are recorded."""
TEXT_KEPT = 200_000
"""Characters of text recorded of each run, the newest."""
MEDIA_KEPT = 256 * 1024
"""Bytes; larger media are recorded by type and size only."""
MEDIA_TOTAL = 1024 * 1024
"""Bytes of media recorded of each run, the newest."""
RECORDS_KEPT = 100
"""Sessions whose record is kept; the ones not touched for longest go."""
_EVERY = 3.0
"""Seconds between two writes while a run goes on."""
_GATHER = 0.05
"""Seconds in which further ends and starts join the same write."""


class RunRecord(Struct, kw_only=True, omit_defaults=True):
    """One run as it is on disk."""

    id: str
    number: int
    request: RunRequest
    state: RunState
    submitted_at: float
    started_at: float | None = None
    ended_at: float | None = None
    elapsed: float = 0.0
    exit_code: int | None = None
    phases: list[PhaseEnded] = []
    note: str = ""
    items: list[Output | Media | Log] = []
    lines: int = 0
    """Lines it printed in all."""


class Record(Struct, kw_only=True):
    """The file of one session."""

    version: int
    session_id: str
    session_name: str = ""
    saved_at: float = 0.0
    runs: list[RunRecord] = []


def record_of(run: Run) -> RunRecord:
    """What is recorded of a run: what was asked, how it went, the end of its text and its small media."""
    return RunRecord(
        id=run.id,
        number=run.number,
        request=run.request,
        state=run.state,
        submitted_at=run.submitted_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        elapsed=run.elapsed,
        exit_code=run.exit_code,
        phases=list(run.phases),
        note=run.note,
        items=_small(run.log.tail(TEXT_KEPT)),
        lines=run.log.lines,
    )


def run_of(record: RunRecord) -> Run:
    """The read-only run of a record; one that was not over when it was written is lost."""
    run = Run(record.request, record.number, run_id=record.id)
    run.submitted_at, run.started_at, run.ended_at = record.submitted_at, record.started_at, record.ended_at
    run.phases = list(record.phases)
    run.log.extend(record.items)
    run.log.missed(record.lines)
    state, note = record.state, record.note
    if state is RunState.QUEUED:
        state, note = RunState.INTERRUPTED, "the workbench stopped before this started"
    elif not state.is_over:
        state = RunState.LOST
        note = f"the workbench stopped at {record.elapsed:.1f} s; the server may still be running this code"
    run.restore(state=state, elapsed=record.elapsed, exit_code=record.exit_code, note=note)
    return run


def _small(items: Sequence[ConsoleItem]) -> list[ConsoleItem]:
    """The items with large media replaced by a line that says what was there."""
    left = MEDIA_TOTAL
    kept: list[ConsoleItem] = []
    for item in reversed(items):
        if isinstance(item, Media):
            size = len(item.content) if isinstance(item.content, str) else len(repr(item.content))
            if size > min(MEDIA_KEPT, left):
                kept.append(Log("note", f"{item.mime} of {size / 1000:.0f} kB was not recorded"))
                continue
            left -= size
        kept.append(item)
    kept.reverse()
    return kept


class RunStore:
    """Keeps the records of all sessions under one folder; every write replaces a file as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tasks = Tasks()
        self._dirty: dict[str, RunQueue] = {}
        self._names: dict[str, str] = {}
        self._urgent = asyncio.Event()
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._closing = False
        self.problem = ""
        """Why the last write failed, in a sentence; "" when it did not."""

    def open(self) -> None:
        """Begin to write what changes."""
        self._worker = self._tasks.start(self._work(), "run records")
        self._tasks.start(asyncio.to_thread(_prune, self._folder), "old run records")

    async def attach(self, queue: RunQueue, name: str) -> None:
        """Give a queue its recorded runs back, and record it from now on."""
        self._names[queue.session_id] = name
        record = await asyncio.to_thread(_read, self._path(queue.session_id))
        if record is not None:
            queue.restore([run_of(run) for run in record.runs])
        queue.changed.connect(lambda run: self._mark(queue, run))
        queue.added.connect(lambda run: self._mark(queue, run))

    async def close(self) -> None:
        """Write what is left."""
        self._closing = True
        self._wake.set()
        self._urgent.set()
        if self._worker is not None:
            await asyncio.wait([self._worker], timeout=1)
        await self._tasks.close(0.2)

    def _mark(self, queue: RunQueue, run: Run) -> None:
        self._dirty[queue.session_id] = queue
        self._wake.set()
        if run.state.is_over or run.state is RunState.QUEUED:
            self._urgent.set()

    async def _work(self) -> None:
        """Write what changed, one write at a time: an older record never comes after a newer one."""
        while not self._closing or self._dirty:
            await self._wake.wait()
            self._wake.clear()
            self._urgent.clear()
            await self._flush()
            if not self._closing:
                with contextlib.suppress(TimeoutError):
                    await within(self._urgent.wait(), _EVERY)
                    await asyncio.sleep(_GATHER)

    async def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for queue in dirty.values():
            record = Record(
                version=VERSION,
                session_id=queue.session_id,
                session_name=self._names.get(queue.session_id, ""),
                saved_at=time.time(),
                runs=[record_of(run) for run in queue.runs[-RUNS_KEPT:]],
            )
            try:
                await asyncio.to_thread(_write, self._path(queue.session_id), record)
                self.problem = ""
            except OSError as error:
                self.problem = f"Runs cannot be recorded: {error.strerror or error}."
                _log.warning("%s", self.problem)

    def _path(self, session_id: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', session_id)[:80]}.json"


def _read(path: Path) -> Record | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    try:
        record = msgspec.json.decode(content, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        record = None
    if record is None or record.version > VERSION:
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(f".damaged-{int(time.time())}"))
        _log.warning("A damaged record of runs was set aside: %s", path.name)
        return None
    return record


def _write(path: Path, record: Record) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = msgspec.json.encode(record, enc_hook=_plain)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", delete=False) as file:  # made with mode 0600
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _plain(value: Any) -> str:
    return repr(value)


def _prune(folder: Path) -> None:
    """Forget the records that were not touched for longest, and leftovers of writes that were cut short."""
    with contextlib.suppress(OSError):
        records = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        old = time.time() - 3600
        leftovers = [path for path in folder.glob(".*-*") if path.stat().st_mtime < old]
        for path in (*records[RECORDS_KEPT:], *sorted(folder.glob("*.damaged-*"))[:-10], *leftovers):
            path.unlink(missing_ok=True)
