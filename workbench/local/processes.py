"""Finding, watching and ending the processes of a session."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

MARK = "BACKEND_TUI_MARK"
"""Environment variable that every process of a session carries, so that strays are found too."""

_POLL = 0.2


async def wait_exit(pid: int, poll: Callable[[], int | None]) -> int:
    """Wait for our child `pid` and return what `poll` (which reaps it) says; no polling where the system can tell."""
    try:
        fd = os.pidfd_open(pid) if sys.platform == "linux" else None
    except OSError:
        fd = None
    if fd is not None:
        await _readable(fd)
    while (code := poll()) is None:  # noqa: ASYNC110 - a child has no event where there is no pidfd
        await asyncio.sleep(_POLL if fd is None else 0.005)
    return code


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def exited() -> None:
        loop.remove_reader(fd)
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(fd, exited)
    try:
        await ready
    finally:
        loop.remove_reader(fd)
        os.close(fd)


def family(roots: Iterable[int], marks: Collection[str] = ()) -> list[psutil.Process]:
    """The roots, all their descendants, and every process that carries one of the marks.

    Descendants are found whatever their session or group; the marks find those whose parent is gone.
    """
    found: dict[int, psutil.Process] = {}
    for pid in roots:
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(pid)
            found[pid] = root
            found.update({child.pid: child for child in root.children(recursive=True)})
    if marks:
        found.update({process.pid: process for process in _marked(marks)})
    found.pop(os.getpid(), None)
    return list(found.values())


def _marked(marks: Collection[str]) -> list[psutil.Process]:
    own = os.getuid()
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.uids().effective == own and process.environ().get(MARK) in marks:
                found.append(process)
    return found


def kill_family(roots: Iterable[int], marks: Collection[str] = (), patience: float = 3.0) -> list[int]:
    """Kill the roots, their descendants and marked processes; blocking, so call it in a thread.

    Repeats until a look finds nobody, because a process may fork while it is being killed. Returns the pids that
    were still there after `patience` seconds (only a process stuck in the kernel can be).
    """
    roots = list(roots)
    last: list[psutil.Process] = []
    for _ in range(10):
        last = [process for process in family(roots, marks) if is_alive(process)]
        if not last:
            return []
        for process in last:
            with contextlib.suppress(psutil.Error):
                process.kill()
        _gone(last, patience)
    return [process.pid for process in last if is_alive(process)]


def _gone(processes: list[psutil.Process], patience: float) -> None:
    # Our own children stay zombies until whoever started them reaps them, which psutil would wait for.
    end = time.monotonic() + patience
    while time.monotonic() < end and any(is_alive(process) for process in processes):
        time.sleep(0.005)


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def signal_group(pid: int, number: signal.Signals) -> bool:
    """Send a signal to the process group led by `pid`; False when it is gone."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
