"""Search over everything kept of every run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

if TYPE_CHECKING:
    from workbench.ui.panes.run_block import RunBlock
    from workbench.ui.widgets.transcript_view import TranscriptView


class Hit(NamedTuple):
    """One row in which the text was found."""

    block: RunBlock
    view: TranscriptView
    row: int


async def find_all(blocks: Iterable[RunBlock], needle: str) -> AsyncIterator[list[Hit]]:
    """The hits of each piece of text, in the order of the blocks; other work gets its turn in between."""
    for block in blocks:
        for view in block.texts:
            rows = view.find(needle)
            if rows:
                yield [Hit(block, view, row) for row in rows]
            await asyncio.sleep(0)


class SearchBar(Horizontal):
    """The line at the foot of the output in which a person types what to find."""

    DEFAULT_CSS = """
    SearchBar {
        display: none; height: 1; dock: bottom; background: $panel;
        &.-open { display: block; }
        & > Label { width: auto; padding: 0 1; color: $text-muted; }
        & > Input, & > Input:focus { border: none; height: 1; padding: 0; width: 1fr; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", show=False),
        Binding("up", "step(-1)", "Before", show=False),
        Binding("down", "step(1)", "Next", show=False),
    ]

    @dataclass
    class Arrived(Message):
        """A place was found, or stepped to."""

        hit: Hit

    class Left(Message):
        """A person is done searching."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: Sequence[RunBlock] = ()
        self._needle = ""
        self._hits: list[Hit] = []
        self._at = -1

    def compose(self) -> ComposeResult:
        yield Label("/")
        yield Input(placeholder="text to find", select_on_focus=True)
        yield Label("", id="hits", markup=False)

    def open(self, blocks: Sequence[RunBlock]) -> None:
        """Ask for a text to find in these blocks."""
        self._blocks = blocks
        self.add_class("-open")
        self.query_one(Input).focus()

    def close(self) -> None:
        """Find nothing any more."""
        self.remove_class("-open")
        self._mark("")
        self._blocks, self._hits, self._needle = (), [], ""

    def step(self, by: int) -> bool:
        """Go to the next place, or the one before, round and round; False when there is none."""
        self._hits = [hit for hit in self._hits if hit.view.is_attached]
        if not self._hits:
            return False
        self._at = (self._at + by) % len(self._hits)
        self._say(f"{self._at + 1:,} of {len(self._hits):,}   ↑ ↓ step   Esc closes")
        self.post_message(self.Arrived(self._hits[self._at]))
        return True

    @property
    def hits(self) -> Sequence[Hit]:
        """Where the text was found."""
        return self._hits

    def _say(self, text: str) -> None:
        self.query_one("#hits", Label).update(text)

    def _mark(self, needle: str) -> None:
        for block in self._blocks:
            for view in block.texts:
                view.mark(needle)

    @work(group="search", exclusive=True, exit_on_error=False)
    async def _search(self, needle: str) -> None:
        self._needle, self._hits = needle, []
        self._mark(needle)
        if not needle:
            self._say("")
            return
        async for hits in find_all(self._blocks, needle):
            self._hits += hits
        self._at = 0
        if not self.step(-1):
            self._say("not found")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Find the text; again goes to the one before."""
        event.stop()
        if not (event.value and event.value == self._needle and self.step(-1)):
            self._search(event.value)

    def action_step(self, by: int) -> None:
        """Go on to another hit."""
        self.step(by)

    def action_leave(self) -> None:
        """Close the line."""
        self.close()
        self.post_message(self.Left())
