"""A terminal on the screen: draws an emulator, and sends it keys, mouse and pastes."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from workbench.ui.commands import command, keys_of, label_of
from workbench.ui.soon import Soon
from workbench.ui.widgets.strips import StripMaker, palette_of
from workbench.ui.widgets.terminal_cursor import with_cursor
from workbench.ui.widgets.terminal_mouse import TerminalMouse

if TYPE_CHECKING:
    from workbench.vt.cells import Cursor
    from workbench.vt.screen import Screen

_LEAVE = command("terminal.leave")
_FRAME = 1 / 60
_SOON = 0.001
_LONGEST_HOLD = 0.15


@dataclass
class _FromTerminal(Message):
    view: TerminalView

    @property
    def control(self) -> TerminalView:
        """The terminal it comes from."""
        return self.view


class TerminalView(Widget, can_focus=True):
    """Shows a `Screen`; every key but those of `terminal.leave` goes to the program."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    TerminalView {
        width: 1fr;
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow: hidden;
        pointer: text;
    }
    """

    @dataclass
    class Input(_FromTerminal):
        """Bytes for the program: typed, pasted, clicked, or a reply of the emulator."""

        data: bytes = field(repr=False)

    @dataclass
    class Resized(_FromTerminal):
        """The terminal has another size now, in cells."""

        rows: int
        cols: int

    @dataclass
    class Left(_FromTerminal):
        """A person left the terminal with its leave key."""

    @dataclass
    class Copied(_FromTerminal):
        """A person selected text."""

        text: str

    @dataclass
    class ClipboardSet(_FromTerminal):
        """The program put text on the clipboard (OSC 52)."""

        text: str

    @dataclass
    class TitleChanged(_FromTerminal):
        """The program named what it does."""

        title: str

    @dataclass
    class Rang(_FromTerminal):
        """The program rang the bell."""

    @dataclass
    class LinkClicked(_FromTerminal):
        """A person Ctrl+clicked a link of the program."""

        target: str

    @dataclass
    class Scrolled(_FromTerminal):
        """The part shown has moved; `above` is how many rows it is above the newest."""

        above: int

    def __init__(
        self,
        screen: Screen | None = None,
        *,
        scrollback: int = 10_000,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """Make a terminal with an emulator of its own, or show the given one (its callbacks stay its maker's)."""
        super().__init__(id=id, classes=classes)
        self._scrollback = scrollback
        self._emulator: Screen | None = screen
        self._strips: list[Strip] = []
        self._maker: StripMaker | None = None
        self._cursor: Cursor | None = None
        self._next_frame = Soon(self, self._frame)
        self._drawn_at = 0.0
        self._held_since: float | None = None
        self._whole = True
        self._told: tuple[int, int] | None = None
        self._above = 0
        self._mouse = TerminalMouse(self)

    @property
    def emulator(self) -> Screen:
        """The emulator shown; made when first asked for."""
        if self._emulator is None:
            from workbench.vt.screen import Screen  # loads the native library

            size = self.size if self.size.width and self.size.height else None
            self._emulator = Screen(
                size.width if size else 80,
                size.height if size else 24,
                scrollback_lines=self._scrollback,
                on_reply=self.send,
                on_title=lambda title: self._tell(self.TitleChanged(self, title)),
                on_bell=lambda: self._tell(self.Rang(self)),
                on_clipboard=lambda text: self._tell(self.ClipboardSet(self, text)),
            )
            self._set_colors()
        return self._emulator

    # -- bytes

    def feed(self, data: bytes) -> None:
        """Show bytes the program wrote."""
        self.emulator.feed(data)
        self.redraw()

    def reset(self) -> None:
        """Clear everything: the program's screen is going to be sent anew."""
        self.emulator.reset()
        self.redraw(whole=True)

    def show(self, screen: Screen) -> None:
        """Show another emulator."""
        self._emulator = screen
        self._fit()
        self._set_colors()
        self.redraw(whole=True)

    def send(self, data: bytes) -> None:
        """Post bytes for the program."""
        if data:
            self._tell(self.Input(self, data))

    def _tell(self, message: Message) -> None:
        self.post_message(message)

    # -- frames

    def redraw(self, *, whole: bool = False) -> None:
        """Draw what changed, at most 60 times a second; `whole` draws every row."""
        self._whole = self._whole or whole
        # Never at once: what else waits in the queue belongs to this frame too.
        self._next_frame.after(max(self._drawn_at + _FRAME - monotonic(), _SOON))

    def _frame(self) -> None:
        size = self.size
        if not size.width or not size.height or self._maker is None:
            return
        self._drawn_at = now = monotonic()
        emulator = self.emulator
        if emulator.held and not self._whole:
            self._held_since = self._held_since or now
            if now - self._held_since < _LONGEST_HOLD:
                self.redraw()
                return
        self._held_since = None
        changed = emulator.dirty_rows(whole=self._whole)
        if self._whole or len(self._strips) != emulator.rows:
            self._strips = [Strip.blank(emulator.cols, self._maker.blank_style)] * emulator.rows
        self._whole = False
        width, strip = emulator.cols, self._maker.strip
        touched = {y for y, _ in changed}
        for y, row in changed:
            if y < len(self._strips):
                self._strips[y] = strip(row, width)
        touched |= self._move_cursor(emulator.cursor)
        if touched:
            self.refresh(*self._regions(sorted(touched)))
        self._tell_scrolled()
        if not emulator.settled:
            self.redraw()

    def _regions(self, rows: list[int]) -> list[Region]:
        """Return regions of whole rows, neighbours joined."""
        regions: list[Region] = []
        first = last = rows[0]
        for y in [*rows[1:], -1]:
            if y == last + 1:
                last = y
                continue
            regions.append(Region(0, first, self.size.width, last - first + 1))
            first = last = y
        return regions

    def _move_cursor(self, cursor: Cursor) -> set[int]:
        before, self._cursor = self._cursor, cursor
        if before == cursor:
            return set()
        if self.has_focus and cursor.visible:
            self._place_cursor()
        return {each.y for each in (before, cursor) if each is not None and each.visible}

    def _place_cursor(self) -> None:
        """Put the real cursor there too: input methods open their windows at it."""
        if self._cursor is not None:
            self.app.cursor_position = self.content_region.offset + Offset(self._cursor.x, self._cursor.y)

    def _tell_scrolled(self) -> None:
        offset, shown, total = self.emulator.viewport
        above = max(total - shown - offset, 0)
        if above != self._above:
            self._above = above
            self._tell(self.Scrolled(self, above))

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        if self._maker is None or y >= len(self._strips):
            return Strip.blank(self.size.width, self._maker.blank_style if self._maker else None)
        strip = self._strips[y]
        cursor = self._cursor
        if cursor is not None and cursor.visible and cursor.y == y and cursor.x < strip.cell_length:
            strip = with_cursor(strip, cursor, self._maker, focused=self.has_focus)
        return strip.adjust_cell_length(self.size.width, self._maker.blank_style)

    # -- life

    def on_mount(self) -> None:
        """Take the colours of the theme."""
        self._new_colors()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.call_after_refresh(self._new_colors))

    def _new_colors(self) -> None:
        self._maker = StripMaker(palette_of(self))
        if self._emulator is not None:
            self._set_colors()
        self.redraw(whole=True)

    def _set_colors(self) -> None:
        if self._maker is not None and self._emulator is not None:
            palette = self._maker.palette
            self._emulator.set_colors(palette.foreground, palette.background, list(palette.ansi))

    def on_resize(self) -> None:
        """Give the program the new size."""
        self._fit()
        self.redraw(whole=True)

    def _fit(self) -> None:
        size = self.size
        if not size.width or not size.height:
            return
        emulator = self.emulator
        wanted = (size.width, size.height)
        # A first frame can come before the first resize: its emulator has the size, and nobody was told.
        if (emulator.cols, emulator.rows) != wanted or self._told != wanted:
            self._told = wanted
            emulator.resize(size.width, size.height)
            self._tell(self.Resized(self, size.height, size.width))

    def on_show(self) -> None:
        """Draw what came while nothing was shown."""
        self.redraw(whole=True)

    def on_focus(self) -> None:
        """Tell the program, and fill the cursor."""
        self.send(self.emulator.focus(gained=True))
        self._place_cursor()
        self.redraw(whole=True)

    def on_blur(self) -> None:
        """Tell the program, and empty the cursor."""
        self.send(self.emulator.focus(gained=False))
        self.redraw(whole=True)

    # -- keys

    @property
    def command_bar(self) -> tuple[tuple[str, str, str], ...]:
        """For the last line of the screen: the one key that is not the program's."""
        return ((label_of(_LEAVE.id), _LEAVE.title, _LEAVE.action),)

    async def _on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key in keys_of(_LEAVE).split(","):
            self._tell(self.Left(self))
        elif event.key in {"shift+pageup", "shift+pagedown"} and not self.emulator.alternate:
            page = max(self.size.height - 1, 1)
            self.scroll_rows(-page if event.key == "shift+pageup" else page)
        else:
            data = self.emulator.key(event.key, event.character)
            if data:
                self._before_typing()
                self.send(data)

    def _before_typing(self) -> None:
        if self._above:
            self.emulator.scroll_to_bottom()
        self._mouse.forget()
        self.redraw()

    def action_leave(self) -> None:
        """Leave the terminal to its program."""
        self._tell(self.Left(self))

    def check_consume_key(self, key: str, character: str | None) -> bool:  # noqa: ARG002
        """Every key is the program's, so none is looked up in the key bindings of what is around."""
        return key not in keys_of(_LEAVE).split(",")

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Send text as a paste."""
        self._before_typing()
        self.send(self.emulator.paste(text))

    def scroll_rows(self, delta: int) -> None:
        """Move through scrollback; up is negative."""
        self.emulator.scroll(delta)
        self.redraw()

    # -- mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Forward to the program, or begin to select."""
        self.focus()
        self._mouse.down(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Forward to the program, or go on selecting."""
        self._mouse.move(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Forward to the program, or end selecting."""
        self._mouse.up(event)

    def on_click(self, event: events.Click) -> None:
        """Select a word with two clicks and a line with three."""
        self._mouse.click(event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Forward to the program, or scroll back."""
        self._mouse.wheel(event, "wheel_up")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Forward to the program, or scroll forth."""
        self._mouse.wheel(event, "wheel_down")
