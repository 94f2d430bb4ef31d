"""The text of a run on the screen: as tall as the text, of which only what can be seen is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from workbench.ui.soon import Soon
from workbench.ui.widgets.strips import StripMaker, cell_of, drawn_text, filtered, legible, palette_of
from workbench.ui.widgets.tall import TallMixin
from workbench.vt.cells import Row, restyle

if TYPE_CHECKING:
    from workbench.vt.transcript import Transcript

_FRAME = 1 / 30
_FLOOD, _FLOOD_FRAME = 20_000, 1 / 10
"""Characters between two frames that nobody can read as they pass, and the seconds to the next frame then."""
_CACHED = 512
_TALL = 5_000
"""Rows from which on a new width waits until it stays the same for a moment."""
_SETTLE = 0.15
_SOURCE = re.compile(r'File "(?P<path>[^"\n]+)", line (?P<line>\d+)|File (?P<path2>[^\s:"]+):(?P<line2>\d+)')


@dataclass
class _FromTranscript(Message):
    view: TranscriptView

    @property
    def control(self) -> TranscriptView:
        """The text it comes from."""
        return self.view


class TranscriptView(TallMixin):
    """Shows a `Transcript`; its height is the text's, so it belongs into something that scrolls."""

    DEFAULT_CSS = """
    TranscriptView {
        width: 1fr;
        height: auto;
        background: $background 0%;
        color: $foreground;
    }
    """

    @dataclass
    class LinkClicked(_FromTranscript):
        """A person clicked a link the run wrote."""

        target: str

    @dataclass
    class SourceClicked(_FromTranscript):
        """A person clicked the place a traceback names."""

        path: str
        line: int

    @dataclass
    class Shifted(_FromTranscript):
        """The oldest rows were dropped: what was at row `n` is at row `n - rows` now."""

        rows: int

    def __init__(
        self,
        *,
        max_lines: int = 100_000,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """Make an empty text that keeps about its last `max_lines` lines."""
        super().__init__(id=id, classes=classes)
        self._max_lines = max_lines
        self._transcript: Transcript | None = None
        self._maker: StripMaker | None = None
        self._strips: dict[int, Strip] = {}
        self._next_frame = Soon(self, self._frame)
        self._resize_timer: Timer | None = None
        self._drawn_at = 0.0
        self._fed = 0
        self._shown_height = 0
        self._shown_dropped = 0
        self._shown_stable = 0
        self._needle: re.Pattern[str] | None = None

    # -- text

    @property
    def transcript(self) -> Transcript:
        """The text; made when first asked for."""
        if self._transcript is None:
            from workbench.vt.transcript import Transcript  # loads the native library

            self._transcript = Transcript(self.size.width or 80, self._max_lines)
        return self._transcript

    def feed(self, text: str) -> None:
        """Add text; the screen follows at most 30 times a second, less often when it is too much to read."""
        if not text:
            return
        self.transcript.feed(text)
        self._fed += len(text)
        self._next_frame.after(self._drawn_at + (_FLOOD_FRAME if self._fed > _FLOOD else _FRAME) - monotonic())

    append = feed

    def _frame(self) -> None:
        """Show what came: a new height is laid out anew, else only the rows that can have changed are drawn."""
        self._drawn_at = monotonic()
        self._fed = 0
        transcript = self.transcript
        height, dropped, stable = transcript.height, transcript.dropped_rows, self._shown_stable
        shifted = dropped - self._shown_dropped
        first = max(stable - shifted, 0)
        self._forget_from(first + dropped)
        self._note_shown()
        if height != self._shown_height or shifted:
            self._shown_height = height
            self.refresh(layout=True)
            if shifted > 0:
                self.post_message(self.Shifted(self, shifted))
        elif height > first:
            self.refresh(Region(0, first, self.size.width, height - first))

    def _note_shown(self) -> None:
        self._shown_dropped = self.transcript.dropped_rows
        self._shown_stable = self.transcript.stable_rows

    def _forget_from(self, number: int) -> None:
        """Drop cached strips of the rows from this one on, counted from the first row ever."""
        for key in [key for key in self._strips if key >= number]:
            del self._strips[key]

    # -- size

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """Take all there is; text wraps within it."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the rows the text takes at a width."""
        if self._transcript is None:
            return 0
        if width > 0 and width != self._transcript.cols:
            self._set_width(width)
        self._shown_height = self._transcript.height
        return self._shown_height

    def _set_width(self, width: int) -> None:
        """Reflow now, or for a tall text when the width has stayed for a moment (it takes a fifth of a second)."""
        if self.transcript.height < _TALL or not self._shown_height:
            self._reflow(width)
            return
        if self._resize_timer is not None:
            self._resize_timer.stop()
        self._resize_timer = self.set_timer(_SETTLE, lambda: self._reflow(width))

    def _reflow(self, width: int) -> None:
        later = self._resize_timer is not None
        self._resize_timer = None
        self.transcript.resize(width)
        self._strips.clear()
        self._note_shown()
        if later:
            self.refresh(layout=True)

    # -- drawing

    def on_mount(self) -> None:
        """Take the colours of the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.call_after_refresh(self._new_colors))

    def _new_colors(self) -> None:
        self._maker = None
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours may be others now."""
        super().notify_style_update()
        self._maker = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows that can be seen."""
        strips = self._rows(crop.y, crop.bottom)
        if crop.x or crop.width != self.size.width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return filtered(self, strips)

    def render_line(self, y: int) -> Strip:
        """Draw one row, with the offsets that tell Textual what is selected."""
        return self._rows(y, y + 1)[0].apply_offsets(0, y)

    def _rows(self, start: int, stop: int) -> list[Strip]:
        """Return strips of rows, from the cache or made in as few reads as there are gaps."""
        maker = self._maker_now()
        width = self.size.width
        blank = Strip.blank(width, maker.blank_style)
        if self._transcript is None:
            return [blank] * (stop - start)
        shift = self._transcript.dropped_rows
        known = self._strips
        y = start
        while y < stop:
            if y + shift in known:
                y += 1
                continue
            gap = y
            while y < stop and y + shift not in known:
                y += 1
            self._make(maker, gap, y, shift, width)
        made = [known.get(y + shift, blank) for y in range(start, stop)]
        if len(known) > _CACHED + stop - start:
            self._strips = {y + shift: strip for y, strip in zip(range(start, stop), made, strict=True)}
        return made

    def _make(self, maker: StripMaker, start: int, stop: int, shift: int, width: int) -> None:
        selection = self.text_selection
        for y, row in enumerate(self.transcript.rows(start, stop), start):
            drawn = self._decorated(row)
            if selection is not None and (span := selection.get_span(y)) is not None:
                first, last = cell_of(row, span[0]), width if span[1] < 0 else cell_of(row, span[1])
                if last > first:
                    drawn = restyle(drawn, first, last, selected=True)
            self._strips[y + shift] = maker.strip(drawn, width)

    def _maker_now(self) -> StripMaker:
        if self._maker is None:
            self._maker = StripMaker(legible(palette_of(self)))
            self._strips.clear()
        return self._maker

    def _decorated(self, row: Row) -> Row:
        """Underline places in sources, and mark what is searched for."""
        if not row:
            return row
        text = drawn_text(row)
        if "File " in text:
            for found in _SOURCE.finditer(text):
                row = restyle(row, cell_of(row, found.start()), cell_of(row, found.end()), underline=1)
        if self._needle is not None:
            for found in self._needle.finditer(text):
                row = restyle(row, cell_of(row, found.start()), cell_of(row, found.end()), inverse=True)
        return row

    # -- selecting, searching, clicking

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return selected text: wrapped lines are joined."""
        if self._transcript is None:
            return None
        height = self._transcript.height
        if not height:
            return None
        start = (0, 0) if selection.start is None else self._point(selection.start.x, selection.start.y)
        end = (0, height) if selection.end is None else self._point(selection.end.x, selection.end.y)
        return self._transcript.text_between(start, end), "\n"

    def _point(self, index: int, y: int) -> tuple[int, int]:
        rows = self.transcript.rows(y, y + 1)
        return (cell_of(rows[0], index) if rows else 0), y

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        """Draw the selection."""
        self._strips.clear()
        self.refresh()

    def mark(self, needle: str) -> None:
        """Mark every place of a text (in either case); an empty one marks nothing."""
        self._needle = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        self._strips.clear()
        self.refresh()

    def find(self, needle: str) -> list[int]:
        """Return the rows in which a text begins, from the top; at most 10,000."""
        return self.transcript.find(needle) if needle and self._transcript is not None else []

    def on_click(self, event: events.Click) -> None:
        """Follow a link, or a place in a source."""
        if self._transcript is None or event.button != 1 or event.chain != 1:
            return
        rows = self._transcript.rows(event.y, event.y + 1)
        if not rows:
            return
        row = rows[0]
        if (target := _link_at(row, event.x)) is not None:
            event.stop()
            self.post_message(self.LinkClicked(self, target))
            return
        for found in _SOURCE.finditer(drawn_text(row)):
            if cell_of(row, found.start()) <= event.x < cell_of(row, found.end()):
                event.stop()
                path, line = found["path"] or found["path2"], int(found["line"] or found["line2"])
                self.post_message(self.SourceClicked(self, path, line))
                return


def _link_at(row: Row, x: int) -> str | None:
    column = 0
    for span in row:
        if column <= x < column + span.cells:
            return span.style.link
        column += span.cells
    return None
