"""What an editor in a terminal draws: full screen, 24-bit colours, a status line."""

from __future__ import annotations

_CODE = (
    "\x1b[38;2;143;184;246mimport\x1b[39m torch",
    "\x1b[38;2;143;184;246mfrom\x1b[39m torch \x1b[38;2;143;184;246mimport\x1b[39m nn",
    "",
    "",
    "\x1b[38;2;143;184;246mclass\x1b[39m \x1b[38;2;231;199;135mNet\x1b[39m(nn.Module):",
    '    \x1b[38;2;159;211;160m"""Two layers: 输入 → 输出."""\x1b[39m',
    "",
    "    \x1b[38;2;143;184;246mdef\x1b[39m \x1b[38;2;143;208;224mforward\x1b[39m(self, x):",
    "        \x1b[38;2;143;184;246mreturn\x1b[39m self.two(self.one(x).relu())",
)


def vim_screen(rows: int, cols: int) -> bytes:
    """The bytes for a screen of that size, with the cursor in the text."""
    out = ["\x1b[?1049h\x1b[H\x1b[2J"]
    for row in range(1, rows - 1):
        text = f"\x1b[38;2;107;118;134m{row:3} \x1b[39m{_CODE[row - 1]}" if row <= len(_CODE) else "\x1b[34m~\x1b[39m"
        out.append(f"\x1b[{row};1H{text}")
    out.append(f"\x1b[{rows - 1};1H\x1b[7m{' model.py [+]':<{cols - 12}}9,5      All\x1b[27m"[: cols + 20])
    out.append(f"\x1b[{rows};1H\x1b[1m-- INSERT --\x1b[22m\x1b[{min(5, rows - 2)};9H\x1b[6 q")
    return "".join(out).encode()
