"""Names of keys to the bytes programs read."""

import pytest

from workbench.vt.keys import parse_key
from workbench.vt.screen import Screen

LEGACY = {
    "a": b"a",
    "A": b"A",
    "ctrl+a": b"\x01",
    "ctrl+c": b"\x03",
    "ctrl+space": b"\x00",
    "ctrl+at": b"\x00",
    "ctrl+backslash": b"\x1c",
    "ctrl+underscore": b"\x1f",
    "alt+f": b"\x1bf",
    "alt+full_stop": b"\x1b.",
    "alt+A": b"\x1bA",
    "up": b"\x1b[A",
    "ctrl+right": b"\x1b[1;5C",
    "alt+left": b"\x1b[1;3D",
    "shift+up": b"\x1b[1;2A",
    "home": b"\x1b[H",
    "pagedown": b"\x1b[6~",
    "delete": b"\x1b[3~",
    "f1": b"\x1bOP",
    "f5": b"\x1b[15~",
    "f12": b"\x1b[24~",
    "enter": b"\r",
    "alt+enter": b"\x1b\r",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "alt+backspace": b"\x1b\x7f",
    "ctrl+j": b"\n",
}


@pytest.mark.parametrize(("name", "expected"), LEGACY.items())
def test_a_plain_program_reads_what_every_terminal_sends(name: str, expected: bytes) -> None:
    assert Screen(10, 2).key(name) == expected


@pytest.mark.parametrize(
    ("name", "character"),
    [("é", "é"), ("exclamation_mark", "!"), ("漢", "漢"), ("space", " "), ("plus", "+"), ("+", "+")],
)
def test_a_character_is_typed_as_itself(name: str, character: str) -> None:
    assert Screen(10, 2).key(name, character) == character.encode()


def test_shift_enter_is_enter_for_a_program_that_did_not_ask_for_more() -> None:
    screen = Screen(10, 2)
    assert screen.key("shift+enter") == b"\r"
    screen.feed(b"\x1b[>1u")
    assert screen.key("shift+enter") == b"\x1b[13;2u"


def test_application_cursor_keys_and_kitty_keys_follow_the_program() -> None:
    screen = Screen(10, 2)
    screen.feed(b"\x1b[?1h")
    assert screen.key("up") == b"\x1bOA"
    screen.feed(b"\x1b[>1u")
    assert screen.key("ctrl+a") == b"\x1b[97;5u"
    assert screen.key("escape") == b"\x1b[27u"
    screen.feed(b"\x1b[<u")
    assert screen.key("ctrl+a") == b"\x01"


@pytest.mark.parametrize("name", ["<ignore>", "ctrl", "no_such_key", ""])
def test_what_is_no_key_types_nothing(name: str) -> None:
    assert parse_key(name) is None
    assert Screen(10, 2).key(name) == b""
