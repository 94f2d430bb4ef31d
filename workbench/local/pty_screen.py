"""What a shared terminal shows now, as bytes that draw it on an empty terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pyghostty._ffi import check, ffi, lib
from pyghostty.core import Terminal, init_sized

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORY = 1000
"""Lines above the screen that a late joiner gets too."""

RESET = b"\x1bc"

_TO_ALTERNATE = re.compile(rb"\x1b\[\?(?:1049|1047|47)h")


class PtyScreen:
    """A terminal emulator beside the PTY; it answers the program's questions only where told to."""

    def __init__(self, rows: int, cols: int, on_reply: Callable[[bytes], None]) -> None:
        """`on_reply` gets what a terminal would send back, such as cursor reports."""
        self._terminal = Terminal(cols, rows, scrollback=HISTORY)
        self._terminal.on_reply(on_reply)
        self._primary = b""

    def close(self) -> None:
        """Free the emulator."""
        self._terminal.close()

    @property
    def is_between_sequences(self) -> bool:
        """Whether a snapshot can be followed by what the program prints next."""
        return bool(self._terminal.get("vt_ground", "bool"))

    def feed(self, data: bytes) -> None:
        """Take what the program printed."""
        start = 0
        for match in _TO_ALTERNATE.finditer(data):
            # The other screen shows again when a full-screen program ends, so it is kept for late joiners.
            self._terminal.feed(data[start : match.start()])
            start = match.start()
            if not self._is_alternate:
                self._primary = self._format()
        self._terminal.feed(data[start:] if start else data)

    def feed_to_ground(self, data: bytes) -> int:
        """Feed as much as completes the sequence in progress; how many bytes that was."""
        used: int | None = self._terminal.feed_until_ground(data)
        return len(data) if used is None else used

    def resize(self, rows: int, cols: int) -> None:
        """Take a new size; lines wrap anew."""
        self._terminal.resize(cols, rows)

    def snapshot(self) -> bytes:
        """Bytes that reset a terminal of the same size and draw this one: text, colours, cursor and modes."""
        before = self._primary if self._is_alternate else b""
        return RESET + before + self._format()

    @property
    def _is_alternate(self) -> bool:
        return bool(self._terminal.get("active_screen", "int") != 0)

    def _format(self) -> bytes:
        content = self._formatted(())
        complete = self._formatted(("cursor", "style", "hyperlink", "protection", "kitty_keyboard", "charsets"))
        if not complete.startswith(content):
            return complete
        # Empty lines at the end are left out, and without them the screen would stand too low in its history.
        rows = int(self._terminal.get("total_rows", "size_t"))
        return content + b"\x1b[0m" + b"\r\n" * (rows - 1 - content.count(b"\r\n")) + complete[len(content) :]

    def _formatted(self, screen_extras: tuple[str, ...]) -> bytes:
        options: Any = init_sized("GhosttyFormatterTerminalOptions")
        options.emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
        for name in ("modes", "scrolling_region", "tabstops", "pwd", "keyboard"):
            setattr(options.extra, name, True)
        for name in screen_extras:
            setattr(options.extra.screen, name, True)
        made = ffi.new("GhosttyFormatter*")
        check(lib.ghostty_formatter_terminal_new(ffi.NULL, made, self._terminal._t[0], options[0]), "formatter_new")  # noqa: SLF001
        try:
            return _read(made[0])
        finally:
            lib.ghostty_formatter_free(made[0])


def _read(formatter: Any) -> bytes:
    size = ffi.new("size_t*")
    lib.ghostty_formatter_format_buf(formatter, ffi.NULL, 0, size)
    buffer = ffi.new("uint8_t[]", max(size[0], 1))
    check(lib.ghostty_formatter_format_buf(formatter, buffer, len(buffer), size), "formatter_format")
    data: bytes = bytes(ffi.buffer(buffer, size[0]))
    return data
