"""The bytes of a media record, out of the data URI, XML, HTML or JSON it comes as (protocol.md §10)."""

from __future__ import annotations

import binascii
import mimetypes
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from workbench.media.limits import Limits, UnfitError

_WHITESPACE = str.maketrans("", "", " \t\r\n")
_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "text/html": ".html",
    "application/x-sorna-drawing": ".drawing.json",
    "application/vnd.sorna.gitgraph": ".gitgraph.json",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
}
_RASTER = frozenset({"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/bmp"})


def plain_mime(mime: str) -> str:
    """The media type without parameters, in small letters."""
    return mime.partition(";")[0].strip().lower()


def is_raster(mime: str) -> bool:
    """Whether the type is a raster picture that can be decoded."""
    return plain_mime(mime) in _RASTER


def suffix(mime: str) -> str:
    """The file name extension for a media type, with its dot; `.bin` when there is none."""
    mime = plain_mime(mime)
    return _SUFFIXES.get(mime) or mimetypes.guess_extension(mime) or ".bin"


def payload_size(content: Any) -> int:
    """About how many bytes the payload is, without decoding it."""
    if isinstance(content, bytes):
        return len(content)
    if not isinstance(content, str):
        return len(_json(content))
    head, comma, _ = content[:256].partition(",")
    if head.startswith("data:") and comma and head.endswith(";base64"):
        return (len(content) - len(head) - 1) * 3 // 4
    return len(content) if content.isascii() else len(content.encode("utf-8", "replace"))


def payload_bytes(mime: str, content: Any, limits: Limits | None = None) -> bytes:
    """What a file of this payload holds.

    Raises:
        UnfitError: the payload is too big, or its base64 is damaged.
    """
    limits = limits or Limits()
    if isinstance(content, bytes):
        return content
    if not isinstance(content, str):
        return _json(content)
    if len(content) > limits.payload_bytes * 2:
        raise UnfitError(f"{human_size(payload_size(content))} are more than a preview takes.")
    if content[:5].lower() == "data:":
        return _data_uri(content)
    if is_raster(mime):
        return _base64(content)
    return content.encode("utf-8", "replace")


def payload_text(mime: str, content: Any, limits: Limits | None = None) -> str:
    """The payload as text; bytes that are no UTF-8 are replaced."""
    if isinstance(content, str) and content[:5].lower() != "data:":
        return content
    return payload_bytes(mime, content, limits).decode("utf-8", "replace")


def _json(content: Any) -> bytes:
    try:
        return msgspec.json.encode(content)
    except (TypeError, ValueError, OverflowError, RecursionError):  # numbers that JSON readers refuse, such as 10**400
        return repr(content).encode("utf-8", "replace")


def _data_uri(content: str) -> bytes:
    head, comma, body = content.partition(",")
    if not comma:
        raise UnfitError("The data URI is cut short: it has no data.")
    if head.lower().endswith(";base64"):
        return _base64(body)
    return unquote_to_bytes(body)


def _base64(text: str) -> bytes:
    text = text.translate(_WHITESPACE).rstrip("=")
    if not text:
        raise UnfitError("The payload is empty.")
    if len(text) % 4 == 1:
        raise UnfitError("The base64 text is cut short.")
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        raise UnfitError("The base64 text is damaged.") from None


def human_size(size: int) -> str:
    """Bytes for people: `812 B`, `38 KB`, `1.4 MB`."""
    if size < 1000:
        return f"{size} B"
    value = size / 1000
    for unit in ("KB", "MB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "KB" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
