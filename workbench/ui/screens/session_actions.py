"""What a person does with sessions: make, destroy, rename, look at."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from workbench.domain.names import name_problem
from workbench.domain.run import BatchCommands, Mode, RunRequest
from workbench.domain.session import NewSession, Session, SessionStatus
from workbench.ui.session_rows import duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.engine.workbench import Workbench
    from workbench.ui.modals.confirm_destroy import Doomed
    from workbench.ui.modals.idle import IdleRow
    from workbench.ui.screens.workbench import WorkbenchScreen


class SessionActions:
    """The dialogs and calls behind the session commands of one screen."""

    def __init__(self, screen: WorkbenchScreen, bench: Workbench) -> None:
        self.screen = screen
        self.bench = bench
        self._last: NewSession | None = None
        self._batch = BatchCommands()
        self._copied = ""

    def _session(self, session_id: str) -> Session | None:
        return self.bench.registry.sessions.get(session_id)

    async def new(self) -> None:
        """Ask what the session should be, and create it behind the screen."""
        from workbench.ui.modals.new_session import Choices, NewSessionModal

        offer = await self.bench.offer()
        layout = self.screen.layout_state
        taken = {session.name for session in self.bench.registry.sessions.values()}
        choices = Choices(offer, taken, layout.recent_images, self._last or layout.last_new)
        asked = await self.screen.app.push_screen_wait(NewSessionModal(choices))
        if asked is None:
            return
        self._last = asked
        layout.last_new = replace(asked, environ={})
        layout.recent_images = [asked.image, *(i for i in layout.recent_images if i != asked.image)][:8]
        await self.create(asked)

    async def create(self, asked: NewSession) -> None:
        """Create the session and open it."""
        session = await self.bench.create(asked)
        await self.screen.open_session(session.id)

    async def destroy(self, session_ids: Sequence[str]) -> None:
        """Ask once, then destroy them."""
        from workbench.ui.modals.confirm_destroy import ConfirmDestroy

        sessions = [session for each in session_ids if (session := self._session(each))]
        if not sessions:
            return
        doomed = [self._doomed(session) for session in sessions]
        if not await self.screen.app.push_screen_wait(ConfirmDestroy(doomed)):
            return
        if self.screen.departures is not None:
            self.screen.departures.destroyed([session.id for session in sessions])
        forced = [session.id for session in sessions if _needs_force(session)]
        plain = [session.id for session in sessions if not _needs_force(session)]
        if plain:
            await self.bench.destroy(plain, forced=False)
        if forced:
            await self.bench.destroy(forced, forced=True)
        names = ", ".join(session.name for session in sessions[:3]) + (" and more" if len(sessions) > 3 else "")
        self.screen.notify(f"Destroyed {names}.")

    def _doomed(self, session: Session) -> Doomed:
        from workbench.ui.modals.confirm_destroy import Doomed

        losses = []
        activity = self.screen.activity_of(session.id)
        if activity.waiting:
            losses.append("code waits for your input")
        elif activity.running_for is not None:
            losses.append(f"code is running ({duration(activity.running_for)})")
        if activity.queued:
            losses.append(f"{activity.queued} more in the queue")
        if session.status.is_running:
            losses.append("files in its folder that are not in a virtual folder")
        protected = session.name in self.screen.launch.settings.session.protected
        return Doomed(session.name, tuple(losses), forced=_needs_force(session), protected=protected)

    async def rename(self, session_id: str) -> None:
        """Ask for the new name and set it."""
        from workbench.ui.modals.ask_text import AskText

        session = self._session(session_id)
        if session is None:
            return
        name = await self.screen.app.push_screen_wait(
            AskText(f"New name of {session.name}:", session.name, problem=name_problem)
        )
        if name and name != session.name:
            await self.bench.rename(session_id, name)
            self.screen.notify(f"{session.name} is now {name}.")

    async def logs(self, session_id: str) -> None:
        """Show the container's log."""
        from workbench.ui.modals.reader import Reader

        session = self._session(session_id)
        if session is None:
            return
        text = await self.bench.logs(session_id)
        self.screen.app.push_screen(Reader(f"Logs of {session.name}", text or "The log is empty."))

    def copy(self, session_id: str) -> None:
        """Copy the session's name; the second time its id."""
        session = self._session(session_id)
        if session is None:
            return
        twice = self._copied == session_id
        self._copied = "" if twice else session_id
        text = session.id if twice else session.name
        self.screen.app.copy_to_clipboard(text)
        self.screen.notify(f"Copied {text}." + ("" if twice else " Again copies the id."), markup=False)

    async def upload(self, session_id: str) -> None:
        """Ask for files of this machine and send them to the session's folder."""
        from workbench.ui.modals.ask_text import AskText

        asked = await self.screen.app.push_screen_wait(AskText("Files to send, separated by spaces:", problem=_missing))
        if asked:
            paths = _paths(asked)
            await self.bench.desk(session_id).files.upload(paths)
            self.screen.notify(f"Sent {paths[0].name if len(paths) == 1 else f'{len(paths)} files'}.", markup=False)

    async def batch(self, session_id: str, files: Mapping[str, str]) -> None:
        """Ask for the commands, upload the buffers, run."""
        from workbench.ui.modals.batch import BatchModal

        commands = await self.screen.app.push_screen_wait(BatchModal(self._batch, sorted(files)))
        if commands is None:
            return
        self._batch = commands
        desk = self.bench.desk(session_id)
        for name, text in files.items():
            await desk.files.upload_bytes(name, text.encode())
        desk.runs.submit(RunRequest(mode=Mode.BATCH, batch=commands, source="batch"))

    async def idle(self) -> None:
        """Show the idle view; destroy what is chosen in it."""
        from workbench.ui.modals.idle import IdleView

        warn = self.screen.launch.settings.idle.warn_below
        chosen = await self.screen.app.push_screen_wait(IdleView(self._idle_rows, warn_below=warn))
        if chosen:
            await self.destroy(chosen)

    def _idle_rows(self) -> list[IdleRow]:
        from workbench.ui.modals.idle import IdleRow

        rows = []
        for session in self.bench.registry.sessions.values():
            check = session.nearest_deadline()
            rows.append(
                IdleRow(
                    id=session.id,
                    name=session.name,
                    check=check.name if check else "",
                    remaining=self.bench.registry.remaining(session),
                    cpu=_stat(session, "cpu_util", "%"),
                    memory=_stat(session, "mem", "bytes"),
                    last_run=self._last_run(session.id),
                    protected=session.name in self.screen.launch.settings.session.protected,
                )
            )
        return rows

    def _last_run(self, session_id: str) -> str:
        desk = self.bench.desks.get(session_id)
        if desk is None:
            return "not from here"
        runs = desk.runs.runs
        if not runs:
            return "never"
        last = runs[-1]
        if not last.state.is_over:
            return str(last.state)
        return f"{duration(max(0.0, time.time() - last.ended_at))} ago" if last.ended_at else str(last.state)


def _needs_force(session: Session) -> bool:
    return session.status is SessionStatus.ERROR or session.status in {
        SessionStatus.PULLING,
        SessionStatus.CREATING,
        SessionStatus.PREPARING,
        SessionStatus.TERMINATING,
    }


def _stat(session: Session, metric: str, unit: str) -> str:
    value = session.live_stat.get(metric, {})
    text = value.get("current") or ""
    try:
        number = float(text)
    except ValueError:
        return ""
    if unit == "%":
        return f"{number:.0f} %"
    for scale in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {scale}"
        number /= 1024
    return f"{number:.1f} GiB"


def _paths(text: str) -> list[Path]:
    return [Path(word).expanduser() for word in text.split()]


def _missing(text: str) -> str | None:
    return next((f"{path} is not a file here." for path in _paths(text) if not path.is_file()), None)
