"""`application/x-sorna-drawing`: commands in, canvases with objects out (protocol.md §10.3)."""

from __future__ import annotations

import binascii
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from workbench.media.limits import Budget, Limits, UnfitError
from workbench.media.payload import payload_bytes

Rgba = tuple[int, int, int, int]

_WHITE: Rgba = (255, 255, 255, 255)
_BLACK: Rgba = (0, 0, 0, 255)
_FARTHEST = 1e6
_MAX_CANVASES = 16
_CHECK_EVERY = 1000


class _MalformedError(Exception):
    """A command whose arguments make no sense; it is skipped."""


@dataclass(slots=True)
class Shape:
    """One object on a canvas."""

    kind: str
    """`line`, `circle`, `rect` or `triangle`."""
    x: float = 0.0
    """Centre; not used by a line."""
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    radius: float = 0.0
    x1: float = 0.0
    """Ends; used by a line only."""
    y1: float = 0.0
    x2: float = 0.0
    y2: float = 0.0
    angle: float = 0.0
    """Degrees, clockwise."""
    stroke: Rgba = _BLACK
    """Colour of a line or a border."""
    fill: Rgba = (255, 255, 255, 0)


@dataclass(slots=True)
class Canvas:
    """One canvas as it is after every command so far."""

    width: float
    height: float
    background: Rgba = _WHITE
    foreground: Rgba = _BLACK
    objects: dict[int | str, Shape] = field(default_factory=dict)
    """In drawing order."""


