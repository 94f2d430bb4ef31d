"""The working place of one session: its runs, its terminal, its files."""

from __future__ import annotations

import asyncio

from workbench.domain.session import Session
from workbench.engine.files import Files
from workbench.engine.registry import SessionRegistry
from workbench.engine.runs import RunQueue
from workbench.engine.terminal import TerminalLink


class Desk:
    """What a person works with in one session; it stays when the session or the connection goes."""

    def __init__(
        self, registry: SessionRegistry, session_id: str, runs: RunQueue, terminal: TerminalLink, files: Files
    ) -> None:
        self._registry = registry
        self.session_id = session_id
        self.runs = runs
        self.terminal = terminal
        self.files = files

    @property
    def session(self) -> Session | None:
        """The session as last listed; None when it is gone."""
        return self._registry.get(self.session_id)

    @property
    def is_idle(self) -> bool:
        """Whether no run of ours goes on there and no terminal is attached."""
        return not self.runs.is_busy and not self.terminal.is_open

    async def close(self) -> None:
        """Let go of its streams; the session lives on."""
        await asyncio.gather(self.terminal.close(), self.runs.close())
