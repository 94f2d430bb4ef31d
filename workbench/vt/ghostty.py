"""The small part of libghostty-vt's C API that the emulators share.

Importing this loads the native library (a third of a second), so only the emulators import it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from pyghostty import Terminal
from pyghostty.core import check, init_sized, union_fn
from pyghostty.core import ffi as _ffi
from pyghostty.core import lib as _lib

ffi: Any = _ffi
lib: Any = _lib

__all__ = ["Native", "check", "ffi", "grid_ref", "init_sized", "lib", "owned", "tracked_row"]

_OPT = "GHOSTTY_TERMINAL_OPT_"
_DATA = "GHOSTTY_TERMINAL_DATA_"
_COMPRESSION_PENDING = lib.GHOSTTY_TERMINAL_COMPRESSION_RESULT_PENDING
_COMPRESS_STEP = lib.GHOSTTY_TERMINAL_COMPRESSION_MODE_INCREMENTAL
_get = lib.ghostty_terminal_get

ffi.cdef("""
typedef struct { intptr_t delta; uint64_t _pad; } WorkbenchScrollValue;
typedef struct { GhosttyTerminalScrollViewportTag tag; WorkbenchScrollValue value; } WorkbenchScroll;
""")
# The real parameter holds a union, which cffi cannot pass by value; the twin has the same layout.
_scroll_viewport = union_fn("ghostty_terminal_scroll_viewport", "void(*)(GhosttyTerminal, WorkbenchScroll)")
_grid_ref_track = union_fn(
    "ghostty_terminal_grid_ref_track", "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyTrackedGridRef*)"
)
_grid_ref = union_fn("ghostty_terminal_grid_ref", "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)")


def owned(owner: object, kind: str, prefix: str) -> Any:
    """Make a native object of the given C type that is freed together with its owner."""
    slot = ffi.new(f"{kind}*")
    check(getattr(lib, f"{prefix}_new")(ffi.NULL, slot), prefix)
    weakref.finalize(owner, getattr(lib, f"{prefix}_free"), slot[0])
    return slot[0]


class Native:
    """One native terminal with typed access to its options and data."""

    def __init__(self, cols: int, rows: int) -> None:
        """Make a terminal without a scrollback limit of its own choosing; sizes are in cells."""
        self._terminal = Terminal(cols, rows)
        self.handle: Any = self._terminal._t[0]  # noqa: SLF001 - the wrapper offers no other way to its handle
        self._size = ffi.new("size_t*")
        self._u16 = ffi.new("uint16_t*")
        self._bool = ffi.new("bool*")
        self._enum = ffi.new("int*")
        self._u8 = ffi.new("uint8_t*")
        self._mode = ffi.new("GhosttyTerminalModeConfig*")
        self._scroll = ffi.new("WorkbenchScroll*")
        self._compressed = ffi.new("GhosttyTerminalCompressionResult*")
        self._point = ffi.new("GhosttyPointS*")
        self._callbacks: dict[str, Any] = {}
        self._error: BaseException | None = None

    def feed(self, data: bytes) -> None:
        """Interpret bytes a program wrote; an exception of a callback is raised here."""
        lib.ghostty_terminal_vt_write(self.handle, data, len(data))
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def set(self, option: str, value: Any) -> None:
        """Set a `GHOSTTY_TERMINAL_OPT_*` option to a C value (or NULL)."""
        check(lib.ghostty_terminal_set(self.handle, getattr(lib, _OPT + option), value), option)

    def set_size(self, option: str, value: int | None) -> None:
        """Set an option that is a `size_t`; None removes the limit."""
        self.set(option, ffi.NULL if value is None else ffi.new("size_t*", value))

    def set_mode(self, number: int, *, ansi: bool = False, on: bool = True) -> None:
        """Turn a DEC private (or ANSI) mode on or off."""
        self._mode.mode = number | (ansi << 15)
        self._mode.value = on
        self.set("MODE", self._mode)

    def mode(self, number: int) -> bool:
        """Tell whether a DEC private mode is on."""
        self._mode.mode = number
        check(_get(self.handle, lib.GHOSTTY_TERMINAL_DATA_MODE, self._mode), "mode")
        return bool(self._mode.value)

    def callback(self, option: str, ctype: str, function: Callable[..., Any]) -> None:
        """Install a callback of a C function type; it is called while bytes are fed."""
        made = ffi.callback(ctype, function, onerror=self._keep_error)
        self._callbacks[option] = made
        self.set(option, made)

    def _keep_error(self, _kind: object, error: BaseException, _trace: object) -> None:
        if self._error is None:
            self._error = error

    def size(self, name: str) -> int:
        """Read a datum that is a `size_t`."""
        check(_get(self.handle, getattr(lib, _DATA + name), self._size), name)
        return int(self._size[0])

    def u16(self, name: str) -> int:
        """Read a datum that is a `uint16_t`."""
        check(_get(self.handle, getattr(lib, _DATA + name), self._u16), name)
        return int(self._u16[0])

    def flag(self, name: str) -> bool:
        """Read a datum that is a `bool`."""
        check(_get(self.handle, getattr(lib, _DATA + name), self._bool), name)
        return bool(self._bool[0])

    @property
    def kitty_keys(self) -> bool:
        """Whether the program asked for any of the Kitty keyboard protocol."""
        check(_get(self.handle, lib.GHOSTTY_TERMINAL_DATA_KITTY_KEYBOARD_FLAGS, self._u8), "kitty flags")
        return bool(self._u8[0])

    def enum(self, name: str) -> int:
        """Read a datum that is an enumeration."""
        check(_get(self.handle, getattr(lib, _DATA + name), self._enum), name)
        return int(self._enum[0])

    def text(self, name: str) -> str:
        """Read a datum that is a string."""
        out = ffi.new("GhosttyString*")
        check(_get(self.handle, getattr(lib, _DATA + name), out), name)
        return bytes(ffi.buffer(out.ptr, out.len)).decode("utf-8", "replace") if out.len else ""

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells; the primary screen reflows."""
        check(lib.ghostty_terminal_resize(self.handle, cols, rows, 8, 16), "resize")

    def scroll(self, tag: str, value: int = 0) -> None:
        """Move the viewport: `TOP`, `BOTTOM`, by `DELTA` rows or to a `ROW`."""
        self._scroll.tag = getattr(lib, f"GHOSTTY_SCROLL_VIEWPORT_{tag}")
        self._scroll.value.delta = value
        _scroll_viewport(self.handle, self._scroll[0])

    def compress(self, steps: int) -> None:
        """Do at most so many bounded steps of compressing scrollback that is not looked at."""
        out = self._compressed
        for _ in range(steps):
            check(lib.ghostty_terminal_compress(self.handle, _COMPRESS_STEP, out), "compress")
            if out[0] != _COMPRESSION_PENDING:
                return

    def selection(self, start: Any, end: Any) -> Any:
        """Make a selection between two grid references, both included."""
        made = init_sized("GhosttySelection")
        made.start, made.end = start[0], end[0]
        return made

    def selection_text(self, selection: Any, *, unwrap: bool) -> str:
        """Return the plain text of a selection (NULL is the selection the terminal holds)."""
        options = init_sized("GhosttyTerminalSelectionFormatOptions")
        options.emit = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
        options.unwrap, options.trim, options.selection = unwrap, True, selection
        out = ffi.new("uint8_t**")
        size = ffi.new("size_t*")
        result = lib.ghostty_terminal_selection_format_alloc(self.handle, ffi.NULL, options[0], out, size)
        if result == lib.GHOSTTY_NO_VALUE:
            return ""
        check(result, "selection_format")
        try:
            return bytes(ffi.buffer(out[0], size[0])).decode("utf-8", "replace")
        finally:
            lib.ghostty_free(ffi.NULL, out[0], size[0])

    def point(self, ref: Any, tag: str) -> tuple[int, int] | None:
        """Return the (column, row) of a grid reference, or None when it lies outside."""
        out = ffi.new("GhosttyPointCoordinate*")
        kind = getattr(lib, f"GHOSTTY_POINT_TAG_{tag}")
        if lib.ghostty_terminal_point_from_grid_ref(self.handle, ref, kind, out):
            return None
        return out.x, out.y


def grid_ref(native: Native, x: int, y: int, tag: str) -> Any | None:
    """Return a reference to a cell in `ACTIVE`, `VIEWPORT` or `SCREEN` coordinates; it dies with the next change."""
    if x < 0 or y < 0:
        return None
    point = ffi.new("GhosttyPointS*")
    point.tag = getattr(lib, f"GHOSTTY_POINT_TAG_{tag}")
    point.value.x, point.value.y = x, y
    ref = init_sized("GhosttyGridRef")
    return None if _grid_ref(native.handle, point[0], ref) else ref


def tracked_row(native: Native, y: int) -> Any:
    """Return a reference to a row of the active area that follows its text wherever it goes."""
    point = ffi.new("GhosttyPointS*")
    point.tag = lib.GHOSTTY_POINT_TAG_ACTIVE
    point.value.x, point.value.y = 0, y
    slot = ffi.new("GhosttyTrackedGridRef*")
    check(_grid_ref_track(native.handle, point[0], slot), "grid_ref_track")
    return ffi.gc(slot[0], lib.ghostty_tracked_grid_ref_free)
