"""What the screen does when a session ends or changes its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.domain.reasons import reason_text

if TYPE_CHECKING:
    from workbench.engine.workbench import Workbench
    from workbench.ui.screens.workbench import WorkbenchScreen


class Departures:
    """Lets the panes go of sessions that ended; the open one stays as a record until another is opened."""

    def __init__(self, screen: WorkbenchScreen, bench: Workbench) -> None:
        self._screen, self._bench = screen, bench
        self._names: dict[str, str] = {}
        self._own: set[str] = set()
        self._record: tuple[str, str] | None = None
        bench.registry.ended.connect(self._ended)

    def opened(self, session_id: str, name: str) -> None:
        """That session is on the screen now; a record that was there is let go."""
        self._names[session_id] = name
        record, self._record = self._record, None
        if record is not None and record[0] != session_id:
            self._screen.call_next(self._forget, *record)

    def destroyed(self, session_ids: list[str]) -> None:
        """The person ended these: nothing needs to be said when they go."""
        self._own |= set(session_ids)

    async def follow_names(self) -> None:
        """Take the buffers of a session that has another name now along."""
        for session_id, old in list(self._names.items()):
            session = self._bench.registry.get(session_id)
            if session is not None and session.name != old:
                self._names[session_id] = session.name
                await self._screen.editor.forget_session(old, renamed_to=session.name)
                if session_id == self._screen.open_id:
                    self._screen.layout_state.open_session = session.name

    def _ended(self, session_id: str) -> None:
        # The signal comes in the engine's context; widgets want their own.
        self._screen.call_next(self._take_leave, session_id)

    async def _take_leave(self, session_id: str) -> None:
        name, own = self._names.pop(session_id, ""), session_id in self._own
        self._own.discard(session_id)
        if session_id != self._screen.open_id:
            if name:
                await self._forget(session_id, name)
            return
        if own and (following := self._screen.sessions.neighbour(session_id)):
            await self._screen.open_session(following)
            await self._forget(session_id, name)
            return
        self._record = (session_id, name)
        if not own:
            reason = reason_text(self._bench.registry.reason_of(session_id))
            why = f": {reason}" if reason else ""
            self._screen.notify(
                f"{name} is gone{why}. What it printed stays here until you open another session.",
                severity="warning",
                timeout=12,
                markup=False,
            )

    async def _forget(self, session_id: str, name: str) -> None:
        self._screen.output.forget(session_id)
        await self._screen.terminal.forget(session_id)
        if name and not any(session.name == name for session in self._bench.registry.sessions.values()):
            await self._screen.editor.forget_session(name)
