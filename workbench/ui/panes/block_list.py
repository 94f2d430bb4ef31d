"""The runs of one session as blocks, oldest first, followed at the end or left where a person scrolled to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Label

from workbench.domain.run import RunState
from workbench.media.drawing import DrawingBook
from workbench.ui.commands import label_of
from workbench.ui.panes.run_block import Look, RunBlock
from workbench.ui.widgets.prompt_input import PromptInput
from workbench.ui.widgets.tall import TallMixin
from workbench.ui.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from workbench.engine.run import Run
    from workbench.engine.runs import RunQueue

STEP = 48_000
"""Characters of output taken in one step: a few milliseconds of work, after which keys get their turn."""
_WHEEL_ROWS = 3
_BUILT_AT_ONCE = 8
_OLD_SHOWN_AT_ONCE = 6


def load_emulator() -> None:
    """Load the native library of the texts, and use it once: in a thread, before the first output comes."""
    from workbench.vt.transcript import Transcript

    text = Transcript(80, 1000)
    text.feed("warm\n" * 100)
    text.rows(0, text.height)
    _ = text.kept_lines


class BlockList(TallMixin, VerticalScroll, can_focus=True, inherit_bindings=False):
    """The blocks of one session."""

    DEFAULT_CSS = """
    BlockList {
        height: 1fr; background: $background; scrollbar-size-vertical: 1; overflow-x: hidden;
        & > .older { color: $text-muted; width: 1fr; text-align: center; margin: 0 0 1 0; }
        & > .blank { color: $text-muted; padding: 1 2; }
        &:focus RunBlock.-selected { border-left: outer $primary; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Run before", show=False),
        Binding("down,j", "step(1)", "Next run", show=False),
        Binding("enter", "enter", "Fold, or answer", show=False),
        Binding("pageup,b", "page_up", "Page up", show=False),
        Binding("pagedown,space", "page_down", "Page down", show=False),
        Binding("ctrl+up", "scroll_up", "Line up", show=False),
        Binding("ctrl+down", "scroll_down", "Line down", show=False),
        Binding("home,g", "scroll_home", "Top", show=False),
    ]

    class FollowChanged(Message):
        """It began or stopped to keep the newest output in sight."""

    class Asks(Message):
        """A block has a new question."""

        def __init__(self, block: RunBlock) -> None:
            super().__init__()
            self.block = block

    def __init__(self, session_id: str, queue: RunQueue, look: Look, keep_runs: int) -> None:
        super().__init__()
        self.session_id = session_id
        self.queue = queue
        self._look = look
        self._keep = keep_runs
        self._drawings = DrawingBook()
        self._blocks: dict[str, RunBlock] = {}
        self._missing: list[Run] = []
        """Runs without a block yet, oldest first."""
        self._stale = True
        """Runs came or went since `_missing` was worked out."""
        self._dirty: dict[str, RunBlock] = {}
        self._older = Label("", classes="older")
        self._older.display = False
        self._blank = Label(
            f"{label_of('run.buffer')} runs the buffer; what it prints and shows appears here.", classes="blank"
        )
        self._following = True
        self._asked: dict[str, float] = {}
        self.selected: RunBlock | None = None
        """The block that the keys are about."""

    def on_mount(self) -> None:
        self.mount(self._older, self._blank)
        self.anchor()
        self._build(_BUILT_AT_ONCE)
        self.run_worker(load_emulator, thread=True, group="load", exit_on_error=False)

    # -- blocks -------------------------------------------------------------------------------------------------------

    @property
    def blocks(self) -> Sequence[RunBlock]:
        """The blocks, oldest first."""
        return sorted(self._blocks.values(), key=lambda block: block.run.number)

    def block_of(self, run_id: str) -> RunBlock | None:
        """The block of a run."""
        return self._blocks.get(run_id)

    @property
    def current(self) -> RunBlock | None:
        """The selected block, else the newest."""
        blocks = self.blocks
        return self.selected or (blocks[-1] if blocks else None)

    def clear(self) -> None:
        """Forget the runs that are over."""
        self.queue.clear()
        self._reconcile()
        self.follow()

    def _reconcile(self) -> None:
        """Find out which runs to show: the newest ones, and every one that is not over."""
        self._stale = False
        runs = self.queue.runs
        first = max(0, len(runs) - self._keep)
        wanted = [*(run for run in runs[:first] if not run.state.is_over), *runs[first:]]
        ids = {run.id for run in wanted}
        for block in [block for block in self._blocks.values() if block.run.id not in ids]:
            self._remove(block)
        self._missing = [run for run in wanted if run.id not in self._blocks]
        gone = len(runs) - len(wanted)
        if self._older.display or gone:
            self._older.update(f"{gone:,} older {'run is' if gone == 1 else 'runs are'} not shown")
            self._older.display = bool(gone)
        self._blank.display = not wanted

    def _build(self, count: int) -> None:
        """Put up the newest runs that are missing, so many at a time; each goes before the next newer one."""
        if self._stale:
            self._reconcile()
        if not self._missing:
            return
        blocks = list(self.blocks)
        for run in [self._missing.pop() for _ in range(min(count, len(self._missing)))]:
            block = self._blocks[run.id] = RunBlock(run, self._look, self._drawings)
            newer = next((each for each in blocks if each.run.number > run.number), None)
            self.mount(block, before=newer) if newer is not None else self.mount(block)
            blocks.insert(blocks.index(newer) if newer is not None else len(blocks), block)
            self._dirty[run.id] = block

    def _remove(self, block: RunBlock) -> None:
        del self._blocks[block.run.id]
        self._dirty.pop(block.run.id, None)
        self._asked.pop(block.run.id, None)
        if self.selected is block:
            self.selected = None
        block.remove()

    # -- frames -------------------------------------------------------------------------------------------------------

    def mark(self, run: Run) -> None:
        """The run is new or changed; the next frame shows it."""
        block = self._blocks.get(run.id)
        if block is None:
            self._stale = True
        else:
            self._dirty[run.id] = block

    def mark_all(self) -> None:
        """The list was out of sight: look at every run again."""
        self._stale = True
        self._dirty.update(self._blocks)

    @property
    def has_work(self) -> bool:
        """Whether the next frame has something to do."""
        return bool(self._dirty or self._missing or self._stale)

    def show_frame(self) -> int:
        """Bring the blocks that changed up to date, newest first, with no more output than one step can take.

        Returns how many characters were taken.
        """
        if self._stale:
            self._reconcile()
            self._build(_BUILT_AT_ONCE)
        budget = STEP
        for block in sorted(self._dirty.values(), key=lambda block: -block.run.number):
            if not block.is_mounted:
                continue
            if budget > 0:
                budget -= block.feed(budget)
            block.update_state()
            self._notice_question(block)
            if not block.has_more:
                del self._dirty[block.run.id]
        if budget > 0:
            self._build(_OLD_SHOWN_AT_ONCE)
        return STEP - budget

    @property
    def is_live(self) -> bool:
        """Whether a run goes on, so that its time ticks."""
        return any(not block.run.state.is_over or block.settling for block in self._blocks.values())

    def _notice_question(self, block: RunBlock) -> None:
        prompt = block.run.prompt
        if prompt is not None and self._asked.get(block.run.id) != prompt.asked_at:
            self._asked[block.run.id] = prompt.asked_at
            self.post_message(self.Asks(block))

    def tick(self) -> None:
        """Let the durations of what goes on count."""
        for block in self._blocks.values():
            if block.settling or block.run.state in {RunState.RUNNING, RunState.WAITING}:
                block.update_state()

    # -- following ----------------------------------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the newest output is kept in sight."""
        return self._anchored and not self._anchor_released

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.anchor()
        self._anchor_released = False
        # The framework moves only with the next layout, and what is over has no more of them.
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True, release_anchor=False)
        self._tell_follow()

    @property
    def scroll_offset(self) -> Offset:
        """Where it is scrolled to; less text than fits stays at the top, which the framework's anchor forgets."""
        x, y = super().scroll_offset
        return Offset(x, max(0, y))

    def release_anchor(self) -> None:
        """Stay where the person scrolled to."""
        super().release_anchor()
        self._tell_follow()

    def _check_anchor(self) -> None:
        super()._check_anchor()
        self._tell_follow()

    def _tell_follow(self) -> None:
        if self.following != self._following:
            self._following = self.following
            self.post_message(self.FollowChanged())

    def _scroll_by(self, rows: int) -> None:
        """Stop following, and move at once: what is followed would pull an animated move back."""
        self.release_anchor()
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, force=True, immediate=True)
        self._check_anchor()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Turn back."""
        event.stop()
        event.prevent_default()
        self._scroll_by(-_WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Turn on, until it follows again."""
        event.stop()
        event.prevent_default()
        self._scroll_by(_WHEEL_ROWS)

    def action_scroll_home(self) -> None:
        """Go to the oldest run."""
        self._scroll_by(-self.scroll_offset.y)

    def action_page_up(self) -> None:
        """Go back by what is seen."""
        self._scroll_by(-max(1, self.size.height - 1))

    def action_page_down(self) -> None:
        """Go on by what is seen."""
        self._scroll_by(max(1, self.size.height - 1))

    def action_scroll_up(self) -> None:
        """Go back by a line."""
        self._scroll_by(-1)

    def action_scroll_down(self) -> None:
        """Go on by a line."""
        self._scroll_by(1)

    def scroll_to_row(self, view: TranscriptView, row: int) -> None:
        """Put a row of a text in the middle."""
        top = self.screen.find_widget(view).region.y - self.content_region.y + self.scroll_offset.y
        self.scroll_to(y=max(0, top + row - self.size.height // 2), animate=False, force=True)

    def on_transcript_view_shifted(self, event: TranscriptView.Shifted) -> None:
        """The oldest rows of a text went: stay where the person reads."""
        event.stop()
        if not self.following:
            self.scroll_to(y=max(0, self.scroll_offset.y - event.rows), animate=False, force=True)

    # -- selecting ----------------------------------------------------------------------------------------------------

    def select(self, block: RunBlock | None, *, scroll: bool = True) -> None:
        """Make the block the one that the keys are about."""
        if self.selected is not None:
            self.selected.remove_class("-selected")
        self.selected = block
        if block is not None:
            block.add_class("-selected")
            if scroll:
                self.scroll_to_widget(block, animate=False, top=block.outer_size.height > self.size.height)

    def action_step(self, by: int) -> None:
        """Select the next block, or the one before."""
        blocks = self.blocks
        if not blocks:
            return
        if self.selected is None:
            self.select(blocks[-1])
            return
        at = blocks.index(self.selected) + by
        if 0 <= at < len(blocks):
            self.select(blocks[at])
        elif by > 0:
            self.follow()
        else:
            self.scroll_home(animate=False)

    def action_enter(self) -> None:
        """Answer the question of the block, else fold or unfold it."""
        block = self.current
        if block is None:
            return
        if isinstance(line := block.prompt, PromptInput):
            line.focus()
        else:
            self.select(block, scroll=False)
            block.fold(folded=not block.folded)

    def on_run_block_chosen(self, event: RunBlock.Chosen) -> None:
        event.stop()
        self.select(event.block, scroll=False)
        self.focus(scroll_visible=False)
        event.block.fold(folded=not event.block.folded)

    def on_focus(self) -> None:
        if self.selected is None and self._blocks:
            self.select(self.current, scroll=False)
