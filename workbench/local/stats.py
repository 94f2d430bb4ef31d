"""Live statistics of sessions: what their processes use, sampled when somebody looks."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psutil

    from workbench.local.sessions import LocalSession

_FRESH = 1.0
"""Seconds for which a sample is good enough."""


class Usage(Struct, frozen=True):
    """What the processes of one session use; summed."""

    cpu_seconds: float
    memory: int
    processes: int


class StatSampler:
    """Keeps `live_stat` of the sessions up to date, at most once a second, off the event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._at = float("-inf")
        self._cpu: dict[str, tuple[float, float]] = {}

    async def refresh(self, sessions: Sequence[LocalSession]) -> None:
        """Sample the running sessions, unless that was done just now."""
        async with self._lock:
            now = time.monotonic()
            marks = {session.id: _marks(session) for session in sessions if session.runtime is not None}
            is_fresh = now - self._at < _FRESH
            if not marks or (is_fresh and marks.keys() <= self._cpu.keys()):
                return
            usages = await asyncio.to_thread(sample, marks)
            self._at = time.monotonic()
            for session in sessions:
                if usage := usages.get(session.id):
                    session.live_stat = self._report(session, usage)
            self._cpu = {key: value for key, value in self._cpu.items() if key in usages}

    def _report(self, session: LocalSession, usage: Usage) -> dict[str, dict[str, str]]:
        seconds, at = self._cpu.get(session.id, (usage.cpu_seconds, self._at))
        elapsed = self._at - at
        percent = max(0.0, usage.cpu_seconds - seconds) / elapsed * 100 if elapsed > 0 else 0.0
        self._cpu[session.id] = (usage.cpu_seconds, self._at)
        cores = os.cpu_count() or 1
        return {
            "cpu_util": _metric(f"{percent:.3f}", f"{cores * 100}", percent / cores, "percent"),
            "cpu_used": _metric(f"{usage.cpu_seconds * 1000:.0f}", "", None, "msec"),
            "mem": _metric(str(usage.memory), str(_total_memory()), 100 * usage.memory / _total_memory(), "bytes"),
        }


def _metric(current: str, capacity: str, percent: float | None, unit: str) -> dict[str, str]:
    return {
        "current": current,
        "capacity": capacity,
        "pct": "" if percent is None else f"{percent:.2f}",
        "unit_hint": unit,
    }


def _marks(session: LocalSession) -> frozenset[str]:
    runtime = session.runtime
    assert runtime is not None
    return frozenset({runtime.mark, runtime.kernel.mark})


def _total_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def sample(marks: Mapping[str, frozenset[str]]) -> dict[str, Usage]:
    """What the children of this process that carry a session's mark use, with all their descendants."""
    import psutil

    from workbench.local.processes import MARK

    children: dict[int, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            children.setdefault(process.ppid(), []).append(process)
    roots: dict[str, list[psutil.Process]] = {key: [] for key in marks}
    for child in children.get(os.getpid(), ()):
        with suppress(psutil.Error, OSError):
            mark = child.environ().get(MARK)
            for key in (key for key, own in marks.items() if mark in own):
                roots[key].append(child)
    return {key: _usage(own, children) for key, own in roots.items()}


def _usage(roots: list[psutil.Process], children: Mapping[int, list[psutil.Process]]) -> Usage:
    import psutil

    cpu, memory, count = 0.0, 0, 0
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        waiting += children.get(process.pid, ())
        with suppress(psutil.Error):
            times = process.cpu_times()
            # Time of children that ended and were waited for stays in the sum, so that it never falls.
            cpu += times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
            memory += process.memory_info().rss
            count += 1
    return Usage(cpu, memory, count)
