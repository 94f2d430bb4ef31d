"""Names of keys (`ctrl+a`, `shift+up`, `f5`, `alt+full_stop`) to what a key encoder wants to know."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

SHIFT, CTRL, ALT, SUPER = 1, 2, 4, 8

_MODIFIERS = {"shift": SHIFT, "ctrl": CTRL, "alt": ALT, "super": SUPER, "meta": ALT, "hyper": 0}

_NAMED = {
    "up": "ARROW_UP",
    "down": "ARROW_DOWN",
    "left": "ARROW_LEFT",
    "right": "ARROW_RIGHT",
    "home": "HOME",
    "end": "END",
    "insert": "INSERT",
    "delete": "DELETE",
    "pageup": "PAGE_UP",
    "pagedown": "PAGE_DOWN",
    "backspace": "BACKSPACE",
    "tab": "TAB",
    "backtab": "TAB",
    "enter": "ENTER",
    "return": "ENTER",
    "escape": "ESCAPE",
    "space": "SPACE",
    "pause": "PAUSE",
    "print_screen": "PRINT_SCREEN",
    "scroll_lock": "SCROLL_LOCK",
    "menu": "CONTEXT_MENU",
    **{f"f{number}": f"F{number}" for number in range(1, 26)},
}

_UNSHIFTED_US = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))

_PHYSICAL = {
    "`": "BACKQUOTE",
    "\\": "BACKSLASH",
    "[": "BRACKET_LEFT",
    "]": "BRACKET_RIGHT",
    ",": "COMMA",
    "=": "EQUAL",
    "-": "MINUS",
    ".": "PERIOD",
    "'": "QUOTE",
    ";": "SEMICOLON",
    "/": "SLASH",
    " ": "SPACE",
}

_FRIENDLY = {
    "slash": "/",
    "backslash": "\\",
    "at": "@",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    "hyphen_minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}


class Stroke(NamedTuple):
    """One press of a key, as a key encoder wants it."""

    key: str
    """The tail of a `GHOSTTY_KEY_*` name."""
    mods: int
    text: str
    """What the key would type without Ctrl and Alt; empty when it types nothing."""
    unshifted: int
    """The code point of the key without Shift, or 0."""


@lru_cache(1024)
def parse_key(name: str, character: str | None = None) -> Stroke | None:
    """Return the stroke for a key name and the character it types, or None when it is not a key of a keyboard."""
    *modifiers, base = name.split("+") if name != "+" else ["+"]
    mods = 0
    for modifier in modifiers:
        mods |= _MODIFIERS.get(modifier, 0)
    if mods & CTRL and base in {"at", "@"}:
        base, mods = "space", mods & ~SHIFT  # terminals send NUL for both, and it is named after the first
    if base in _NAMED:
        text = " " if base == "space" else ""
        return Stroke(_NAMED[base], mods | (SHIFT if base == "backtab" else 0), text, 32 if text else 0)
    text = _text(base, None if mods & ~SHIFT else character)
    if not text or not text.isprintable():
        return None
    if mods & CTRL and not mods & SHIFT and text.isupper():
        text = text.lower()
    plain = _UNSHIFTED_US.get(text, text.lower())
    if plain != text:
        mods |= SHIFT
    elif mods & SHIFT and len(text.upper()) == 1:
        text = text.upper()
    return Stroke(_physical(plain), mods, text, ord(plain) if len(plain) == 1 else 0)


def _text(base: str, character: str | None) -> str:
    if character is not None and character.isprintable():
        return character
    if len(base) == 1:
        return base
    if base in _FRIENDLY:
        return _FRIENDLY[base]
    try:
        return unicodedata.lookup(base.replace("_", " "))
    except KeyError:
        return ""


def _physical(plain: str) -> str:
    if len(plain) == 1 and plain.isascii():
        if plain.isalpha():
            return plain.upper()
        if plain.isdigit():
            return f"DIGIT_{plain}"
    return _PHYSICAL.get(plain, "UNIDENTIFIED")
