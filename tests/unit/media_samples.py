"""Payloads for the tests of previews."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

from PIL import Image

DRAWING = "application/x-sorna-drawing"
SVG = "image/svg+xml"

EXAMPLE: list[Any] = [
    [0, "canvas", 200, 120, "#ffffffff", "#000000ff"],
    [0, "bgcolor", "#f0f0f0ff"],
    [0, "obj", 0, ["line", 10, 10, 190, 110, "#0000ffff"]],
    [0, "obj", 1, ["circle", 100, 60, 30, "#000000ff", "#ffffff00", 0]],
    [0, "begin-group"],
    [0, "update", 1, "x", 120],
    [0, "update", 1, "fill", "#ff0000ff"],
    [0, "end-group"],
]
EXAMPLE_ON_THE_WIRE = (
    "mJYApmNhbnZhc8zIeKkjZmZmZmZmZmapIzAwMDAwMGZmkwCnYmdjb2xvcqkjZjBmMGYwZmaUAKNvYmoAlqRsaW5lCgrMvm6pIzAwMDBmZmZmlACjb2"
    "JqAZemY2lyY2xlZDweqSMwMDAwMDBmZqkjZmZmZmZmMDAAkgCrYmVnaW4tZ3JvdXCVAKZ1cGRhdGUBoXh4lQCmdXBkYXRlAaRmaWxsqSNmZjAwMDBm"
    "ZpIAqWVuZC1ncm91cA=="
)
"""The same commands as base64 of MessagePack (protocol.md §10.3)."""


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def data_uri(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def png_uri(image: Image.Image) -> str:
    return data_uri("image/png", encoded(image, "PNG"))


def quarters(width: int, height: int) -> Image.Image:
    """Red, green, blue and white quarters."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    image.paste((255, 255, 255), (width // 2, height // 2, width, height))
    return image


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of one pixel whose header claims another size."""
    data = bytearray(encoded(Image.new("RGB", (1, 1)), "PNG"))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data[16:33] = header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return bytes(data)


def svg(body: str, attributes: str = 'width="100" height="50"') -> str:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {names} {attributes}>{body}</svg>"
