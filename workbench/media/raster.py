"""Raster pictures through Pillow: checked by their header first, reduced as they are read."""

from __future__ import annotations

import io
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from PIL import Image, ImageOps

from workbench.media.headers import Header, read_header
from workbench.media.limits import Budget, CancelledDecodeError, Limits, UnfitError
from workbench.media.payload import payload_bytes, plain_mime
from workbench.media.picture import Picture

_BIG_PIXELS = 8_000_000
_one_big_picture = threading.Lock()
"""Only one picture of many megapixels is decoded at a time: this bounds the memory, not each picture alone."""
_FORMATS = {"image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "BMP"}


class _Watched(io.BytesIO):
    """Bytes whose reader is stopped when the time is up."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        super().__init__(data)
        self._budget = budget

    def read(self, size: int | None = -1, /) -> bytes:
        self._budget.check()
        return super().read(size)


def decode_raster(mime: str, content: Any, limits: Limits, budget: Budget) -> Picture:
    """The first frame of a raster picture.

    Raises:
        UnfitError: it is broken, cut short, no picture at all, or too big.
    """
    data = payload_bytes(mime, content, limits)
    if len(data) > limits.payload_bytes:
        raise UnfitError(f"A picture of {len(data):,} bytes is more than a preview takes.")
    header = _checked_header(mime, data, limits)
    big = header.width * header.height > _BIG_PIXELS
    gate: AbstractContextManager[Any] = _one_big_picture if big else nullcontext()
    with gate:
        budget.check()
        image = _load(data, header, limits, budget)
    width, height = header.width, header.height
    if (image.width - image.height) * (width - height) < 0:  # its EXIF data turned it by a quarter
        width, height = height, width
    return Picture(image, plain_mime(mime), len(data), width, height)


def _checked_header(mime: str, data: bytes, limits: Limits) -> Header:
    header = read_header(data)
    if header is None:
        expected = _FORMATS.get(plain_mime(mime), "JPEG")
        raise UnfitError(f"It is no {expected} picture: its first bytes are not those of one.")
    if not (header.width and header.height):
        raise UnfitError(f"The picture has no size ({header.width}×{header.height}).")
    _check_pixels(header.width, header.height, limits)
    return header


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.raster_pixels:
        raise UnfitError(
            f"The picture says it is {width:,}×{height:,} pixels; "
            f"more than {limits.raster_pixels // 1_000_000} megapixels are not decoded."
        )


def _load(data: bytes, header: Header, limits: Limits, budget: Budget) -> Image.Image:
    try:
        with Image.open(_Watched(data, budget), formats=[header.format]) as image:
            _check_pixels(image.width, image.height, limits)
            image.draft(None, _kept_size(image.size, limits))
            image.load()
            return _reduced(image, limits)
    except (UnfitError, CancelledDecodeError):
        raise
    except MemoryError:
        raise UnfitError("There is not enough memory to decode the picture.") from None
    except Exception as error:  # decoders of hostile files fail in every way there is
        raise UnfitError(_sentence(header.format, error)) from error


def _sentence(name: str, error: Exception) -> str:
    text = str(error).lower()
    if "truncated" in text or isinstance(error, EOFError):
        return f"The {name} picture is cut short."
    return f"The {name} picture is damaged."


def _reduced(image: Image.Image, limits: Limits) -> Image.Image:
    image = _with_true_colours(image)
    if image.width * image.height > limits.kept_pixels:
        image = image.resize(_kept_size(image.size, limits), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return ImageOps.exif_transpose(image)


def _with_true_colours(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return image.convert("F").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.mode in {"RGB", "RGBA"} and "transparency" not in image.info:
        return image.copy()
    see_through = image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info
    return image.convert("RGBA" if see_through else "RGB")


def _kept_size(size: tuple[int, int], limits: Limits) -> tuple[int, int]:
    width, height = size
    factor = min(1.0, (limits.kept_pixels / (width * height)) ** 0.5)
    return max(1, int(width * factor)), max(1, int(height * factor))
