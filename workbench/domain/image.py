"""An image a session can be made from."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


def short_image(reference: str) -> str:
    """The last path segment without its tag: `python` of `cr.backend.ai/stable/python:3.13`."""
    name = reference.rsplit("/", 1)[-1]
    return name.split("@", 1)[0].split(":", 1)[0]


class Image(Struct, frozen=True, kw_only=True):
    """An image as the server lists it."""

    reference: str
    """`registry/name:tag`, what a session is created with."""
    architecture: str = ""
    installed: bool = False
    aliases: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int = 0

    @property
    def runs_code(self) -> bool:
        """Whether sessions of it execute code (`ai.backend.runtime-type` other than `app`)."""
        return self.labels.get("ai.backend.runtime-type") != "app"

    @property
    def language(self) -> str:
        """The runtime type, else the short name; what an editor highlights by."""
        return self.labels.get("ai.backend.runtime-type") or short_image(self.reference)
