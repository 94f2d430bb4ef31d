"""A program's terminal: bytes in, changed rows out, keys and mouse to bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.vt.cells import Cursor, Row
from workbench.vt.encoders import CELL_HEIGHT, CELL_WIDTH, KeyEncoder, MouseAction, MouseEncoder, encode_focus
from workbench.vt.encoders import encode_paste as _encode_paste
from workbench.vt.ghostty import Native, ffi, grid_ref, init_sized, lib
from workbench.vt.keys import parse_key
from workbench.vt.rows import RowReader
from workbench.vt.search import Search

_SHAPES = {
    lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_BAR: "bar",
    lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_UNDERLINE: "underline",
}
_FRAME_BUDGET = 0.008
_COMPRESS_STEPS = 8
_SLICE = 1 << 20
_MODE_ALTERNATE_SCROLL, _MODE_FOCUS, _MODE_PASTE, _MODE_SYNCHRONIZED = 1007, 1004, 2004, 2026

RGB = tuple[int, int, int]


class Screen:
    """A terminal of `cols` by `rows` cells with scrollback; callbacks are called while bytes are fed."""

    def __init__(
        self,
        cols: int,
        rows: int,
        *,
        scrollback_lines: int = 10_000,
        scrollback_bytes: int = 64_000_000,
        on_reply: Callable[[bytes], None] | None = None,
        on_title: Callable[[str], None] | None = None,
        on_bell: Callable[[], None] | None = None,
        on_clipboard: Callable[[str], None] | None = None,
    ) -> None:
        """Make an empty terminal; `scrollback_bytes` counts cells before compression (8 bytes a cell)."""
        self._native = Native(max(cols, 1), max(rows, 1))
        self._native.set_size("SCROLLBACK_MAX_BYTES", scrollback_bytes)
        self._native.set_size("SCROLLBACK_MAX_LINES", scrollback_lines)
        self._reader = RowReader(self._native)
        self._keys = KeyEncoder(self._native)
        self._mouse = MouseEncoder(self._native)
        self._search: Search | None = None
        self._settled = True
        self._connect(on_reply, on_title, on_bell, on_clipboard)

    def _connect(
        self,
        on_reply: Callable[[bytes], None] | None,
        on_title: Callable[[str], None] | None,
        on_bell: Callable[[], None] | None,
        on_clipboard: Callable[[str], None] | None,
    ) -> None:
        native = self._native

        def size(_terminal: Any, _user: Any, out: Any) -> bool:
            out.rows, out.columns = self.rows, self.cols
            out.cell_width, out.cell_height = CELL_WIDTH, CELL_HEIGHT
            return True

        native.callback("SIZE", "GhosttyTerminalSizeFn", size)
        if on_reply is not None:
            reply = on_reply
            native.callback(
                "WRITE_PTY",
                "GhosttyTerminalWritePtyFn",
                lambda _terminal, _user, data, length: reply(bytes(ffi.buffer(data, length))),
            )
        if on_title is not None:
            title = on_title
            native.callback(
                "TITLE_CHANGED", "GhosttyTerminalTitleChangedFn", lambda _terminal, _user: title(self.title)
            )
        if on_bell is not None:
            bell = on_bell
            native.callback("BELL", "GhosttyTerminalBellFn", lambda _terminal, _user: bell())
        if on_clipboard is not None:
            native.callback("CLIPBOARD_WRITE", "GhosttyTerminalClipboardWriteFn", _clipboard_writer(on_clipboard))

    # -- bytes and size

    def feed(self, data: bytes) -> None:
        """Interpret bytes the program wrote; replies go to `on_reply` at once."""
        for start in range(0, len(data), _SLICE):
            self._native.feed(data[start : start + _SLICE] if len(data) > _SLICE else data)
            self._native.compress(_COMPRESS_STEPS)

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells; lines of the primary screen reflow."""
        cols, rows = max(cols, 1), max(rows, 1)
        if (cols, rows) != (self.cols, self.rows):
            self._native.resize(cols, rows)

    def reset(self) -> None:
        """Forget everything: text, scrollback, modes, title."""
        lib.ghostty_terminal_reset(self._native.handle)

    def set_colors(self, foreground: RGB, background: RGB, palette: list[RGB] | None = None) -> None:
        """Tell the colours that programs get when they ask for them; `palette` is the first colours of 256."""
        native = self._native
        native.set("COLOR_FOREGROUND", ffi.new("GhosttyColorRgb*", foreground))
        native.set("COLOR_BACKGROUND", ffi.new("GhosttyColorRgb*", background))
        if palette:
            colors = ffi.new("GhosttyColorRgb[256]")
            lib.ghostty_color_palette_default(colors)
            for index, color in enumerate(palette[:256]):
                colors[index].r, colors[index].g, colors[index].b = color
            native.set("COLOR_PALETTE", colors)

    @property
    def cols(self) -> int:
        """Width in cells."""
        return self._native.u16("COLS")

    @property
    def rows(self) -> int:
        """Height in cells."""
        return self._native.u16("ROWS")

    # -- what is shown

    def dirty_rows(self, *, whole: bool = False) -> list[tuple[int, Row]]:
        """Return the rows of the viewport that changed since the last call, or all of them.

        A frame with more to draw than a person could see change is given in parts: see `settled`.
        """
        self._reader.update()
        changed, self._settled = self._reader.dirty(_FRAME_BUDGET, whole=whole)
        return changed

    @property
    def settled(self) -> bool:
        """Whether the last `dirty_rows` returned all there was."""
        return self._settled

    @property
    def held(self) -> bool:
        """Whether the program asked to wait with drawing until its frame is whole (mode 2026)."""
        return self._native.mode(_MODE_SYNCHRONIZED)

    def row(self, y: int) -> Row:
        """Return a row of the viewport as of now."""
        self._reader.update()
        found = self._reader.rows(y, y + 1)
        return found[0] if found else ()

    @property
    def cursor(self) -> Cursor:
        """The cursor in the viewport; not visible when scrolled out of it."""
        self._reader.update()
        raw = self._reader.cursor()
        shape = _SHAPES.get(raw.visual_style, "block")
        if not raw.viewport_has_value:
            return Cursor(0, 0, visible=False, shape=shape, blink=False)
        return Cursor(raw.viewport_x, raw.viewport_y, bool(raw.visible), shape, bool(raw.blinking))

    def text(self) -> str:
        """Return the visible text; lines as displayed, trailing blanks trimmed."""
        return self._between(0, 0, self.cols - 1, self.rows - 1, unwrap=False)

    def contents(self) -> str:
        """Return scrollback and screen as text, wrapped lines joined."""
        selection = init_sized("GhosttySelection")
        if lib.ghostty_terminal_select_all(self._native.handle, selection):
            return ""
        return self._native.selection_text(selection, unwrap=True)

    def _between(self, x0: int, y0: int, x1: int, y1: int, *, unwrap: bool) -> str:
        start = grid_ref(self._native, x0, y0, "VIEWPORT")
        end = grid_ref(self._native, x1, y1, "VIEWPORT")
        if start is None or end is None:
            return ""
        return self._native.selection_text(self._native.selection(start, end), unwrap=unwrap)

    # -- what the program asked for

    @property
    def title(self) -> str:
        """The title the program set."""
        return self._native.text("TITLE")

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is shown (editors, pagers)."""
        return self._native.enum("ACTIVE_SCREEN") == int(lib.GHOSTTY_TERMINAL_SCREEN_ALTERNATE)

    @property
    def wants_mouse(self) -> bool:
        """Whether the program asked for mouse events."""
        return self._native.flag("MOUSE_TRACKING")

    @property
    def alternate_scroll(self) -> bool:
        """Whether the wheel is to be arrow keys now (mode 1007 on the alternate screen)."""
        return self.alternate and self._native.mode(_MODE_ALTERNATE_SCROLL)

    @property
    def bracketed_paste(self) -> bool:
        """Whether the program asked to have pastes marked."""
        return self._native.mode(_MODE_PASTE)

    # -- scrollback

    @property
    def viewport(self) -> tuple[int, int, int]:
        """(first row shown, rows shown, rows in all)."""
        out = ffi.new("GhosttyTerminalScrollbar*")
        lib.ghostty_terminal_get(self._native.handle, lib.GHOSTTY_TERMINAL_DATA_SCROLLBAR, out)
        return out.offset, out.len, out.total

    @property
    def at_bottom(self) -> bool:
        """Whether the newest rows are shown."""
        return self._native.flag("VIEWPORT_ACTIVE")

    def scroll(self, delta: int) -> None:
        """Move the viewport by rows; up is negative."""
        self._native.scroll("DELTA", delta)

    def scroll_to(self, row: int) -> None:
        """Show this row of scrollback first."""
        self._native.scroll("ROW", max(row, 0))

    def scroll_to_bottom(self) -> None:
        """Show the newest rows."""
        self._native.scroll("BOTTOM")

    # -- selection and search

    def select(self, start: tuple[int, int], end: tuple[int, int], *, block: bool = False) -> None:
        """Select the cells between two (column, row) points, both included; rows count from the viewport's first."""
        top, columns = self.viewport[0], self.cols - 1
        first = grid_ref(self._native, min(max(start[0], 0), columns), max(start[1] + top, 0), "SCREEN")
        last = grid_ref(self._native, min(max(end[0], 0), columns), max(end[1] + top, 0), "SCREEN")
        if first is not None and last is not None:
            selection = self._native.selection(first, last)
            selection.rectangle = block
            self._native.set("SELECTION", selection)

    def select_word(self, x: int, y: int) -> None:
        """Select the word at a point of the viewport."""
        options = init_sized("GhosttyTerminalSelectWordOptions")
        self._select_at(x, y, options, lib.ghostty_terminal_select_word)

    def select_line(self, x: int, y: int) -> None:
        """Select the (unwrapped) line at a point of the viewport."""
        options = init_sized("GhosttyTerminalSelectLineOptions")
        self._select_at(x, y, options, lib.ghostty_terminal_select_line)

    def _select_at(self, x: int, y: int, options: Any, select: Any) -> None:
        ref = grid_ref(self._native, x, y, "VIEWPORT")
        selection = init_sized("GhosttySelection")
        if ref is None:
            return
        options.ref = ref[0]
        if select(self._native.handle, options, selection) == 0:
            self._native.set("SELECTION", selection)

    def link_at(self, x: int, y: int) -> str | None:
        """Return the target of the link at a point of the viewport."""
        column = 0
        for span in self.row(y):
            if column <= x < column + span.cells:
                return span.style.link
            column += span.cells
        return None

    def clear_selection(self) -> None:
        """Select nothing."""
        self._native.set("SELECTION", ffi.NULL)

    def selection_text(self) -> str:
        """Return the selected text, wrapped lines joined."""
        return self._native.selection_text(ffi.NULL, unwrap=True)

    def search(self, needle: str) -> int:
        """Search scrollback and screen; returns the number of matches. An empty needle ends the search."""
        self._search = Search(self._native, needle) if needle else None
        return self._search.total if self._search is not None else 0

    def search_step(self, *, forward: bool = False) -> bool:
        """Scroll to and select the next match (older first); returns whether there is one."""
        if self._search is None:
            return False
        match = self._search.step(forward=forward)
        if match is None:
            return False
        self._native.set("SELECTION", match)
        return True

    # -- input

    def key(self, name: str, character: str | None = None) -> bytes:
        """Return what the program should read for a key such as `ctrl+a`, `shift+up`, `alt+x` or `f5`."""
        stroke = parse_key(name, character)
        return self._keys.encode(stroke) if stroke is not None else b""

    def mouse(
        self,
        action: MouseAction,
        button: str | None,
        x: int,
        y: int,
        *,
        shift: bool = False,
        alt: bool = False,
        ctrl: bool = False,
    ) -> bytes:
        """Return the report of a mouse event in cell (x, y); empty when the program did not ask for it.

        Buttons are `left`, `middle`, `right`, `wheel_up`, `wheel_down`, `wheel_left`, `wheel_right`.
        """
        return self._mouse.encode(action, button, x, y, shift=shift, alt=alt, ctrl=ctrl)

    def paste(self, text: str) -> bytes:
        """Return pasted text as the program should read it."""
        return _encode_paste(text, bracketed=self.bracketed_paste)

    def focus(self, *, gained: bool) -> bytes:
        """Return the focus report; empty when the program did not ask for it."""
        return encode_focus(gained=gained) if self._native.mode(_MODE_FOCUS) else b""


def _clipboard_writer(on_clipboard: Callable[[str], None]) -> Callable[..., None]:
    def write(_terminal: Any, _user: Any, request: Any) -> None:
        reply = init_sized("GhosttyClipboardWriteReply")
        reply.result = lib.GHOSTTY_CLIPBOARD_WRITE_RESULT_UNSUPPORTED
        for content in ffi.unpack(request.contents, request.contents_len):
            mime = bytes(ffi.buffer(content.mime.ptr, content.mime.len))
            if mime.startswith(b"text/plain"):
                data = bytes(ffi.buffer(content.data.ptr, content.data.len)) if content.data.len else b""
                reply.result = lib.GHOSTTY_CLIPBOARD_WRITE_RESULT_SUCCESS
                on_clipboard(data.decode("utf-8", "replace"))
                break
        if request.reply != ffi.NULL:
            request.reply(request, reply)

    return write
