"""Program output made safe to show as text: what draws stays, what would command the terminal goes.

Kept are colours (SGR), OSC 8 links, carriage return, backspace, tab, and the moves and erasures of progress bars. Gone
are modes, the alternate screen, queries, titles, clipboard, images, resets, scroll regions and unfinished sequences.
"""

from __future__ import annotations

import re

_ESC = 0x1B
_MAX_HELD = 8192
_MAX_SKIPPED = 4 << 20
_MAX_LINK = 2048

# Colours and erasures within a line are most of what comes, and pass without a call into Python.
_SEQUENCE = re.compile(
    rb"\x1b(?!\[[0-9;:]*[mK])(?:"
    rb"\[(?P<private>[<=>?]?)(?P<params>[0-9:;<=>?]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    rb"|(?P<kind>[\]PX^_])(?P<string>[^\x07\x1b\n]*)(?:\x07|\x1b\\|(?=[\x1b\n]))"
    rb"|[ -/]*[0-Z\\`-~]"
    rb"|)"
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9:;<=>?]*[ -/]*|[\]PX^_][^\x07\x1b\n]*\x1b?|[ -/]*)\Z")
_STRING = re.compile(rb"\x1b[\]PX^_]")
_MOVES = frozenset(b"ABCDEFGX@Pa`")
_UP, _DOWN = frozenset(b"AF"), frozenset(b"BE")

# Vertical tab and form feed are line feeds to a terminal; the other controls would only ring or switch things.
_CONTROLS = bytes.maketrans(b"\x0b\x0c", b"\n\n")
_DELETED = bytes(c for c in range(32) if c not in b"\x07\x08\t\n\x0b\x0c\r\x1b") + b"\x7f"


class Cleaner:
    """Cleans a stream of bytes in pieces of any size, and counts its lines."""

    def __init__(self, reach: int) -> None:
        """Clean for a screen on which the cursor can move up by less than `reach` rows."""
        self.lines = 0
        """Line feeds that opened a new line, ever."""
        self.above = 0
        """How many lines the cursor is above the newest."""
        self._reach = reach
        self._held = b""
        self._skipped: int | None = None
        self._source = b""
        self._counted = 0

    def clean(self, data: bytes) -> bytes:
        """Return what may be shown of the next piece; an unfinished sequence waits for its end."""
        data = self._held + data.translate(_CONTROLS, _DELETED)
        self._held = b""
        if self._skipped is not None:
            data = self._skip(data)
        if _ESC not in data:
            self._count(data.count(b"\n"))
            return data
        data = self._hold(data)
        self._source, self._counted = data, 0
        cleaned = _SEQUENCE.sub(self._replace, data)
        self._count(data.count(b"\n", self._counted))
        self._source = b""
        return cleaned

    def _hold(self, data: bytes) -> bytes:
        """Keep an unfinished sequence at the end for the next piece."""
        start = data.rfind(b"\x1b")
        if start == len(data) - 1:  # maybe half of the ESC \ that ends a string
            opener = data.rfind(b"\x1b", 0, start)
            if opener >= 0 and _STRING.match(data, opener) and _UNFINISHED.match(data, opener):
                start = opener
        if not _UNFINISHED.match(data, start):
            return data
        if len(data) - start <= _MAX_HELD:
            self._held = data[start:]
        elif _STRING.match(data, start):
            self._skipped = 0
            self._held = b"\x1b" if data.endswith(b"\x1b") else b""
        return data[:start]

    def _skip(self, data: bytes) -> bytes:
        """Drop the rest of a string that is too long to be shown; it ends at ST, BEL, a line's end, or a limit."""
        ends = [end for end in map(data.find, (b"\x07", b"\x1b", b"\n")) if end >= 0]
        skipped = (self._skipped or 0) + len(data)
        if not ends and skipped < _MAX_SKIPPED:
            self._skipped = skipped
            return b""
        self._skipped = None
        rest = data[min(ends, default=0) :]
        if rest == b"\x1b":
            self._held, self._skipped = rest, skipped
            return b""
        return rest.removeprefix(b"\x07").removeprefix(b"\x1b\\")

    def _replace(self, found: re.Match[bytes]) -> bytes:
        final = found["final"]
        if final:
            return self._control(found, final[0])
        text = found["string"]
        if text is not None and found["kind"] == b"]" and _is_link(text):
            return b"\x1b]" + text + b"\x1b\\"
        return b""

    def _control(self, found: re.Match[bytes], final: int) -> bytes:
        if found["private"] or found["middle"] or b"?" in found["params"]:
            return b""
        if final == 0x4A:  # J: only "from here down" keeps the lines above
            return found[0] if found["params"] in {b"", b"0"} else b""
        if final not in _MOVES:
            return b""
        if final in _UP or final in _DOWN:
            self._count_until(found)
            amount = _number(found["params"])
            moved = self.above + amount if final in _UP else self.above - amount
            self.above = max(0, min(moved, self._reach - 1, self.lines))
        return found[0]

    def _count_until(self, found: re.Match[bytes]) -> None:
        self._count(self._source.count(b"\n", self._counted, found.start()))
        self._counted = found.end()

    def _count(self, feeds: int) -> None:
        down = min(feeds, self.above)
        self.above -= down
        self.lines += feeds - down


def _is_link(text: bytes) -> bool:
    return text.startswith(b"8;") and len(text) <= _MAX_LINK


def _number(params: bytes) -> int:
    digits = params.partition(b";")[0]
    return max(int(digits[:5]), 1) if digits.isdigit() else 1
