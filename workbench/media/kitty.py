"""Kitty graphics with Unicode placeholders: the picture is sent once, the cells that show it are ordinary text.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
import io
from functools import cache

from PIL import Image

_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
_DIACRITICS = """
305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1 5a8-5a9 5ab-5ac 5af 5c4
610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733 735-736 73a 73d 73f-741 743 745 747 749-74a
7eb-7f1 7f3 816-819 81b-823 825-827 829-82d 951 953-954 f82-f83 f86-f87 135d-135f 17dd 193a 1a17 1a75-1a7c 1b6b
1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0
1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 20d4-20d7 20db-20dc 20e1 20e7 20e9 20f0
2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 10a0f 10a38
1d185-1d189 1d1aa-1d1ad 1d242-1d244
"""
"""The code points that count rows and columns, as the protocol lists them."""


def transmission(image: Image.Image, number: int, columns: int, rows: int) -> str:
    """What sends a picture under a number (1 to 0xffffff) to the terminal, to be shown in `columns` by `rows` cells."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    head = f"a=T,U=1,i={number},f=100,c={columns},r={rows},q=2,"
    return "".join(
        f"\x1b_G{head if place == 0 else 'q=2,'}m={int(place < len(chunks) - 1)};{chunk}\x1b\\"
        for place, chunk in enumerate(chunks)
    )


def removal(number: int) -> str:
    """What makes the terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def placeholders(columns: int, rows: int) -> list[list[str]]:
    """The text of each cell; its foreground colour has to be the picture's number as 24 bits."""
    marks = _marks()
    return [[_PLACEHOLDER + marks[row] + marks[column] for column in range(columns)] for row in range(rows)]


def most_cells() -> int:
    """The largest number of columns or rows that placeholders can count."""
    return len(_marks())


@cache
def _marks() -> tuple[str, ...]:
    codes: list[str] = []
    for part in _DIACRITICS.split():
        first, _, last = part.partition("-")
        codes.extend(chr(code) for code in range(int(first, 16), int(last or first, 16) + 1))
    return tuple(codes)
