"""Rows of cells out of a native render state, cheaply.

A row arrives as 64-bit cells in one call; characters are cached by the bits that make them, styles by their bytes.
Style ids belong to a page of memory and mean nothing elsewhere, so they are only cached within one row.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from workbench.vt.cells import PLAIN, Color, Row, Span, Style, restyle
from workbench.vt.ghostty import Native, check, ffi, grid_ref, init_sized, lib, owned

_CACHED = 4096
_MANY_SPANS = 1200
"""Spans in one frame after which the rest waits: a style for every cell of a screen would take many frames' time."""

_CELL = json.loads(ffi.string(lib.ghostty_type_json()))["types"]["GhosttyCell"]["bits"]


def _mask(name: str) -> int:
    bits = _CELL[name]
    return int(((1 << bits["width"]) - 1) << bits["lsb"])


_TAG, _CONTENT, _WIDE = _mask("content_tag"), _mask("content"), _mask("wide")
_STYLE, _LINK = _mask("style_id"), _mask("hyperlink")
_TAG_SHIFT, _CONTENT_SHIFT, _WIDE_SHIFT = (_CELL[name]["lsb"] for name in ("content_tag", "content", "wide"))
_GLYPH = _TAG | _CONTENT | _WIDE
_CODEPOINT = 0x1FFFFF
_TAG_GRAPHEME, _TAG_PALETTE, _TAG_RGB = 1, 2, 3
_TAG_BACKGROUND = 2 << _TAG_SHIFT  # set in both "background only" tags, in no other
_OWN_LOOK = _LINK | _TAG_BACKGROUND
_LOOK = _STYLE | _OWN_LOOK
_VISIBLE = _STYLE | _GLYPH

_ROW_CELLS = lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS
_ROW_CELLS_RAW = lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW
_ROW_SELECTION = lib.GHOSTTY_RENDER_STATE_ROW_DATA_SELECTION
_ROW_DIRTY = lib.GHOSTTY_RENDER_STATE_ROW_OPTION_DIRTY
_STATE_DIRTY = lib.GHOSTTY_RENDER_STATE_OPTION_DIRTY
_ITERATOR = lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
_CELL_STYLE = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE
_CELL_UTF8 = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_UTF8

_row_get = lib.ghostty_render_state_row_get
_cells_get = lib.ghostty_render_state_row_cells_get
_cells_select = lib.ghostty_render_state_row_cells_select
_next = lib.ghostty_render_state_row_iterator_next
_next_dirty = lib.ghostty_render_state_row_iterator_next_dirty


class _Glyphs(dict[int, tuple[str, int]]):
    """(text, kind) by the glyph bits of a cell; kind: 0 narrow, 1 wide, 2 cluster, 3 nothing."""

    def __missing__(self, bits: int) -> tuple[str, int]:
        if len(self) >= _CACHED:
            self.clear()
        tag = (bits & _TAG) >> _TAG_SHIFT
        wide = (bits & _WIDE) >> _WIDE_SHIFT
        code = ((bits & _CONTENT) >> _CONTENT_SHIFT) & _CODEPOINT
        if wide == 2:
            made = ("", 3)
        elif tag in (_TAG_PALETTE, _TAG_RGB) or code < 32 or 0x7F <= code < 0xA0 or wide == 3:
            made = (" ", 0)
        else:
            made = (chr(code), 2 if tag == _TAG_GRAPHEME else int(wide == 1))
        self[bits] = made
        return made


class _Narrow(dict[int, str]):
    """Text by the bits of a cell; a cell that is not one narrow character raises KeyError."""

    def __missing__(self, cell: int) -> str:
        text, kind = _glyphs[cell & _GLYPH]
        if kind:
            raise KeyError(cell)
        if len(self) >= 4 * _CACHED:
            self.clear()
        self[cell] = text
        return text


_glyphs = _Glyphs()
_narrow = _Narrow().__getitem__
_styles: dict[bytes, Style] = {}


def _color(color: Any) -> Color:
    if color.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE:
        return int(color.value.palette)
    if color.tag == lib.GHOSTTY_STYLE_COLOR_RGB:
        rgb = color.value.rgb
        return rgb.r, rgb.g, rgb.b
    return None


def _read_style(native: Any) -> Style:
    return Style(
        _color(native.fg_color),
        _color(native.bg_color),
        native.bold,
        native.faint,
        native.italic,
        native.underline,
        native.blink,
        native.inverse,
        native.invisible,
        native.strikethrough,
        native.overline,
    )


