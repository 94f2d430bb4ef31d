"""The real app on a stage of its own, for the tests of its screens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clock import stopped_clock
from tests.scenes import SESSIONS, Stage, make_app, shipped_themes_only

Staging = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def staged(tmp_path: Path) -> Staging:
    """Opens the workbench at a size, connected, with the usual sessions."""

    @asynccontextmanager
    async def stage(size: tuple[int, int] = (120, 40), **options: Any) -> AsyncIterator[Stage]:
        with stopped_clock() as clock, shipped_themes_only():
            app = make_app(tmp_path / "state", **options)
            async with app.run_test(size=size, notifications=True) as pilot:
                opened = Stage(pilot, clock)
                await opened.connect(SESSIONS)
                await opened.settle()
                yield opened

    return stage
