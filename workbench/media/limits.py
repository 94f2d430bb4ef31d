"""How much a preview may cost, so that no payload can hold up or fill up the workbench."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Upper bounds of one preview."""

    payload_bytes: int = 64 << 20
    """Bytes of a payload that are looked at."""
    raster_pixels: int = 40_000_000
    """Pixels (width times height) of a raster picture that is decoded."""
    kept_pixels: int = 2_000_000
    """Pixels a decoded picture is reduced to."""
    svg_bytes: int = 16 << 20
    """Bytes of an SVG, after its entities are expanded."""
    svg_elements: int = 300_000
    svg_depth: int = 200
    """Elements inside one another."""
    svg_seconds: float = 3.0
    """Wall clock of the process that draws an SVG."""
    svg_memory: int = 1 << 30
    """Bytes of address space of that process."""
    drawing_bytes: int = 4 << 20
    drawing_commands: int = 200_000
    drawing_objects: int = 50_000
    drawing_side: int = 16_384
    """Pixels of the longer side of a canvas."""
    text_bytes: int = 1 << 20
    """Bytes of a text or HTML payload that are laid out."""
    text_lines: int = 500
    seconds: float = 5.0
    """Wall clock for one preview."""


class UnfitError(Exception):
    """A payload cannot be shown; the message is the sentence that a person reads."""


class CancelledDecodeError(Exception):
    """Nobody waits for the preview any more."""


def _never() -> bool:
    return False


class Budget:
    """The time one preview has, and whether anybody still waits for it."""

    def __init__(self, seconds: float, cancelled: Callable[[], bool] | None = None) -> None:
        self.seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._cancelled = cancelled or _never

    def within(self, seconds: float) -> Budget:
        """A part of this budget, at most so many seconds."""
        return Budget(min(seconds, self.left), self._cancelled)

    @property
    def left(self) -> float:
        """Seconds left; zero when there are none."""
        return max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """Raise `UnfitError` when the time is up, `CancelledDecodeError` when the preview is not wanted any more."""
        if self._cancelled():
            raise CancelledDecodeError
        if not self.left:
            raise UnfitError(f"It takes longer than {self.seconds:.2g} s to decode.")
