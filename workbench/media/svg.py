"""SVG through resvg, in a process of its own that can be limited and killed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from workbench.media.limits import Budget, Limits, UnfitError
from workbench.media.payload import payload_size, payload_text, plain_mime
from workbench.media.picture import Picture
from workbench.media.raster import decode_raster
from workbench.media.svg_check import CheckedSvg, check_svg

_WORKER = Path(__file__).with_name("svg_worker.py")
_POLL = 0.05
_SHARPEST = 512
"""Pixels of the longer side that a small vector picture is drawn with."""
_UNKNOWN_SIDE = 1024
_at_once = threading.BoundedSemaphore(2)


def decode_svg(mime: str, content: Any, limits: Limits, budget: Budget) -> Picture:
    """Draw an SVG.

    Raises:
        UnfitError: it is no SVG, refers to files or addresses, or needs more time or memory than it may have.
    """
    size = payload_size(content)
    checked = check_svg(payload_text(mime, content, limits), limits, budget)
    png = _render(checked, _box(checked, limits), limits, budget)
    drawn = decode_raster("image/png", png, limits, budget)
    width, height = (round(side) if side and side < 1e6 else None for side in (checked.width, checked.height))
    return msgspec.structs.replace(
        drawn,
        mime=plain_mime(mime),
        size=size,
        width=width or drawn.width,
        height=height or drawn.height,
        scalable=True,
    )


def _box(checked: CheckedSvg, limits: Limits) -> tuple[int, int]:
    if not (checked.width and checked.height):
        return _UNKNOWN_SIDE, _UNKNOWN_SIDE
    factor = max(1.0, _SHARPEST / max(checked.width, checked.height))
    factor = min(factor, (limits.kept_pixels / checked.width / checked.height) ** 0.5)
    longest = limits.kept_pixels**0.5 * 4
    width, height = (min(longest, max(1.0, side * factor)) for side in (checked.width, checked.height))
    return round(width), round(height)


def _render(checked: CheckedSvg, box: tuple[int, int], limits: Limits, budget: Budget) -> bytes:
    while not _at_once.acquire(timeout=_POLL):
        budget.check()
    try:
        return _run(checked, box, limits, budget.within(limits.svg_seconds))
    finally:
        _at_once.release()


def _run(checked: CheckedSvg, box: tuple[int, int], limits: Limits, budget: Budget) -> bytes:
    numbers = (limits.svg_memory, max(1, round(budget.left) + 1), *box)
    arguments = [_library(), *map(str, numbers), "fonts" if checked.has_text else "none"]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_WORKER), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={"HOME": os.environ.get("HOME", "/")},
    )
    with process:
        try:
            output, problem = _communicate(process, checked.text.encode(), budget)
        except BaseException:
            process.kill()
            raise
    if process.returncode == 0:
        return output
    raise UnfitError(_failure(process.returncode, problem))


def _communicate(process: subprocess.Popen[bytes], data: bytes, budget: Budget) -> tuple[bytes, bytes]:
    unsent: bytes | None = data
    while True:
        try:
            return process.communicate(unsent, timeout=_POLL)
        except subprocess.TimeoutExpired:
            unsent = None  # the first call keeps what it has not written yet
            budget.check()


def _failure(code: int, problem: bytes) -> str:
    if code == 3:
        text = " ".join(problem.decode("utf-8", "replace").split()).removeprefix("SVG data parsing failed cause ")
        return f"The SVG cannot be drawn: {text[:120]}."
    return "The SVG needs more time or memory to draw than a preview may take."


@cache
def _library() -> str:
    found = importlib.util.find_spec("resvg_py")
    if found is None or found.origin is None:
        raise UnfitError("SVG pictures need the package resvg-py.")
    return str(Path(found.origin).parent.parent)
