"""Media records as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.media.limits import Limits
from workbench.media.payload import is_raster, payload_bytes, plain_mime
from workbench.media.picture import Picture, Preview
from workbench.media.preview import decode

_UNBOUNDED = Limits(payload_bytes=1 << 40)


def save_media(path: Path, mime: str, content: Any, preview: Preview | None = None) -> None:
    """Write the payload; what was drawn from vectors is written as a picture when the name ends in `.png`.

    Raises:
        OSError: the file cannot be written.
        UnfitError: the payload is damaged.
    """
    if path.suffix.lower() == ".png" and isinstance(preview, Picture) and not is_raster(mime):
        sharp = decode(mime, content) if plain_mime(mime) == "image/svg+xml" else preview
        (sharp if isinstance(sharp, Picture) else preview).image.save(path, "PNG")
        return
    path.write_bytes(payload_bytes(mime, content, _UNBOUNDED))
