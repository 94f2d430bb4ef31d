"""A picture as Sixel text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def sixels(image: Image.Image) -> str:
    """The picture, pixel for pixel, as a Sixel control string; `RGB` only."""
    # The encoder lives in a private module: the public ones ask the terminal when they are imported.
    from textual_image._sixel import image_to_sixels

    return str(image_to_sixels(image))
