"""What a server offers to a new session."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isfinite

from msgspec import Struct, field

from workbench.domain.image import Image

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class Preset(Struct, frozen=True, kw_only=True):
    """A named choice of resources."""

    name: str
    slots: Mapping[str, str] = field(default_factory=dict)
    """Slot name to amount, as on the wire: memory in bytes."""
    shared_memory: str = ""
    """Bytes; "" when the preset leaves it to the image."""
    fits: bool = True
    """Whether the quota has room for it now."""


class Offer(Struct, frozen=True, kw_only=True):
    """What a new session can be made of; a part that the server does not tell is empty."""

    images: tuple[Image, ...] = ()
    presets: tuple[Preset, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    """Slot name to what the quota leaves of it; a slot without limit is not in it."""
    folders: tuple[str, ...] = ()
    """Names of virtual folders that can be mounted."""
    projects: tuple[str, ...] = ()


def amount_of(text: str) -> float:
    """An amount as a number; what is no number, or `Infinity`, has no limit and is `inf`."""
    try:
        value = float(text)
    except ValueError:
        return inf
    return value if isfinite(value) else inf


def slots_text(slots: Mapping[str, str]) -> str:
    """Slots as a person reads them: `cpu 2, mem 4 GiB, cuda.shares 0.5`."""
    return ", ".join(f"{slot} {_amount_text(slot, text)}" for slot, text in slots.items())


def _amount_text(slot: str, text: str) -> str:
    number = amount_of(text)
    if slot != "mem" or number == inf:
        return f"{number:g}" if number != inf else text
    unit = 0
    while number >= 1024 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{number:.3g} {_UNITS[unit]}"
