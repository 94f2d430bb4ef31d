"""A clock that a test moves by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from time import struct_time
from typing import Any
from unittest.mock import patch

NOON = 1_795_521_600.0
"""2026-11-24 12:00 UTC."""

_TELL_TIME = (
    "workbench.engine.registry",
    "workbench.engine.run",
    "workbench.engine.terminal",
    "workbench.engine.workbench",
    "workbench.ui.screens.overview",
    "workbench.ui.screens.session_actions",
    "workbench.ui.widgets.banner",
)
"""The modules whose times are seen on the screen."""


class Clock:
    """Stands in for the `time` module: its times are noon (UTC) and whatever was added."""

    def __init__(self) -> None:
        self.passed = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += seconds

    def time(self) -> float:
        return NOON + self.passed

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def localtime(self, seconds: float | None = None) -> struct_time:
        return time.gmtime(self.time() if seconds is None else seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def stopped_clock() -> Iterator[Clock]:
    """Within it the screen tells the time of the clock that it gives."""
    clock = Clock()
    with ExitStack() as stack:
        for name in _TELL_TIME:
            stack.enter_context(patch.object(import_module(name), "time", clock))
        yield clock
