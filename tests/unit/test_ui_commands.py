"""The registry of commands is the single source of keys, palette, footer and help."""

from __future__ import annotations

from collections import Counter

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
    assert ids == {each.id for each in COMMANDS if each.keys}


def test_the_help_of_a_pane_lists_its_own_keys() -> None:
    text = help_text("sessions")
    for each in commands_of(Place.SESSIONS):
        assert each.title in text


def test_keys_are_written_as_people_write_them() -> None:
    assert [key_label(keys) for keys in ("f5,ctrl+enter", "ctrl+n", "slash", "alt+up", "x")] == [
        "F5",
        "^N",
        "/",
        "Alt+Up",
        "x",
    ]
