"""The workbench: sessions on the left; editor, output and terminal of the open one on the right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.worker import Worker, WorkerState

from workbench.domain.run import RunRequest
from workbench.ui import pauses
from workbench.ui.commands import COMMANDS, Command, Place, bindings_of, command, label_of
from workbench.ui.launch import SAMPLE, Launch
from workbench.ui.layout import save_layout
from workbench.ui.panes.editor import EditorPane, RunRequested
from workbench.ui.panes.output import OutputPane
from workbench.ui.panes.sessions import SessionList, SessionsPane
from workbench.ui.panes.terminal import TerminalPane
from workbench.ui.screens.departures import Departures
from workbench.ui.screens.notices import Notices
from workbench.ui.screens.overview import PERIOD, Overview
from workbench.ui.screens.pane_control import PaneControl
from workbench.ui.session_rows import Activity
from workbench.ui.widgets.banner import Banner
from workbench.ui.widgets.command_bar import CommandBar
from workbench.ui.widgets.status_header import NARROW, HeaderState, StatusHeader

if TYPE_CHECKING:
    from workbench.engine.workbench import Workbench
    from workbench.ui.screens.session_actions import SessionActions


class WorkbenchScreen(PaneControl):
    """Wires one set of panes to one engine object; owns no domain state of its own."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012 - an instance variable in the framework
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Place.WORKBENCH)]

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch.state_dir / "layout.json")
        self.launch = launch
        self.bench: Workbench | None = None
        self.actions: SessionActions | None = None
        self.open_id = ""
        self.overview: Overview | None = None
        self.departures: Departures | None = None
        self._first_done = False
        self.notices: Notices | None = None

    def compose(self) -> ComposeResult:
        yield StatusHeader()
        yield Banner()
        with Horizontal(id="body"):
            yield SessionsPane(id="sessions", classes="pane")
            with Vertical(id="work"):
                yield EditorPane(state_dir=self.launch.state_dir, id="editor", classes="pane")
                yield OutputPane(settings=self.launch.settings, id="output", classes="pane")
                yield TerminalPane(scrollback=self.launch.settings.terminal.scrollback, id="terminal", classes="pane")
        yield CommandBar()

    # -- parts --------------------------------------------------------------------------------------------------------

    @property
    def sessions(self) -> SessionList:
        """The session list."""
        return self.query_one(SessionList)

    @property
    def editor(self) -> EditorPane:
        """The editor pane."""
        return self.query_one(EditorPane)

    @property
    def output(self) -> OutputPane:
        """The output pane."""
        return self.query_one(OutputPane)

    @property
    def terminal(self) -> TerminalPane:
        """The terminal pane."""
        return self.query_one(TerminalPane)

    # -- start and end ------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.panes.apply()
        self.editor.border_title = "Editor"
        self.query_one(StatusHeader).state = HeaderState(label=self.launch.label, read_only=self.launch.read_only)
        for problem in self.launch.problems:
            self.notify(problem, severity="warning", timeout=12)
        self.call_after_refresh(self._begin)

    @work(group="engine", exit_on_error=False)
    async def _begin(self) -> None:
        """Load the engine behind the first frame, connect, and open a session."""
        from workbench.ui.starting import open_bench

        self.bench = bench = await open_bench(self.launch)
        pauses.settle()
        from workbench.ui.screens.session_actions import SessionActions

        self.actions = SessionActions(self, bench)
        self.overview = Overview(self, self.launch, bench)
        self.departures = Departures(self, bench)
        self.notices = Notices(self.app, self.launch.settings.notifications)
        bench.prompts.changed.connect(self._prompts_changed)
        await bench.open()
        self.set_interval(PERIOD, self._look)
        self._look()

    def running(self) -> list[str]:
        """What runs now, or waits for input, a line each."""
        return self.overview.running() if self.overview is not None else []

    async def close_bench(self) -> None:
        """Keep the layout and let go of the server."""
        save_layout(self.layout_path, self.layout_state)
        await self.editor.save_now()
        if self.bench is not None:
            await self.bench.close()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._complain(event.worker.error)

    def _complain(self, error: BaseException) -> None:
        self.log.error(error)
        self.notify(str(error) or type(error).__name__, severity="error", timeout=10)

    # -- what the engine says -----------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.overview is None or self.bench is None:
            return
        self.overview.look()
        if self.notices is not None:
            self.notices.runs(self.overview.runs(self.open_id if self.panes.is_shown("output") else ""))
        if self.departures is not None:
            self.call_next(self.departures.follow_names)
        if not self._first_done and str(self.bench.link.state) == "live":
            self._first_done = True
            self._open_first(self.bench)

    @work(group="open", exit_on_error=False)
    async def _open_first(self, bench: Workbench) -> None:
        by_name = {session.name: session for session in bench.registry.sessions.values()}
        first = self.launch.first_session
        for name in (self.layout_state.open_session, first.name if first else ""):
            if name in by_name:
                await self.open_session(by_name[name].id)
                return
        if by_name:
            await self.open_session(next(iter(by_name.values())).id)
        elif first is not None and not self.launch.read_only:
            session = await bench.create(first)
            await self.open_session(session.id)

    def activity_of(self, session_id: str) -> Activity:
        """What this app runs in that session."""
        return self.overview.activity_of(session_id) if self.overview else Activity()

    def _prompts_changed(self, _: object = None) -> None:
        if self.bench is None:
            return
        mine = [prompt for prompt in self.bench.prompts.waiting if prompt.session_id == self.open_id]
        if self.notices is not None:
            self.notices.prompts(self.bench.prompts.waiting, self.open_id)
        if mine and not self.panes.is_shown("output") and len(self.app.screen_stack) == 1:
            self.action_prompts()

    # -- the open session ---------------------------------------------------------------------------------------------

    async def open_session(self, session_id: str) -> None:
        """Show that session in editor, output and terminal."""
        if self.bench is None or (session := self.bench.registry.sessions.get(session_id)) is None:
            return
        if self.departures is not None:
            self.departures.opened(session_id, session.name)
        self.open_id = self.sessions.open_id = self.sessions.cursor_id = session_id
        self.layout_state.open_session = session.name
        first = self.launch.first_session
        sample = SAMPLE if first is not None and session.name == first.name else None
        self.editor.label = self.bench.link.label or self.launch.label
        await self.editor.open_session(session.name, session.short_image, sample)
        desk = self.bench.desk(session_id)
        self.output.show(session_id, desk.runs)
        self.terminal.show_nothing(session_id)
        self.editor.focus_text()
        if self.panes.narrow:
            self.panes.list_over = False
            self.panes.apply()

    async def on_session_list_opened(self, event: SessionList.Opened) -> None:
        await self.open_session(event.session_id)

    def on_session_list_asked(self, event: SessionList.Asked) -> None:
        needs_write = command(f"session.{event.what}").changes
        if self.actions is None or (needs_write and self._refuse_change()):
            return
        first = event.session_ids[0] if event.session_ids else ""
        match event.what:
            case "destroy":
                self._do(lambda a: a.destroy(event.session_ids))
            case "idle":
                self._do(lambda a: a.idle())
            case "logs":
                self._do(lambda a: a.logs(first))
            case "rename":
                self._do(lambda a: a.rename(first))
            case "copy":
                self.actions.copy(first)
            case "refresh":
                self._do(lambda a: a.bench.registry.refresh())

    @work(group="actions", exit_on_error=False)
    async def _do(self, what: Callable[[SessionActions], Awaitable[object]]) -> None:
        if self.actions is not None:
            await what(self.actions)

    def _refuse_change(self) -> bool:
        if self.launch.read_only:
            self.notify("Read-only: this app changes nothing on the server.", severity="warning")
        return self.launch.read_only

    # -- runs ---------------------------------------------------------------------------------------------------------

    def on_run_requested(self, event: RunRequested) -> None:
        self._submit(event.request)

    def _submit(self, request: RunRequest) -> None:
        if self._refuse_change() or self.bench is None:
            return
        if not self.open_id:
            self.notify(f"Open a session first: {self._ways()}.", severity="warning")
            return
        if self.open_id not in self.bench.registry.sessions and str(self.bench.link.state) == "live":
            self.notify(f"This session is gone: {self._ways()}.", severity="warning")
            return
        self.bench.desk(self.open_id).runs.submit(request)

    @staticmethod
    def _ways() -> str:
        return f"{label_of('pane.sessions')} shows the list, {label_of('session.new')} makes one"

    def on_output_pane_run_again(self, event: OutputPane.RunAgain) -> None:
        self._submit(event.request)

    def on_output_pane_prompt_answered(self, event: OutputPane.PromptAnswered) -> None:
        event.run.answer(event.text)

    def on_output_pane_interrupt_requested(self) -> None:
        self.action_interrupt()

    async def on_output_pane_source_requested(self, event: OutputPane.SourceRequested) -> None:
        self.panes.show("editor")
        await self.editor.goto_line(event.path, event.line)

    def action_run_buffer(self) -> None:
        """Send the whole buffer."""
        self.editor.request_buffer()

    def action_run_cell(self) -> None:
        """Send the selection or the cell."""
        self.editor.request_cell()

    def action_run_batch(self) -> None:
        """Ask for the commands, upload the buffers, run."""
        if self.open_id and not self._refuse_change():
            session_id, files = self.open_id, self.editor.buffer_texts()
            self._do(lambda a: a.batch(session_id, files))

    def action_interrupt(self) -> None:
        """Interrupt the running code of the open session."""
        if self._refuse_change() or self.bench is None or not self.open_id:
            return
        if not self.bench.desk(self.open_id).runs.interrupt():
            self.notify("Nothing runs in this session.")

    def action_prompts(self) -> None:
        """Answer what waits for input."""
        from workbench.ui.modals.inbox import Inbox

        if self.bench is None or not self.bench.prompts.waiting:
            self.notify("Nothing waits for input.")
        else:
            self.app.clear_notifications()  # they say what is asked now
            self.app.push_screen(Inbox(self.bench.prompts))

    def on_status_header_prompts_clicked(self) -> None:
        self.action_prompts()

    async def on_status_header_sessions_clicked(self) -> None:
        await self.action_focus_pane("sessions")

    def on_status_header_help_clicked(self) -> None:
        self.action_help()

    def on_banner_retry_clicked(self) -> None:
        self.action_retry()

    def action_retry(self) -> None:
        """Try to connect now."""
        if self.bench is not None:
            self.bench.retry_now()

    # -- sessions -----------------------------------------------------------------------------------------------------

    def action_new_session(self) -> None:
        """Ask for a new session."""
        if not self._refuse_change():
            self._do(lambda a: a.new())

    async def action_step_session(self, by: int) -> None:
        """Open the next or previous session of the list."""
        ids = [row.id for row in self.sessions.shown]
        if ids:
            at = ids.index(self.open_id) if self.open_id in ids else -by
            await self.open_session(ids[(at + by) % len(ids)])

    def action_upload(self) -> None:
        """Ask for files of this machine and send them."""
        if not self._refuse_change() and self.open_id:
            session_id = self.open_id
            self._do(lambda a: a.upload(session_id))

    def action_restart_terminal(self) -> None:
        """Start a new shell."""
        if not self._refuse_change() and self.bench is not None and self.terminal.has(self.open_id):
            bench, session_id = self.bench, self.open_id
            self._do(lambda _: bench.desk(session_id).terminal.restart())

    # -- panes --------------------------------------------------------------------------------------------------------

    async def action_focus_pane(self, name: str) -> None:
        """Show a pane and move into it; the list closes again when it is already focused on a narrow screen."""
        if name == "sessions" and self.panes.narrow and self.focused_pane() == "sessions" and self.panes.list_over:
            self.panes.hide("sessions")
            self.editor.focus_text()
            return
        if name != "sessions" and self.panes.narrow and self.panes.list_over:
            self.panes.hide("sessions")
        self.panes.show(name)
        if name == "sessions":
            self.sessions.focus()
        elif name == "editor":
            self.editor.focus_text()
        elif name == "output":
            self.output.focus_blocks()
        elif self.bench is not None and self.open_id and not self._refuse_terminal():
            await self.terminal.show(self.open_id, self.bench.desk(self.open_id).terminal)

    def _refuse_terminal(self) -> bool:
        return self.launch.read_only and self._refuse_change()

    def on_terminal_pane_left(self) -> None:
        self.editor.focus_text()

    # -- commands -----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what read-only mode forbids."""
        forbidden = self.launch.read_only and (
            (action, parameters) == ("focus_pane", ("terminal",))
            or any(each.changes and each.action == action and each.place is Place.WORKBENCH for each in COMMANDS)
        )
        return None if forbidden else True

    def can_run(self, each: Command) -> bool:
        """Whether the palette offers it now."""
        return each.place is not Place.TERMINAL and not (each.changes and self.launch.read_only)

    async def run_command(self, each: Command) -> None:
        """Do a command of the registry where it belongs."""
        place = {Place.SESSIONS: self.sessions, Place.OUTPUT: self.output, Place.EDITOR: self.editor}.get(each.place)
        await self.run_action(each.action) if place is None else await place.run_action(each.action)

    def action_palette(self) -> None:
        """Find and do anything by its name."""
        from textual.command import CommandPalette

        self.app.push_screen(CommandPalette(placeholder="Find a command…"))

    def action_help(self) -> None:
        """Explain the focused pane."""
        from workbench.ui.modals.help import HelpView

        self.app.push_screen(HelpView(self.focused_pane()))

    def action_choose_theme(self) -> None:
        """Pick a theme with a live preview."""
        self._choose_theme()

    @work(group="theme", exclusive=True, exit_on_error=False)
    async def _choose_theme(self) -> None:
        from workbench.ui.themes import choose_theme

        await choose_theme(self.app)
