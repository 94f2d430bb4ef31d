"""The format and the declared size of a raster picture, read from its first bytes without decoding it."""

from __future__ import annotations

from struct import error, unpack_from
from typing import NamedTuple

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class Header(NamedTuple):
    """What the first bytes say."""

    format: str
    """As Pillow names it: PNG, JPEG, GIF, WEBP, BMP."""
    width: int
    height: int


def read_header(data: bytes) -> Header | None:
    """The header; None when the bytes are none of the formats, or end within it."""
    try:
        return _read(data)
    except (error, IndexError):
        return None


def _read(data: bytes) -> Header | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Header("PNG", *unpack_from(">II", data, 16)) if data[12:16] == b"IHDR" else None
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Header("GIF", *unpack_from("<HH", data, 6))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith(b"BM"):
        return _bmp(data)
    return None


def _jpeg(data: bytes) -> Header | None:
    place = 2
    while True:
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in _STANDALONE:
            place += 2
        elif marker in _START_OF_FRAME:
            height, width = unpack_from(">HH", data, place + 5)
            return Header("JPEG", width, height)
        else:
            (length,) = unpack_from(">H", data, place + 2)
            place += 2 + max(2, length)


def _webp(data: bytes) -> Header | None:
    match data[12:16]:
        case b"VP8X":
            return Header("WEBP", _24_bits(data, 24) + 1, _24_bits(data, 27) + 1)
        case b"VP8L":
            (bits,) = unpack_from("<I", data, 21)
            return Header("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8 ":
            width, height = unpack_from("<HH", data, 26)
            return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
        case _:
            return None


def _24_bits(data: bytes, place: int) -> int:
    return data[place] | data[place + 1] << 8 | data[place + 2] << 16


def _bmp(data: bytes) -> Header:
    (header_size,) = unpack_from("<I", data, 14)
    if header_size == 12:
        return Header("BMP", *unpack_from("<HH", data, 18))
    width, height = unpack_from("<ii", data, 18)
    return Header("BMP", abs(width), abs(height))
