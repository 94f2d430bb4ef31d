"""One run on the screen: its first line, text and pictures in the order they came, and how it ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label

from workbench.domain.console import ConsoleItem, Log, Media, Output
from workbench.domain.run import RunRequest, RunState
from workbench.ui import run_text
from workbench.ui.run_text import Place
from workbench.ui.widgets.block_header import BlockHeader
from workbench.ui.widgets.media_view import MediaView
from workbench.ui.widgets.prompt_input import PromptInput, PromptLine
from workbench.ui.widgets.tall import TallMixin
from workbench.ui.widgets.transcript_view import TranscriptView
from workbench.vt.cells import row_text

if TYPE_CHECKING:
    from workbench.engine.run import Run
    from workbench.media.drawing import DrawingBook

MAX_PARTS = 200
"""Texts and pictures of one run that are on the screen; older ones are counted."""
_TELL_DROPPED = 0.25
"""Seconds between two counts of what is kept: counting lines takes longer than showing them."""
TYPE_AHEAD = 1.0
"""Seconds for which the line of an answered question stays for the next one."""

DRAWING = "application/x-sorna-drawing"
"""A drawing comes in many payloads, each going on where the one before ended."""


@dataclass(frozen=True, slots=True)
class Look:
    """How blocks of a pane show their runs."""

    keep_lines: int = 50_000
    preview_rows: int = 24


class RunBlock(TallMixin, Vertical):
    """A run; `update` brings it up to date, `feed` takes the next of its output."""

    DEFAULT_CSS = """
    RunBlock {
        height: auto; width: 1fr; border-left: blank;
        & > Label { height: auto; width: 1fr; color: $text-muted; }
        & > .ending { padding: 0 1; }
        & > TranscriptView, & > MediaView { width: 1fr; height: auto; }
        &.-filled { margin: 0 0 1 0; }
        &.-folded > .part { display: none; }
        &.-folded { margin: 0; }
        &.-selected { border-left: outer $foreground 20%; }
        &.-lost > .ending, &.-refused > .ending { color: $text-error; }
        &.-interrupted > .ending { color: $text-warning; }
    }
    """

    @dataclass
    class Answered(Message):
        """A person answered the run's question."""

        block: RunBlock
        text: str = field(repr=False)

        @property
        def control(self) -> RunBlock:
            """The block of the run."""
            return self.block

    @dataclass
    class SourcePointed(Message):
        """A person clicked a line of source that the output names."""

        block: RunBlock
        place: Place

    @dataclass
    class LinkPointed(Message):
        """A person clicked an address."""

        url: str

    class Settled(Message):
        """The line of an answered question is gone, and the focus with it."""

    @dataclass
    class Chosen(Message):
        """A person clicked the first line."""

        block: RunBlock

        @property
        def control(self) -> RunBlock:
            """The block of the run."""
            return self.block

    def __init__(self, run: Run, look: Look, drawings: DrawingBook | None = None) -> None:
        super().__init__(classes=run_text.headline(run).css_class)
        self.run = run
        self.look = look
        self._drawings = drawings
        self._header = BlockHeader(run_text.headline(run))
        self._told_at = 0.0
        self._parts: deque[TranscriptView | MediaView] = deque()
        self._notes: dict[str, Label] = {}
        self._prompt: PromptLine | None = None
        self._asked: float = 0.0
        self._answered_at = 0.0
        self._cursor = 0
        self._pending: deque[ConsoleItem] = deque()
        self._dropped_parts = 0
        self._shown_kept = ""

    def compose(self) -> Iterator[Widget]:
        yield self._header

    # -- what it holds ------------------------------------------------------------------------------------------------

    @property
    def request(self) -> RunRequest:
        """What was asked to run."""
        return self.run.request

    @property
    def texts(self) -> list[TranscriptView]:
        """Its pieces of text, in order."""
        return [part for part in self._parts if isinstance(part, TranscriptView)]

    @property
    def pictures(self) -> list[MediaView]:
        """What it showed, in order."""
        return [part for part in self._parts if isinstance(part, MediaView)]

    @property
    def prompt(self) -> PromptInput | None:
        """The line to answer its question; None when it does not ask."""
        return self._prompt.input if self._prompt is not None and self.run.state is RunState.WAITING else None

    @property
    def folded(self) -> bool:
        """Whether only the first line shows."""
        return self.has_class("-folded")

    def fold(self, *, folded: bool) -> None:
        """Show only the first line, or everything; a question always shows."""
        self.set_class(folded, "-folded")
        self.update_state()

    # -- output -------------------------------------------------------------------------------------------------------

    @property
    def has_more(self) -> bool:
        """Whether there is output that `feed` has not taken yet."""
        return bool(self._pending) or self._cursor < self.run.log.end

    def feed(self, budget: int) -> int:
        """Take about `budget` characters of what came since; the number taken."""
        if not self._pending:
            items, self._cursor = self.run.log.read(self._cursor)
            self._pending.extend(items)
        taken = 0
        while self._pending and taken < budget:
            item = self._pending.popleft()
            if isinstance(item, Output) and len(item.text) > budget - taken:
                room = budget - taken
                self._pending.appendleft(Output(item.stream, item.text[room:]))
                item = Output(item.stream, item.text[:room])
            taken += self._take(item)
        if taken and (not self.has_more or monotonic() - self._told_at > _TELL_DROPPED):
            self._tell_dropped()
        return taken

    def _take(self, item: ConsoleItem) -> int:
        match item:
            case Output(text=text):
                self._text().feed(text)
                return len(text)
            case Media():
                last = self._parts[-1] if self._parts else None
                if isinstance(last, MediaView) and last.mime == item.mime == DRAWING:
                    last.feed(item.content)
                    return 4096
                self._add(MediaView(item.mime, item.content, max_rows=self.look.preview_rows, drawings=self._drawings))
                return 4096
            case Log():
                text = f"\x1b[2m{item.kind}: {item.text.rstrip()}\x1b[0m\n"
                self._text().feed(text)
                return len(text)

    def _text(self) -> TranscriptView:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, TranscriptView):
            return last
        view = TranscriptView(max_lines=self.look.keep_lines)
        self._add(view)
        return view

    def _add(self, part: TranscriptView | MediaView) -> None:
        part.add_class("part")
        self.add_class("-filled")
        before = next((self._notes[name] for name in ("ending",) if name in self._notes), None) or self._prompt
        self._parts.append(part)
        self.mount(part, before=before) if before is not None else self.mount(part)
        if len(self._parts) > MAX_PARTS:
            self._dropped_parts += 1
            self._parts.popleft().remove()

    def _tell_dropped(self) -> None:
        self._told_at = monotonic()
        log = self.run.log
        shown = 0
        dropped = bool(log.dropped_lines or self._dropped_parts)
        for view in self.texts:
            shown += view.transcript.kept_lines
            dropped = dropped or view.transcript.dropped_lines > 0
        text = run_text.kept(min(shown, log.lines), log.lines) if dropped else ""
        if self._dropped_parts:
            text += f"{', ' if text else ''}{self._dropped_parts:,} older pictures and texts are not shown"
        if text != self._shown_kept:
            self._shown_kept = text
            self._note("kept", text, after=self._header)

    # -- state --------------------------------------------------------------------------------------------------------

    def update_state(self) -> None:
        """Show how the run stands."""
        line = run_text.headline(self.run)
        if line.css_class != self._header.line.css_class:
            self.remove_class(self._header.line.css_class)
            self.add_class(line.css_class)
        self._header.show_line(line, folded=self.folded)
        self._note("phases", run_text.phases(self.run), after=self._header)
        self._note("ending", run_text.ending(self.run))
        self._show_prompt()

    def _note(self, name: str, text: str, *, after: Widget | None = None) -> None:
        label = self._notes.get(name)
        if label is not None:
            if str(label.content) != text:
                label.update(text)
                label.display = bool(text)
        elif text:
            self._notes[name] = label = Label(text, markup=False, classes=f"part {name}")
            if after is not None:
                self.mount(label, after=after)
            elif self._prompt is not None:
                self.mount(label, before=self._prompt)
            else:
                self.mount(label)

    def _show_prompt(self) -> None:
        prompt = self.run.prompt
        if prompt is not None:
            if self._prompt is None:
                self._prompt = PromptLine(is_password=prompt.is_password)
                self.mount(self._prompt)
            elif self._asked != prompt.asked_at:
                self._prompt.input.ask(is_password=prompt.is_password)
            self._asked = prompt.asked_at
        elif self._prompt is not None:
            late = monotonic() - self._answered_at > TYPE_AHEAD
            if self.run.state.is_over or late or not self._prompt.input.has_focus:
                self._take_prompt_away(self._prompt)
            else:
                self._prompt.input.wait()

    def _take_prompt_away(self, line: PromptLine) -> None:
        self._prompt = None
        if line.input.has_focus:
            self.post_message(self.Settled())
        line.input.wipe()
        line.remove()

    @property
    def settling(self) -> bool:
        """Whether the line of an answered question still stands and has to be taken away in time."""
        return self._prompt is not None and self.run.prompt is None

    def on_prompt_input_answered(self, event: PromptInput.Answered) -> None:
        event.stop()
        if self.run.prompt is not None:
            self._answered_at = monotonic()
            self.post_message(self.Answered(self, event.text))

    # -- pointing -----------------------------------------------------------------------------------------------------

    def on_transcript_view_source_clicked(self, event: TranscriptView.SourceClicked) -> None:
        event.stop()
        self.post_message(self.SourcePointed(self, run_text.place_of(event.path, event.line, self.request)))

    def on_transcript_view_link_clicked(self, event: TranscriptView.LinkClicked) -> None:
        event.stop()
        self.post_message(self.LinkPointed(event.target))

    def on_click(self, event: events.Click) -> None:
        """Follow an address, or a place in a traceback that is no file."""
        if not isinstance(event.widget, TranscriptView) or event.chain != 1:
            return
        rows = event.widget.transcript.rows(event.y, event.y + 1)
        line = row_text(rows[0]) if rows else ""
        if url := run_text.url_at(line, event.x):
            self.post_message(self.LinkPointed(url))
        elif place := run_text.place_in(line, self.request):
            self.post_message(self.SourcePointed(self, place))

    def on_block_header_clicked(self, event: BlockHeader.Clicked) -> None:
        event.stop()
        self.post_message(self.Chosen(self))
