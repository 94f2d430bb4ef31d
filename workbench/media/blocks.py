"""Pictures in half-block cells: two square pixels a cell, the upper as foreground, the lower as background."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter

from workbench.media.picture import Cell, Rgb

_UPPER = "▀"
_REDUCED = 2.0
"""Pixels that become one, from which on thin lines fade."""
_FINER = 3
"""How many times finer than the cells the image is looked at for what is about there."""


def half_blocks(image: Image.Image, columns: int, rows: int, background: Rgb) -> list[list[Cell]]:
    """Cells of an `RGB` or `RGBA` image scaled to `columns` by `rows`, over a background colour.

    A cell of one colour is a space, so that it copies as nothing.
    """
    small = flatten(scale(image, columns, rows * 2), background)
    if image.width > columns:
        small = _without_halo(_sharpened(small, image.width / columns), flatten(image, background))
    data = small.tobytes()
    stride = columns * 3
    return [
        _row(data[y * stride : (y + 1) * stride], data[(y + 1) * stride : (y + 2) * stride])
        for y in range(0, rows * 2, 2)
    ]


def scale(image: Image.Image, width: int, height: int) -> Image.Image:
    """The image in exactly this size: exact when nothing changes, smooth when smaller, sharp edges when larger."""
    if image.size == (width, height):
        return image
    if width >= image.width and height >= image.height:
        return image.resize((width, height), Image.Resampling.NEAREST)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def flatten(image: Image.Image, background: Rgb) -> Image.Image:
    """The image over a background colour, as `RGB`."""
    if image.mode == "RGB":
        return image
    base = Image.new("RGBA", image.size, (*background, 255))
    base.alpha_composite(image.convert("RGBA"))
    return base.convert("RGB")


def _sharpened(image: Image.Image, reduction: float) -> Image.Image:
    """Give thin lines back some of the contrast that averaging took; areas of one colour stay as they are."""
    if reduction < _REDUCED:
        return image
    return image.filter(ImageFilter.UnsharpMask(radius=2, percent=min(200, round(40 * reduction)), threshold=0))


def _without_halo(small: Image.Image, image: Image.Image) -> Image.Image:
    """Let no pixel be lighter or darker than what is about there in the image."""
    near = image.resize((small.width * _FINER, small.height * _FINER), Image.Resampling.BOX, reducing_gap=3.0)
    lightest = near.filter(ImageFilter.MaxFilter(_FINER)).resize(small.size, Image.Resampling.NEAREST)
    darkest = near.filter(ImageFilter.MinFilter(_FINER)).resize(small.size, Image.Resampling.NEAREST)
    return ImageChops.lighter(ImageChops.darker(small, lightest), darkest)


def _row(upper: bytes, lower: bytes) -> list[Cell]:
    tops = zip(upper[0::3], upper[1::3], upper[2::3], strict=True)
    bottoms = zip(lower[0::3], lower[1::3], lower[2::3], strict=True)
    return [Cell(_UPPER if top != bottom else " ", top, bottom) for top, bottom in zip(tops, bottoms, strict=True)]