class DrawingBook:
    """The canvases of a session; each payload continues where the one before ended. Safe to use from threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.canvases: dict[int | str, Canvas] = {}

    def apply(self, content: Any, limits: Limits, budget: Budget) -> list[Canvas]:
        """Apply one payload; the canvases it touched, in order. Hold `lock` while using them.

        Commands that make no sense are skipped.

        Raises:
            UnfitError: the payload is damaged or too big, or there is no canvas to draw on.
        """
        commands = drawing_commands(content, limits)
        touched: dict[int | str, Canvas] = {}
        for number, command in enumerate(commands):
            if number % _CHECK_EVERY == 0:
                budget.check()
            try:
                name = self._one(command, limits)
            except (_MalformedError, ValueError, TypeError, IndexError):
                continue
            if name in self.canvases:
                touched[name] = self.canvases[name]
        if not touched:
            raise UnfitError("The drawing has no canvas.")
        return list(touched.values())

    def _one(self, command: Any, limits: Limits) -> int | str:
        match command:
            case [int() | str() as name, "canvas", width, height, *colours]:
                self._new_canvas(name, width, height, colours, limits)
            case [int() | str() as name, str(operation), *arguments] if name in self.canvases:
                _apply(self.canvases[name], operation, arguments, limits)
            case _:
                raise _MalformedError
        return name

    def _new_canvas(self, name: int | str, width: Any, height: Any, colours: list[Any], limits: Limits) -> None:
        size = _number(width), _number(height)
        if min(size) < 1:
            raise UnfitError(f"The drawing's canvas has no size ({size[0]:g}×{size[1]:g}).")
        if max(size) > limits.drawing_side:
            raise UnfitError(
                f"The drawing's canvas says it is {_plain(width)}×{_plain(height)} pixels; "
                f"more than {limits.drawing_side:,} a side are not drawn."
            )
        canvas = Canvas(*size)
        if colours:
            canvas.background = colour(colours[0])
        if len(colours) > 1:
            canvas.foreground = colour(colours[1])
        self.canvases.pop(name, None)
        self.canvases[name] = canvas
        while len(self.canvases) > _MAX_CANVASES:
            del self.canvases[next(iter(self.canvases))]


def drawing_commands(content: Any, limits: Limits) -> list[Any]:
    """The commands of a payload: a list as it is, JSON text, or base64 of MessagePack.

    Raises:
        UnfitError: it is none of these, or too big.
    """
    commands = content if isinstance(content, list) else _decoded(content, limits)
    if not isinstance(commands, list):
        raise UnfitError("The drawing is no list of commands.")
    if len(commands) > limits.drawing_commands:
        raise UnfitError(
            f"The drawing has {len(commands):,} commands; more than {limits.drawing_commands:,} are not drawn."
        )
    return commands


def _decoded(content: Any, limits: Limits) -> Any:
    if not isinstance(content, str | bytes):
        raise UnfitError("The drawing is no list of commands.")
    if len(content) > limits.drawing_bytes * 4 // 3:
        raise UnfitError(f"A drawing of {len(content):,} bytes is more than a preview takes.")
    data = payload_bytes("application/x-sorna-drawing", content, limits).strip()
    try:
        if data.startswith(b"["):
            return msgspec.json.decode(data)
        if isinstance(content, str) and content[:5].lower() != "data:":
            data = binascii.a2b_base64(data)
        return msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, binascii.Error, RecursionError, ValueError):
        raise UnfitError("The drawing is damaged or cut short: it is neither JSON nor base64 of MessagePack.") from None


def _apply(canvas: Canvas, operation: str, arguments: list[Any], limits: Limits) -> None:
    match operation, arguments:
        case "bgcolor", [value, *_]:
            canvas.background = colour(value)
        case "fgcolor", [value, *_]:
            canvas.foreground = colour(value)
        case "obj", [int() | str() as name, [str(kind), *shape], *_]:
            if name not in canvas.objects and len(canvas.objects) < limits.drawing_objects:
                canvas.objects[name] = _SHAPES[kind](iter(shape), canvas) if kind in _SHAPES else _unknown(kind)
        case "update", [int() | str() as name, str(prop), value, *_] if name in canvas.objects:
            _update(canvas.objects[name], prop, value)
        case _:  # groups, fills and animation marks order changes in time; a still picture has none
            return


def _unknown(kind: str) -> Shape:
    raise _MalformedError(kind)


def _update(shape: Shape, prop: str, value: Any) -> None:
    match prop:
        case "x" | "y" | "x1" | "y1" | "x2" | "y2" | "angle":
            setattr(shape, prop, _number(value))
        case "radius":
            shape.radius = abs(_number(value))
        case "rotate":
            shape.angle = (shape.angle + _number(value)) % 360
        case "color" | "border":
            shape.stroke = colour(value)
        case "fill":
            shape.fill = colour(value)
        case _:
            raise _MalformedError(prop)


def _line(values: Iterator[Any], canvas: Canvas) -> Shape:
    x1, y1, x2, y2 = (_number(next(values, None)) for _ in range(4))
    return Shape("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=_colour_or(next(values, None), canvas.foreground))


def _circle(values: Iterator[Any], canvas: Canvas) -> Shape:
    x, y, radius = (_number(next(values, None)) for _ in range(3))
    return _painted(Shape("circle", x=x, y=y, radius=abs(radius)), values, canvas)


def _box(kind: str) -> Callable[[Iterator[Any], Canvas], Shape]:
    def make(values: Iterator[Any], canvas: Canvas) -> Shape:
        x, y, width, height = (_number(next(values, None)) for _ in range(4))
        return _painted(Shape(kind, x=x, y=y, width=abs(width), height=abs(height)), values, canvas)

    return make


def _painted(shape: Shape, values: Iterator[Any], canvas: Canvas) -> Shape:
    shape.stroke = _colour_or(next(values, None), canvas.foreground)
    shape.fill = _colour_or(next(values, None), shape.fill)
    angle = next(values, None)
    shape.angle = 0.0 if angle is None else _number(angle)
    return shape


_SHAPES: dict[str, Callable[[Iterator[Any], Canvas], Shape]] = {
    "line": _line,
    "circle": _circle,
    "rect": _box("rect"),
    "triangle": _box("triangle"),
}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - not a number
        raise _MalformedError
    return float(max(-_FARTHEST, min(_FARTHEST, value)))


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value < 1e12 else "more than 10^12"


def _colour_or(value: Any, otherwise: Rgba) -> Rgba:
    return otherwise if value is None else colour(value)


def colour(value: Any) -> Rgba:
    """`#rgb`, `#rrggbb` or `#rrggbbaa`.

    Raises:
        ValueError: it is none of these.
    """
    text = value[1:] if isinstance(value, str) and value.startswith("#") else ""
    if len(text) in {3, 4}:
        text = "".join(char * 2 for char in text)
    if len(text) == 6:
        text += "ff"
    if len(text) != 8:
        raise ValueError("no colour")
    red, green, blue, alpha = bytes.fromhex(text)
    return red, green, blue, alpha
