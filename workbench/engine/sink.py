"""Where items of a log go besides memory: a thread of its own, in order, with back pressure."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from workbench.domain.console import ConsoleItem, Media, Output

PENDING_LIMIT = 32 * 1024 * 1024
"""Bytes that may wait for the thread before the reader of the stream has to."""


class ThreadSink:
    """Handles every item in a thread; after the first `OSError` it takes no more."""

    def __init__(
        self,
        handle: Callable[[ConsoleItem], None],
        *,
        done: Callable[[], None] = lambda: None,
        failed: Callable[[OSError], None] = lambda _: None,
        limit: int = PENDING_LIMIT,
    ) -> None:
        """`handle` and `done` (when nothing more comes) are called in the thread, `failed` on the event loop."""
        self._handle = handle
        self._done = done
        self._failed = failed
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[tuple[ConsoleItem, int] | None] = queue.SimpleQueue()
        self._pending = 0
        self._lock = threading.Lock()
        self._changed = asyncio.Event()
        self._finished = False
        self.error: OSError | None = None
        """What ended it early."""
        self._thread = threading.Thread(target=self._work, name="sink", daemon=True)
        self._thread.start()

    def write(self, item: ConsoleItem) -> None:
        """Take one item; never blocks."""
        if self.error is None and not self._finished:
            size = _size(item)
            with self._lock:
                self._pending += size
            self._queue.put((item, size))

    async def drain(self) -> None:
        """Return when less than the limit waits."""
        await self._until(self._limit)

    async def flush(self) -> None:
        """Return when everything was handled."""
        await self._until(0)

    def finish(self) -> None:
        """No more will come."""
        if not self._finished:
            self._finished = True
            self._queue.put(None)

    async def aclose(self, timeout: float = 5.0) -> None:
        """Finish and wait until everything was handled, at most `timeout` seconds."""
        self.finish()
        await asyncio.to_thread(self._thread.join, timeout)

    async def _until(self, pending: int) -> None:
        while self._pending > pending and self.error is None:
            self._changed.clear()
            await self._changed.wait()

    def _work(self) -> None:
        try:
            while (entry := self._queue.get()) is not None:
                item, size = entry
                if self.error is None:
                    self._handle(item)
                with self._lock:
                    self._pending -= size
                    tell = self._pending <= self._limit // 2
                if tell:
                    self._tell(self._changed.set)
        except OSError as error:
            self._tell(partial(self._fail, error))
        self._done()

    def _fail(self, error: OSError) -> None:
        self.error = error
        self._changed.set()
        self._failed(error)

    def _tell(self, what: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(what)
            except RuntimeError:  # it was closed just now
                return


def file_sink(path: Path, *, failed: Callable[[OSError], None] = lambda _: None) -> ThreadSink:
    """A sink that writes all text to a file, as it came. The file is made anew; raises `OSError` when it cannot be."""
    file = path.open("wb", buffering=0)

    def handle(item: ConsoleItem) -> None:
        if isinstance(item, Output):
            view = memoryview(item.text.encode("utf-8", "replace"))
            while view:
                view = view[file.write(view) or 0 :]

    return ThreadSink(handle, done=file.close, failed=failed)


def _size(item: ConsoleItem) -> int:
    if isinstance(item, Media):
        return len(item.content) if isinstance(item.content, str) else 1000
    return len(item.text)
