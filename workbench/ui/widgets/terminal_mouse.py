"""The mouse over a terminal: the program's when it asks for it, else for selecting and scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual import events

if TYPE_CHECKING:
    from workbench.ui.widgets.terminal_view import TerminalView
    from workbench.vt.screen import Screen

WHEEL_ROWS = 3
_BUTTONS = {1: "left", 2: "middle", 3: "right"}


class TerminalMouse:
    """What the mouse is doing over one terminal; Shift takes it from the program, as in other terminals."""

    def __init__(self, view: TerminalView) -> None:
        """Handle the mouse for a view."""
        self._view = view
        self._pressed: str | None = None
        """The button whose press the program was told."""
        self._last: tuple[int, int] | None = None
        self._from: tuple[int, int] | None = None
        """(column, row of scrollback) where selecting began."""
        self._selected = False

    @property
    def _screen(self) -> Screen:
        return self._view.emulator

    def _cell(self, event: events.MouseEvent) -> tuple[int, int]:
        """Return the cell under the mouse, the nearest one when it is outside."""
        inner = event.get_content_offset_capture(self._view)
        size = self._view.size
        return min(max(inner.x, 0), size.width - 1), min(max(inner.y, 0), size.height - 1)

    def _report(
        self, action: Literal["press", "release", "motion"], button: str | None, event: events.MouseEvent
    ) -> None:
        x, y = self._cell(event)
        self._view.send(self._screen.mouse(action, button, x, y, shift=event.shift, alt=event.meta, ctrl=event.ctrl))

    def down(self, event: events.MouseDown) -> None:
        """A button went down."""
        event.stop()
        self._view.capture_mouse()
        self._last = self._cell(event)
        button = _BUTTONS.get(event.button)
        if self._screen.wants_mouse and not event.shift:
            self._pressed = button
            self._report("press", button, event)
            return
        self.forget()
        if event.button == 1:
            x, y = self._cell(event)
            self._from = x, y + self._screen.viewport[0]

    def move(self, event: events.MouseMove) -> None:
        """The mouse moved."""
        cell = self._cell(event)
        if self._from is not None:
            self._drag(event)
        elif cell != self._last and (self._pressed is not None or (self._screen.wants_mouse and not event.shift)):
            self._report("motion", self._pressed, event)
        self._last = cell

    def _drag(self, event: events.MouseMove) -> None:
        assert self._from is not None
        y = event.get_content_offset_capture(self._view).y
        if y < 0:
            self._screen.scroll(-1)
        elif y >= self._view.size.height:
            self._screen.scroll(1)
        column, row = self._from
        to = self._cell(event)
        top = self._screen.viewport[0]
        if not self._selected and to == (column, row - top):
            return
        self._screen.select((column, row - top), to, block=event.meta)
        self._selected = True
        self._view.redraw()

    def up(self, event: events.MouseUp) -> None:
        """A button came up."""
        event.stop()
        self._view.release_mouse()
        if self._pressed is not None:
            self._report("release", self._pressed, event)
            self._pressed = None
        elif self._from is not None:
            self._from = None
            if self._selected:
                self._copy()

    def _copy(self) -> None:
        text = self._screen.selection_text()
        if text:
            self._view.post_message(self._view.Copied(self._view, text))

    def click(self, event: events.Click) -> None:
        """A button was clicked, maybe for the second or third time."""
        event.stop()
        if (self._screen.wants_mouse and not event.shift) or event.button != 1:
            return
        x, y = self._cell(event)
        if event.ctrl:
            target = self._screen.link_at(x, y)
            if target:
                self._view.post_message(self._view.LinkClicked(self._view, target))
            return
        if event.chain not in {2, 3}:
            return
        (self._screen.select_word if event.chain == 2 else self._screen.select_line)(x, y)
        self._selected = True
        self._view.redraw()
        self._copy()

    def wheel(self, event: events.MouseEvent, button: Literal["wheel_up", "wheel_down"]) -> None:
        """The wheel turned a notch."""
        event.stop()
        event.prevent_default()
        if self._screen.wants_mouse and not event.shift:
            self._report("press", button, event)
        elif self._screen.alternate_scroll:
            self._view.send(self._screen.key("up" if button == "wheel_up" else "down") * WHEEL_ROWS)
        else:
            self._view.scroll_rows(-WHEEL_ROWS if button == "wheel_up" else WHEEL_ROWS)

    def forget(self) -> None:
        """Select nothing."""
        if self._selected:
            self._screen.clear_selection()
            self._selected = False
            self._view.redraw()
