"""Builds the engine behind the first frame: its imports are the heavy ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.engine.workbench import Workbench
    from workbench.ui.launch import Launch


async def open_bench(launch: Launch) -> Workbench:
    """The engine for this launch, not yet connected."""
    await asyncio.to_thread(_load)
    from workbench.engine.workbench import Workbench

    return Workbench(launch.connect, launch.state_dir)


def _load() -> None:
    import workbench.engine.workbench  # noqa: F401
