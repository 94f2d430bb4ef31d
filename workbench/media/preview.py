"""A media record in, a preview out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.media.limits import Budget, CancelledDecodeError, Limits, UnfitError
from workbench.media.payload import is_raster, payload_size, plain_mime
from workbench.media.picture import Preview, Unshowable
from workbench.media.text import decode_text, is_text

if TYPE_CHECKING:
    from workbench.media.drawing import DrawingBook

_SVG = "image/svg+xml"
_DRAWING = "application/x-sorna-drawing"


def decode(
    mime: str,
    content: Any,
    *,
    limits: Limits | None = None,
    drawings: DrawingBook | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Preview:
    """Decode one media record; call it in a thread, it takes up to `limits.seconds`.

    What cannot be shown comes back as `Unshowable` with the reason. A drawing continues the canvases of `drawings`
    and so has to be decoded once, in order.

    Raises:
        CancelledDecodeError: `cancelled()` said that nobody waits any more.
    """
    limits = limits or Limits()
    budget = Budget(limits.seconds, cancelled)
    try:
        return _decode(mime, content, limits, drawings, budget)
    except UnfitError as error:
        reason = str(error)
    except CancelledDecodeError:
        raise
    except MemoryError:
        reason = "There is not enough memory to decode it."
    except Exception as error:  # noqa: BLE001 - whatever a hostile payload does, it costs one line
        reason = f"It cannot be decoded ({type(error).__name__})."
    return Unshowable(reason, plain_mime(mime), _size(content))


def _decode(mime: str, content: Any, limits: Limits, drawings: DrawingBook | None, budget: Budget) -> Preview:
    budget.check()
    kind = plain_mime(mime)
    if kind == _SVG:
        from workbench.media.svg import decode_svg

        return decode_svg(mime, content, limits, budget)
    if is_raster(kind):
        from workbench.media.raster import decode_raster

        return decode_raster(mime, content, limits, budget)
    if kind == _DRAWING:
        from workbench.media.drawing import DrawingBook
        from workbench.media.drawing_raster import decode_drawing

        return decode_drawing(mime, content, drawings or DrawingBook(), limits, budget)
    if is_text(kind):
        return decode_text(mime, content, limits)
    family = kind.partition("/")[0]
    name = {"audio": "Audio", "video": "Video"}.get(family, "This type")
    raise UnfitError(f"{name} cannot be shown here; it can be saved.")


def _size(content: Any) -> int:
    try:
        return payload_size(content)
    except Exception:  # noqa: BLE001 - a size is not worth a failure
        return 0
