"""The output pane: the runs of the open session, and what a person does with them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from workbench.domain.run import RunRequest, RunState
from workbench.ui import run_text
from workbench.ui.commands import Place, bindings_of
from workbench.ui.glyphs import FOLLOW
from workbench.ui.panes.output_search import SearchBar
from workbench.ui.soon import Soon

if TYPE_CHECKING:
    from workbench.config.settings import Settings
    from workbench.engine.run import Run
    from workbench.engine.runs import RunQueue
    from workbench.ui.panes.block_list import BlockList
    from workbench.ui.panes.run_block import RunBlock
    from workbench.ui.widgets.media_view import MediaView
    from workbench.ui.widgets.prompt_input import PromptInput

FRAME = 1 / 30
"""Seconds between two frames of output."""
_BREATH = 0.002
"""Seconds between two steps of taking output that is behind."""
_TICK = 0.1
_LISTS = 4
"""Sessions whose blocks stay built; others are built anew from their runs when shown."""
TYPING = 2.0
"""Seconds after a key for which a person counts as typing."""


class OutputPane(Container):
    """Shows the runs of one session at a time; tells its screen what a person wants."""

    DEFAULT_CSS = """
    OutputPane { background: $background; }
    OutputPane > #no-session { color: $text-muted; padding: 1 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Place.OUTPUT)]
    BORDER_TITLE = "Output"

    @dataclass
    class PromptAnswered(Message):
        """A person answered a question."""

        run: Run
        text: str = field(repr=False)

    @dataclass
    class RunAgain(Message):
        """A person wants the code of a run sent again."""

        request: RunRequest

    class InterruptRequested(Message):
        """A person wants what runs interrupted."""

    @dataclass
    class SourceRequested(Message):
        """A person wants to see a line of source."""

        path: str
        line: int

    def __init__(self, *, settings: Settings, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._settings = settings.output
        self._lists: OrderedDict[str, BlockList] = OrderedDict()
        self._shown: BlockList | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._soon = Soon(self, self._frame)
        self._next_frame = 0.0
        self._ticker: Timer | None = None
        self._return_to: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Static("No session is open.", id="no-session")
        yield SearchBar()

    def on_mount(self) -> None:
        self._ticker = self.set_interval(_TICK, self._tick, pause=True)

    def on_unmount(self) -> None:
        self._listen(None)

    # -- sessions -----------------------------------------------------------------------------------------------------

    def show(self, session_id: str, runs: RunQueue) -> None:
        """Show the runs of a session; those of the session before stay as they are."""
        if self._shown is not None and self._shown.queue is runs:
            return
        from workbench.ui.panes.block_list import BlockList
        from workbench.ui.panes.run_block import Look

        blocks = self._lists.get(session_id)
        if blocks is None or blocks.queue is not runs:
            if blocks is not None:
                blocks.remove()
            look = Look(self._settings.keep_lines, self._settings.preview_rows)
            blocks = self._lists[session_id] = BlockList(session_id, runs, look, self._settings.keep_runs)
            self.mount(blocks)
        self._lists.move_to_end(session_id)
        while len(self._lists) > _LISTS:
            self._lists.popitem(last=False)[1].remove()
        self._swap(blocks, runs)

    def show_nothing(self) -> None:
        """No session is open."""
        self._swap(None, None)

    def forget(self, session_id: str) -> None:
        """Let go of a session that is gone."""
        blocks = self._lists.pop(session_id, None)
        if blocks is None:
            return
        if blocks is self._shown:
            self.show_nothing()
        blocks.remove()

    def _swap(self, blocks: BlockList | None, runs: RunQueue | None) -> None:
        had_focus = self.has_focus_within
        self._shown = blocks
        for each in self._lists.values():
            each.display = each is blocks
        self.query_one("#no-session").display = blocks is None
        self.search_bar.close()
        self._listen(runs)
        if blocks is not None and runs is not None:
            blocks.mark_all()
            if had_focus:
                self.screen.set_focus(blocks)
        self._frame_soon()
        self._retitle()

    def _listen(self, runs: RunQueue | None) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect = [runs.added.connect(self._changed), runs.changed.connect(self._changed)] if runs else []

    @property
    def blocks(self) -> BlockList | None:
        """The blocks on the screen."""
        return self._shown

    def focus_blocks(self) -> None:
        """Move into the output: to the question that waits, else to the blocks."""
        if self._shown is None:
            return
        waiting = next((block.prompt for block in reversed(self._shown.blocks) if block.prompt is not None), None)
        self.screen.set_focus(waiting or self._shown)

    # -- frames -------------------------------------------------------------------------------------------------------

    def _changed(self, run: Run) -> None:
        if self._shown is not None:
            self._shown.mark(run)
            self._frame_soon()

    def _frame_soon(self) -> None:
        self._soon.after(self._next_frame - monotonic())

    def _frame(self) -> None:
        if (blocks := self._shown) is None:
            return
        blocks.show_frame()
        self._next_frame = monotonic() + (_BREATH if blocks.has_work else FRAME)
        self._retitle()
        if blocks.has_work:
            self._frame_soon()
        if self._ticker is not None and blocks.is_live:
            self._ticker.resume()

    def _tick(self) -> None:
        if self._shown is not None:
            self._shown.tick()
        if self._ticker is not None and (self._shown is None or not self._shown.is_live):
            self._ticker.pause()

    def _retitle(self) -> None:
        if (blocks := self._shown) is None:
            self.border_title = "Output"
            return
        recent = blocks.queue.runs[-64:]
        asks = sum(run.state is RunState.WAITING for run in recent)
        queued = sum(run.state is RunState.QUEUED for run in recent)
        text = run_text.pane_title(len(blocks.queue.runs), asks=asks, queued=queued)
        follow = f"{FOLLOW} follow" if blocks.following else "End follows"
        link = Content.styled(follow, "" if blocks.following else "$text-muted not bold")
        title = Content.assemble(text, " ── ", link.stylize(Style.from_meta({"@click": "follow"})))
        if self.border_title != title.markup:
            self.border_title = title

    def on_block_list_follow_changed(self) -> None:
        self._retitle()

    # -- questions ----------------------------------------------------------------------------------------------------

    def on_block_list_asks(self, event: BlockList.Asks) -> None:
        event.stop()
        line = event.block.prompt
        if line is not None and not self._is_typing_elsewhere(event.block.run):
            self.call_after_refresh(self._take_focus, line)

    def _take_focus(self, line: PromptInput) -> None:
        if not line.is_attached or self.screen.focused is line or not self.screen.is_active:
            return
        if not isinstance(self.screen.focused, type(line)):
            self._return_to = self.screen.focused
        self.screen.set_focus(line, scroll_visible=self._shown is None or not self._shown.following)

    def _is_typing_elsewhere(self, run: Run) -> bool:
        """Whether a question must not take the focus: a modal is open, or keys went elsewhere since the run began."""
        focused = self.screen.focused
        if not self.screen.is_active or not self.display:
            return True
        typed_at = getattr(focused, "typed_at", None)
        if isinstance(typed_at, float):
            return monotonic() - typed_at < min(TYPING, run.elapsed)
        return focused is not None and self not in focused.ancestors_with_self

    def on_run_block_answered(self, event: RunBlock.Answered) -> None:
        event.stop()
        self.post_message(self.PromptAnswered(event.block.run, event.text))
        self._frame_soon()

    def on_run_block_settled(self) -> None:
        self._give_focus_back()

    def on_prompt_input_left(self, event: PromptInput.Left) -> None:
        event.stop()
        self._give_focus_back()

    def on_prompt_input_interrupted(self, event: PromptInput.Interrupted) -> None:
        event.stop()
        self.post_message(self.InterruptRequested())

    def _give_focus_back(self) -> None:
        target, self._return_to = self._return_to, None
        if target is None or not target.is_attached or not target.focusable:
            target = self._shown
        if target is not None:
            self.screen.set_focus(target, scroll_visible=False)

    # -- commands -----------------------------------------------------------------------------------------------------

    @property
    def _block(self) -> RunBlock | None:
        return self._shown.current if self._shown is not None else None

    def action_fold(self) -> None:
        """Fold the run, or unfold it."""
        if self._block is not None:
            self._block.fold(folded=not self._block.folded)

    def action_fold_all(self) -> None:
        """Fold every run that is over; unfold all when they are folded."""
        if self._shown is not None:
            over = [block for block in self._shown.blocks if block.run.state.is_over]
            folded = any(not block.folded for block in over)
            for block in over:
                block.fold(folded=folded)

    @work(group="copy", exclusive=True, exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy what the run printed."""
        if (block := self._block) is None:
            return
        text = await asyncio.to_thread(run_text.plain, block.run.log.text())
        self.app.copy_to_clipboard(text)
        lines = len(text.splitlines())
        self.notify(f"Copied {lines:,} {'line' if lines == 1 else 'lines'} of run {block.run.number}.")

    @work(group="export", exit_on_error=False)
    async def action_export(self) -> None:
        """Write the run's text to a file in the current folder; one that goes on is written as it comes."""
        from workbench.ui.export import export_run, free_path

        if (block := self._block) is None:
            return
        run = block.run
        stem = Path(run.request.source).stem or "run"
        path = await asyncio.to_thread(free_path, Path.cwd(), f"{stem}-run-{run.number}", ".txt")
        if not run.state.is_over:
            self.notify(f"Saving run {run.number} to {path} as it comes.", markup=False)
        try:
            await export_run(run, path)
        except OSError as error:
            self.notify(f"Run {run.number} cannot be saved: {error}", severity="error", markup=False)
        else:
            self.notify(f"Saved run {run.number} to {path}.", markup=False)

    def action_open_picture(self) -> None:
        """Show the last picture of the run full size."""
        block = self._block
        if block is None or not block.pictures:
            self.notify("This run shows no picture.")
        else:
            self._open(block, block.pictures[-1])

    def on_media_view_open_requested(self, event: MediaView.OpenRequested) -> None:
        event.stop()
        blocks = self._shown.blocks if self._shown is not None else []
        block = next((block for block in blocks if event.view in block.pictures), None)
        if block is not None:
            self._open(block, event.view)

    def _open(self, block: RunBlock, view: MediaView) -> None:
        from workbench.ui.modals.picture import PictureModal, Shown

        title = f"run {block.run.number}"
        shown = [Shown(each.mime, each.content, title, each.preview) for each in block.pictures]
        self.app.push_screen(PictureModal(shown, block.pictures.index(view)))

    def action_run_again(self) -> None:
        """Send the run's code again."""
        if self._block is not None:
            self.post_message(self.RunAgain(self._block.request))

    def action_source(self) -> None:
        """Go to the line where the run failed, else to where its code begins."""
        if (block := self._block) is not None:
            text = run_text.plain(block.run.log.text()[-20_000:]) if block.run.state is RunState.FAILED else ""
            self.post_message(self.SourceRequested(*run_text.last_place(text, block.request)))

    def on_run_block_source_pointed(self, event: RunBlock.SourcePointed) -> None:
        event.stop()
        self.post_message(self.SourceRequested(*event.place))

    def on_run_block_link_pointed(self, event: RunBlock.LinkPointed) -> None:
        event.stop()
        if event.url.startswith(("http://", "https://")):
            self.app.open_url(event.url)

    def action_follow(self) -> None:
        """Keep the newest output in sight."""
        if self._shown is not None:
            self._shown.follow()

    def action_clear(self) -> None:
        """Take the runs that are over off the screen, and out of memory."""
        if self._shown is not None:
            self._shown.clear()
            self._retitle()

    # -- searching ----------------------------------------------------------------------------------------------------

    @property
    def search_bar(self) -> SearchBar:
        """The line in which a text to find is typed."""
        return self.query_one(SearchBar)

    def action_search(self) -> None:
        """Ask for a text to find."""
        self.search_bar.open(self._shown.blocks if self._shown is not None else ())

    def action_search_step(self, by: int) -> None:
        """Go to the next place, or the one before, round and round."""
        if not self.search_bar.step(by):
            self.notify("/ finds a text in the output.")

    def on_search_bar_arrived(self, event: SearchBar.Arrived) -> None:
        event.stop()
        hit = event.hit
        if (blocks := self._shown) is not None and hit.view.is_attached:
            if hit.block.folded:
                hit.block.fold(folded=False)
            blocks.select(hit.block, scroll=False)
            blocks.release_anchor()
            self.call_after_refresh(blocks.scroll_to_row, hit.view, hit.row)

    def on_search_bar_left(self, event: SearchBar.Left) -> None:
        event.stop()
        if self._shown is not None:
            self.screen.set_focus(self._shown)