class RowReader:
    """Reads the rows of a terminal's viewport; keeps what is needed to know which have changed."""

    def __init__(self, native: Native) -> None:
        """Follow one native terminal."""
        self._native = native
        self._state = owned(self, "GhosttyRenderState", "ghostty_render_state")
        self._iterator = owned(self, "GhosttyRenderStateRowIterator", "ghostty_render_state_row_iterator")
        self._iterator_slot = ffi.new("GhosttyRenderStateRowIterator*", self._iterator)
        self._cells = owned(self, "GhosttyRenderStateRowCells", "ghostty_render_state_row_cells")
        self._cells_slot = ffi.new("GhosttyRenderStateRowCells*", self._cells)
        self._view = ffi.new("GhosttyCellsView*")
        self._style = init_sized("GhosttyStyle")
        self._style_bytes = ffi.buffer(self._style)
        self._selection = init_sized("GhosttyRenderStateRowSelection")
        self._cursor = init_sized("GhosttyRenderStateCursor")
        self._y = ffi.new("uint16_t*")
        self._false = ffi.new("bool*", False)  # noqa: FBT003 - a C initialiser
        self._partial = ffi.new("GhosttyRenderStateDirty*", lib.GHOSTTY_RENDER_STATE_DIRTY_PARTIAL)
        self._true = ffi.new("bool*", True)  # noqa: FBT003 - a C initialiser
        self._utf8 = ffi.new("uint8_t[]", 512)
        self._buffer = ffi.new("GhosttyBuffer*", {"ptr": self._utf8, "cap": 512})
        self._resume = 0

    def update(self) -> None:
        """Take over what the terminal shows now."""
        check(lib.ghostty_render_state_update(self._state, self._native.handle), "render_state_update")

    def cursor(self) -> Any:
        """Return the native cursor as of the last update."""
        lib.ghostty_render_state_get(self._state, lib.GHOSTTY_RENDER_STATE_DATA_CURSOR, self._cursor)
        return self._cursor

    def dirty(self, budget: float, *, whole: bool = False) -> tuple[list[tuple[int, Row]], bool]:
        """Return changed rows (or all) and whether that is all of them.

        Stops after `budget` seconds or when very many spans have been made, and goes on there the next time.
        """
        changed: list[tuple[int, Row]] = []
        deadline, spans = perf_counter() + budget, 0
        if whole:
            self._soil()
        for start, stop in ((self._resume, 1 << 16), (0, self._resume)):
            self._rewind()
            while _next_dirty(self._iterator, self._y):
                y = self._y[0]
                if y >= stop:
                    break
                if y < start:
                    continue
                if changed and (spans > _MANY_SPANS or perf_counter() > deadline):
                    self._resume = y
                    # Left at "full" it would have the next update count every row as changed again.
                    lib.ghostty_render_state_set(self._state, _STATE_DIRTY, self._partial)
                    return changed, False
                row = self._row(y)
                spans += len(row)
                changed.append((y, row))
                lib.ghostty_render_state_row_set(self._iterator, _ROW_DIRTY, self._false)
        self._resume = 0
        lib.ghostty_render_state_clean(self._state)
        return changed, True

    def _soil(self) -> None:
        """Count every row as changed."""
        self._rewind()
        while _next(self._iterator):
            lib.ghostty_render_state_row_set(self._iterator, _ROW_DIRTY, self._true)
        lib.ghostty_render_state_set(self._state, _STATE_DIRTY, self._partial)

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows of the viewport between two, changed or not."""
        found: list[Row] = []
        self._rewind()
        y = 0
        while y < stop and _next(self._iterator):
            if y >= start:
                found.append(self._row(y))
            y += 1
        return found

    def _rewind(self) -> None:
        check(lib.ghostty_render_state_get(self._state, _ITERATOR, self._iterator_slot), "row_iterator")

    def _row(self, y: int) -> Row:
        iterator = self._iterator
        _row_get(iterator, _ROW_CELLS_RAW, self._view)
        view = self._view[0]
        if not view.len:
            return ()
        raw = memoryview(ffi.buffer(view.ptr, view.len * 8)).cast("Q")
        _row_get(iterator, _ROW_CELLS, self._cells_slot)
        row = self._spans(raw.tolist(), y)
        if _row_get(iterator, _ROW_SELECTION, self._selection) == 0:
            row = restyle(row, self._selection.start_x, self._selection.end_x + 1, selected=True)
        return row

    def _spans(self, raw: list[int], y: int) -> Row:
        """Cut a row of cells into runs of one style and one kind of glyph."""
        while raw and not raw[-1] & _VISIBLE:
            raw.pop()
        if not raw:
            return ()
        spans: list[Span] = []
        styles: dict[int, Style] = {0: PLAIN}
        look = _LOOK
        keys = [cell & look for cell in raw]
        start, last = 0, keys[0]
        for x, key in enumerate(keys):
            if key != last:
                self._run(spans, styles, raw[start:x], start, y)
                start, last = x, key
        self._run(spans, styles, raw[start:], start, y)
        return tuple(spans)

    def _run(self, spans: list[Span], styles: dict[int, Style], cells: list[int], start: int, y: int) -> None:
        """Add the spans of cells, from column `start` on, that share their style bits."""
        key = cells[0] & _LOOK
        if key & _OWN_LOOK:
            self._own_looks(spans, cells, start, y)
            return
        style = styles.get(key)
        if style is None:
            style = styles[key] = self._resolve(cells[0], start, y)
        try:
            spans.append(Span("".join(map(_narrow, cells)), style, len(cells)))
        except KeyError:
            self._mixed(spans, cells, start, style)

    def _own_looks(self, spans: list[Span], cells: list[int], start: int, y: int) -> None:
        """Add spans of cells with a link or a background of their own, which style ids do not tell apart."""
        first, style = 0, self._resolve(cells[0], start, y)
        for x in range(1, len(cells)):
            if cells[x] == cells[x - 1] and not cells[x] & _LINK:
                continue
            found = self._resolve(cells[x], start + x, y)
            if found != style:
                self._mixed(spans, cells[first:x], start + first, style)
                first, style = x, found
        self._mixed(spans, cells[first:], start + first, style)

    def _mixed(self, spans: list[Span], cells: list[int], start: int, style: Style) -> None:
        """Add spans for cells of one style that may be narrow, wide or clusters."""
        text: list[str] = []
        last = 0
        for x, cell in enumerate(cells, start):
            glyph, kind = _glyphs[cell & _GLYPH]
            if kind == 3:
                continue
            if text and (kind != last or kind == 2):
                spans.append(Span("".join(text), style, len(text) << last))
                text = []
            last = kind
            if kind == 2:
                spans.append(self._cluster(cell, x, style))
            else:
                text.append(glyph)
        if text:
            spans.append(Span("".join(text), style, len(text) << last))

    def _cluster(self, cell: int, x: int, style: Style) -> Span:
        """Return a span for a character made of several code points."""
        _cells_select(self._cells, x)
        result = _cells_get(self._cells, _CELL_UTF8, self._buffer)
        base = chr(((cell & _CONTENT) >> _CONTENT_SHIFT) & _CODEPOINT)
        # A cluster longer than the buffer is an attack on the screen, not a letter: its base stands for it.
        text = base if result else bytes(ffi.buffer(self._utf8, self._buffer.len)).decode("utf-8", "replace")
        return Span(text, style, 2 if (cell & _WIDE) >> _WIDE_SHIFT == 1 else 1)

    def _resolve(self, cell: int, x: int, y: int) -> Style:
        style = PLAIN
        if cell & _STYLE:
            _cells_select(self._cells, x)
            _cells_get(self._cells, _CELL_STYLE, self._style)
            key = self._style_bytes[8:]
            found = _styles.get(key)
            if found is None:
                if len(_styles) >= _CACHED:
                    _styles.clear()
                found = _styles[key] = _read_style(self._style)
            style = found
        if cell & _TAG_BACKGROUND:
            value = (cell & _CONTENT) >> _CONTENT_SHIFT
            palette = (cell & _TAG) >> _TAG_SHIFT == _TAG_PALETTE
            background = value & 0xFF if palette else (value & 0xFF, value >> 8 & 0xFF, value >> 16)
            style = style._replace(bg=background)
        if cell & _LINK:
            style = style._replace(link=self._link(x, y))
        return style

    def _link(self, x: int, y: int) -> str | None:
        ref = grid_ref(self._native, x, y, "VIEWPORT")
        size = ffi.new("size_t*")
        if ref is None or lib.ghostty_grid_ref_hyperlink_uri(ref, self._utf8, 512, size):
            return None
        return bytes(ffi.buffer(self._utf8, size[0])).decode("utf-8", "replace") or None
