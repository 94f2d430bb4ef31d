"""Canvases to pixels: every shape is a filled polygon, so no coordinate makes one slow."""

from __future__ import annotations

import copy
import math
from typing import Any

from PIL import Image, ImageDraw

from workbench.media.drawing import Canvas, DrawingBook, Rgba, Shape
from workbench.media.limits import Budget, Limits
from workbench.media.payload import payload_size, plain_mime
from workbench.media.picture import Picture

Point = tuple[float, float]

_STROKE = 2.0
"""Canvas pixels (protocol.md §10.3)."""
_OVERSAMPLE = 2
_SHARPEST = 512
_GAP = 8


def decode_drawing(mime: str, content: Any, book: DrawingBook, limits: Limits, budget: Budget) -> Picture:
    """Apply a payload to the book and draw the canvases it touched, one under the other.

    Raises:
        UnfitError: the payload is damaged or too big, or takes too long to draw.
    """
    size = payload_size(content)
    with book.lock:
        canvases = [copy.deepcopy(canvas) for canvas in book.apply(content, limits, budget)]
    pictures = [render(canvas, limits, budget) for canvas in canvases]
    image = pictures[0] if len(pictures) == 1 else _stacked(pictures, limits)
    width = max(canvas.width for canvas in canvases)
    height = sum(canvas.height for canvas in canvases)
    return Picture(image, plain_mime(mime), size, max(1, round(width)), max(1, round(height)), scalable=True)


def render(canvas: Canvas, limits: Limits, budget: Budget) -> Image.Image:
    """The canvas as `RGB`; a background that lets something through is put on white paper."""
    scale = max(1.0, _SHARPEST / max(canvas.width, canvas.height))
    scale = min(scale, (limits.kept_pixels / canvas.width / canvas.height) ** 0.5)
    size = max(1, round(canvas.width * scale)), max(1, round(canvas.height * scale))
    image = Image.new("RGB", (size[0] * _OVERSAMPLE, size[1] * _OVERSAMPLE), _on_white(canvas.background))
    draw = ImageDraw.Draw(image, "RGBA")
    for shape in canvas.objects.values():
        budget.check()
        _draw(draw, shape, scale * _OVERSAMPLE)
    return image.resize(size, Image.Resampling.BOX)


def _draw(draw: ImageDraw.ImageDraw, shape: Shape, scale: float) -> None:
    if shape.kind == "line":
        _polygon(draw, _line_corners(shape), shape.stroke, scale)
        return
    corners = _corners(shape, 0.0, scale)
    _polygon(draw, corners, shape.fill, scale)
    outer, inner = _corners(shape, _STROKE / 2, scale), _corners(shape, -_STROKE / 2, scale)
    _polygon(draw, [*outer, outer[0], *reversed(inner), inner[-1]], shape.stroke, scale)


def _polygon(draw: ImageDraw.ImageDraw, points: list[Point], fill: Rgba, scale: float) -> None:
    if fill[3]:
        draw.polygon([(x * scale - 0.5, y * scale - 0.5) for x, y in points], fill=fill)


def _line_corners(shape: Shape) -> list[Point]:
    x1, y1, x2, y2 = shape.x1, shape.y1, shape.x2, shape.y2
    if shape.angle:
        centre = ((x1 + x2) / 2, (y1 + y2) / 2)
        (x1, y1), (x2, y2) = _turned([(x1, y1), (x2, y2)], centre, shape.angle)
    length = math.hypot(x2 - x1, y2 - y1)
    if not length:
        return [(x1 - 1, y1 - 1), (x1 + 1, y1 - 1), (x1 + 1, y1 + 1), (x1 - 1, y1 + 1)]
    across_x, across_y = (y1 - y2) / length * _STROKE / 2, (x2 - x1) / length * _STROKE / 2
    return [
        (x1 + across_x, y1 + across_y),
        (x2 + across_x, y2 + across_y),
        (x2 - across_x, y2 - across_y),
        (x1 - across_x, y1 - across_y),
    ]


def _corners(shape: Shape, grow: float, scale: float) -> list[Point]:
    """The outline, moved outwards by `grow` canvas pixels."""
    centre = shape.x, shape.y
    if shape.kind == "circle":
        return _ring(centre, max(0.0, shape.radius + grow), scale)
    half_width, half_height = shape.width / 2, shape.height / 2
    if shape.kind == "rect":
        x, y = max(0.0, half_width + grow), max(0.0, half_height + grow)
        points = [(-x, -y), (x, -y), (x, y), (-x, y)]
    else:
        points = _triangle(half_width, half_height, grow)
    return _turned([(shape.x + x, shape.y + y) for x, y in points], centre, shape.angle)


def _ring(centre: Point, radius: float, scale: float) -> list[Point]:
    count = int(max(12, min(128, math.sqrt(radius * scale) * 6)))
    step = 2 * math.pi / count
    return [(centre[0] + radius * math.cos(i * step), centre[1] + radius * math.sin(i * step)) for i in range(count)]


def _triangle(half_width: float, half_height: float, grow: float) -> list[Point]:
    """An isosceles triangle that points up in its box; its sides are moved by `grow`."""
    side = math.hypot(half_width, 2 * half_height)
    if not (half_width and half_height):
        return [(0.0, -half_height), (half_width, half_height), (-half_width, half_height)]
    top = grow * side / half_width
    corner = grow * (side + half_width) / (2 * half_height)
    inradius = 2 * half_width * half_height / (half_width + side)
    if -grow > inradius:  # a border wider than the triangle fills it
        middle = half_height - inradius
        return [(0.0, middle)] * 3
    return [
        (0.0, -half_height - min(top, 4 * abs(grow))),
        (half_width + corner, half_height + grow),
        (-half_width - corner, half_height + grow),
    ]


def _turned(points: list[Point], centre: Point, degrees: float) -> list[Point]:
    if not degrees:
        return points
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x0, y0 = centre
    return [(x0 + (x - x0) * cosine - (y - y0) * sine, y0 + (x - x0) * sine + (y - y0) * cosine) for x, y in points]


def _on_white(background: Rgba) -> tuple[int, int, int]:
    red, green, blue, alpha = background
    return tuple(round(255 + (part - 255) * alpha / 255) for part in (red, green, blue))  # type: ignore[return-value]


def _stacked(pictures: list[Image.Image], limits: Limits) -> Image.Image:
    height = sum(picture.height for picture in pictures) + _GAP * (len(pictures) - 1)
    sheet = Image.new("RGBA", (max(picture.width for picture in pictures), height))
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height + _GAP
    factor = (limits.kept_pixels / (sheet.width * sheet.height)) ** 0.5
    return (
        sheet.resize((max(1, int(sheet.width * factor)), max(1, int(sheet.height * factor)))) if factor < 1 else sheet
    )
