"""What is typed into the new-session dialog, as the session it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from textual.fuzzy import Matcher

from workbench.domain.image import Image
from workbench.domain.offer import Preset

_Item = TypeVar("_Item")


def ranked(images: Sequence[Image], recent: Sequence[str], needle: str) -> list[Image]:
    """Images that run code and match: recent first, then installed, then by name; best match first while typing."""
    places = {reference: place for place, reference in enumerate(recent)}
    usable = [image for image in images if image.runs_code]
    ordered = sorted(usable, key=lambda i: (places.get(i.reference, len(places)), not i.installed, i.reference))
    return matching(ordered, needle, lambda image: image.reference)


def matching(items: Sequence[_Item], needle: str, text_of: Callable[[_Item], str]) -> list[_Item]:
    """Items whose text has the needle's letters in order, the best match first; all of them without a needle."""
    if not needle:
        return list(items)
    matcher = Matcher(needle)
    scored = [(matcher.match(text_of(item)), item) for item in items]
    return [item for score, item in sorted(scored, key=lambda each: -each[0]) if score > 0]


def pairs(text: str, what: str) -> dict[str, str]:
    """`KEY=VALUE` words as a mapping.

    Raises:
        ValueError: a word has no `=` or no key; the text says which.
    """
    found: dict[str, str] = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise ValueError(f"{what}: “{word}” should be KEY=VALUE.")
        found[key] = value
    return found


def resources(text: str, presets: Sequence[Preset]) -> tuple[dict[str, str], str]:
    """Slots and shared memory of `PRESET` and `slot=amount` words; of two that disagree the later counts.

    Raises:
        ValueError: a word is neither a preset's name nor `slot=amount`.
    """
    known = {preset.name: preset for preset in presets}
    slots: dict[str, str] = {}
    shared = ""
    for word in text.split():
        if preset := known.get(word):
            slots |= preset.slots
            shared = preset.shared_memory or shared
        elif "=" not in word:
            names = f"; presets: {', '.join(known)}" if known else ""
            raise ValueError(f"Resources: “{word}” should be slot=amount, such as cpu=2{names}.")
        else:
            given = pairs(word, "Resources")
            shared = given.pop("shmem", shared)
            slots |= given
    return slots, shared


def resources_text(slots: Mapping[str, str], shared: str, presets: Sequence[Preset]) -> str:
    """The words that `resources` reads: a preset's name when it means the same."""
    for preset in presets:
        if preset.slots and (dict(preset.slots), preset.shared_memory) == (dict(slots), shared):
            return preset.name
    return " ".join([*(f"{slot}={amount}" for slot, amount in slots.items()), *([f"shmem={shared}"] if shared else [])])
