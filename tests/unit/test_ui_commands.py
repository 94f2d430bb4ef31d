"""The registry of commands is the single source of keys, palette, footer and help."""

from __future__ import annotations

from collections import Counter

import pytest

from workbench.ui.commands import COMMANDS, Place, bindings_of, commands_of, key_label
from workbench.ui.help import help_text


def test_no_two_commands_share_an_id() -> None:
    assert [name for name, count in Counter(each.id for each in COMMANDS).items() if count > 1] == []


def test_no_key_means_two_things_in_one_place() -> None:
    for place in Place:
        shown_with = commands_of(place) + (commands_of(Place.WORKBENCH) if place is not Place.WORKBENCH else [])
        keys = [key.strip() for each in shown_with for key in each.keys.split(",") if key]
        assert [key for key, count in Counter(keys).items() if count > 1] == [], place


def test_every_command_says_what_it_does_in_a_sentence() -> None:
    assert [each.id for each in COMMANDS if not each.help.endswith(".")] == []


def test_every_binding_can_be_remapped_by_its_command_id() -> None:
    ids = {binding.id for place in Place for binding in bindings_of(place)}
    assert ids == {each.id for each in COMMANDS}


def test_the_help_of_a_pane_lists_its_own_keys() -> None:
    text = help_text("sessions")
    for each in commands_of(Place.SESSIONS):
        assert each.title in text


@pytest.mark.parametrize(
    ("keys", "label"),
    [
        ("f5,ctrl+enter", "F5"), ("ctrl+n", "^N"), ("slash", "/"), ("alt+up", "Alt+Up"), ("x", "x"), ("N", "N"),
        ("ctrl+pagedown", "Ctrl+PgDn"), ("ctrl+right_square_bracket", "^]"), ("alt+ctrl+f1", "Alt+Ctrl+F1"), ("", ""),
        ("escape", "Esc"),
    ],
)  # fmt: skip
def test_keys_are_written_as_people_write_them(keys: str, label: str) -> None:
    assert key_label(keys) == label
