"""Which keys do what: the registry's defaults, under a preset, under what a person wrote into the settings."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from textual.keys import _character_to_key

from workbench.ui.commands import COMMANDS, Command, Place, key_label

if TYPE_CHECKING:
    from workbench.config.settings import KeyChoice, KeysSettings

PRESETS: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "vim": {
        "app.palette": "ctrl+p,alt+x",
        "pane.sessions": "f2,alt+h",
        "pane.editor": "f3,alt+k",
        "pane.output": "f9,alt+j",
        "pane.terminal": "f4,alt+l",
        "session.destroy": "d,x,delete",
        "output.fold": "z,c",
        "output.fold_all": "Z,C",
        "output.follow": "G,end,f",
        "output.clear": "D,ctrl+l",
    },
    "emacs": {
        "app.palette": "alt+x,ctrl+p",
        "pane.zoom": "f10,alt+o",
        "pane.hide": "ctrl+f10,alt+h",
        "session.filter": "ctrl+s,slash",
        "session.copy": "alt+w,y",
        "session.destroy": "d,x,delete",
        "output.search": "ctrl+s,slash",
        "output.copy": "alt+w,y",
        "output.follow": "greater_than_sign,end,f",
        "buffer.close": "alt+k",
    },
}
"""Command id to keys, for every command whose keys differ from the registry's."""

_MODIFIERS = {"control": "ctrl", "option": "alt", "meta": "alt", "cmd": "super", "command": "super"}
_ORDER = ("alt", "ctrl", "hyper", "shift", "super")
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "page_down": "pagedown",
    "period": "full_stop",
}
_NAMED = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "enter", "tab", "escape",
    "space", "backspace", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
_PUNCTUATION = frozenset(_character_to_key(char) for char in string.punctuation)
_NEVER_TYPED = re.compile(r"f\d+|escape|pageup|pagedown|insert")


class KeyProblem(NamedTuple):
    """A choice of keys that was not taken, and why; what was before stays."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class KeyMap(NamedTuple):
    """What a person's keys come to."""

    keys: Mapping[str, str]
    """Command id to comma separated keys, for every command."""
    problems: tuple[KeyProblem, ...]

    @property
    def changed(self) -> dict[str, str]:
        """Only what differs from the registry."""
        return {each.id: self.keys[each.id] for each in COMMANDS if self.keys[each.id] != each.keys}


def resolve(settings: KeysSettings) -> KeyMap:
    """The keys of every command; an unknown id, an unknown key and a key that is taken are named and not taken."""
    before = {each.id: PRESETS[settings.preset].get(each.id, each.keys) for each in COMMANDS}
    problems: list[KeyProblem] = []
    chosen: dict[str, KeyChoice] = {}
    wanted = dict(before)
    for choice in settings.map:
        try:
            wanted[choice.command] = _checked(choice)
        except ValueError as error:
            problems.append(KeyProblem(choice.where, f"{error} The keys stay as they were."))
        else:
            chosen[choice.command] = choice
    while clash := next(_clashes(wanted, chosen), None):
        loser, key, other = clash
        problems.append(
            KeyProblem(
                chosen.pop(loser).where,
                f"{key_label(key)} is the key of {other}{_at(chosen.get(other))}; "
                f"{loser} keeps {_keys(before[loser])}.",
            )
        )
        wanted[loser] = before[loser]
    return KeyMap(wanted, tuple(problems))


def normal(key: str) -> str:
    """A key as the screen names it, from how people write it: `Ctrl+N`, `^n`, `F5`, `/`, `shift+a`.

    Raises:
        ValueError: it is no key; the message is a sentence.
    """
    text = re.sub(r"^\^(?=.)", "ctrl+", key.strip())
    head, _, last = text[:-1].rpartition("+")
    last += text[-1:]
    modifiers = {_MODIFIERS.get(each, each) for each in (part.strip().lower() for part in head.split("+")) if each}
    name = _name(last.strip())
    if name is None or not modifiers <= set(_ORDER):
        raise ValueError(f"{key.strip()!r} is no key.")
    if len(name) == 1 and modifiers == {"shift"}:
        return name.upper()
    if len(name) == 1 and modifiers:
        name = name.lower()
    return "+".join([*(each for each in _ORDER if each in modifiers), name])


def _name(last: str) -> str | None:
    """The screen's name for a key without its modifiers; None when there is no such key."""
    if len(last) == 1:
        return _character_to_key(last)
    name = _ALIASES.get(last.lower(), last.lower())
    return name if name in _NAMED | _PUNCTUATION else None


def _checked(choice: KeyChoice) -> str:
    """The keys of a choice in the screen's names; raises `ValueError` with a sentence."""
    place = {each.id: each.place for each in COMMANDS}.get(choice.command)
    if place is None:
        raise ValueError(f"there is no command {choice.command}.{_near(choice.command)}")
    keys = [normal(key) for key in choice.keys.split(",") if key.strip()]
    if place is Place.TERMINAL and not keys:
        raise ValueError("nobody could leave the terminal without a key.")
    if place in {Place.WORKBENCH, Place.EDITOR, Place.TERMINAL}:
        for key in keys:
            if "+" not in key and not _NEVER_TYPED.fullmatch(key):
                raise ValueError(f"{key_label(key)} alone would be taken from who types there.")
    return ",".join(dict.fromkeys(keys))


def _near(command_id: str) -> str:
    import difflib

    near = difflib.get_close_matches(command_id, [each.id for each in COMMANDS], 1)
    return f" Did you mean {near[0]}?" if near else ""


def _clashes(keys: Mapping[str, str], chosen: Mapping[str, KeyChoice]) -> Iterator[tuple[str, str, str]]:
    """Who loses a key, the key, and who has it: of two that a person chose, the later one loses."""
    order = list(chosen)
    for one, other in _pairs():
        both = set(keys[one.id].split(",")) & set(keys[other.id].split(",")) - {""}
        if not both or not {one.id, other.id} & set(order):
            continue
        loser = max(one.id, other.id, key=lambda each: order.index(each) if each in order else -1)
        yield loser, min(both), other.id if loser == one.id else one.id


def _pairs() -> Iterator[tuple[Command, Command]]:
    """Every two commands that can be in force at once; in the terminal none of everywhere's is."""
    for at, one in enumerate(COMMANDS):
        for other in COMMANDS[at + 1 :]:
            places = {one.place, other.place}
            if len(places) == 1 or (Place.WORKBENCH in places and Place.TERMINAL not in places):
                yield one, other


def _at(choice: KeyChoice | None) -> str:
    return f" ({choice.where})" if choice else ""


def _keys(keys: str) -> str:
    return " and ".join(map(key_label, keys.split(","))) if keys else "none"
