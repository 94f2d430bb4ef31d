"""Keys of one's own: taken when they make sense, else named with file and line while the keys before stay."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workbench.config.settings import KeyChoice, KeysSettings
from workbench.ui.commands import COMMANDS, command
from workbench.ui.keymap import PRESETS, KeyMap, _pairs, normal, resolve


def keys(preset: str = "default", **chosen: str) -> KeyMap:
    """The key map for choices on line 1, 2 and so on; `__` stands for the dot of an id."""
    choices = tuple(
        KeyChoice(name.replace("__", "."), text, f"FILE, line {line}")
        for line, (name, text) in enumerate(chosen.items(), 1)
    )
    return resolve(KeysSettings(preset=preset, map=choices))  # type: ignore[arg-type]


def told(found: KeyMap) -> list[str]:
    return [str(problem) for problem in found.problems]


def test_without_choices_every_key_is_the_registrys() -> None:
    found = keys()
    assert found.changed == {}
    assert set(found.keys) == {each.id for each in COMMANDS}


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_a_key_to_two_commands_or_names_one_that_is_none(preset: str) -> None:
    found = keys(preset)
    assert set(PRESETS[preset]) <= set(found.keys)
    taken = [
        (one.id, other.id)
        for one, other in _pairs()
        if set(found.keys[one.id].split(",")) & set(found.keys[other.id].split(",")) - {""}
    ]
    assert taken == []
    for keys_of_one in found.keys.values():
        assert [normal(key) for key in keys_of_one.split(",") if key] == [key for key in keys_of_one.split(",") if key]


def test_a_choice_replaces_all_keys_of_a_command() -> None:
    found = keys(run__buffer="Ctrl+E, F5")
    assert (found.changed, told(found)) == ({"run.buffer": "ctrl+e,f5"}, [])


def test_an_empty_choice_takes_the_keys_away() -> None:
    assert keys(run__batch="").changed == {"run.batch": ""}


def test_a_choice_is_stronger_than_the_preset() -> None:
    found = keys("vim", session__destroy="X")
    assert found.keys["session.destroy"] == "X"
    assert found.keys["output.fold"] == PRESETS["vim"]["output.fold"]


def test_two_commands_can_change_places() -> None:
    found = keys(run__buffer="f6,shift+enter", run__cell="f5,ctrl+enter")
    assert told(found) == []
    assert found.changed == {"run.buffer": "f6,shift+enter", "run.cell": "f5,ctrl+enter"}


def test_a_key_that_is_taken_is_named_and_the_default_stays() -> None:
    found = keys(run__buffer="f8")
    assert found.changed == {}
    assert told(found) == ["FILE, line 1: F8 is the key of run.interrupt; run.buffer keeps F5 and Ctrl+Enter."]


def test_of_two_choices_of_one_key_the_later_gives_way() -> None:
    found = keys(run__buffer="f13", run__cell="f13")
    assert found.changed == {"run.buffer": "f13"}
    assert told(found) == [
        "FILE, line 2: F13 is the key of run.buffer (FILE, line 1); run.cell keeps F6 and Shift+Enter."
    ]


def test_what_gives_way_may_push_another_back() -> None:
    found = keys(run__cell="f5", run__buffer="f8")
    assert found.changed == {}
    assert len(found.problems) == 2


def test_the_same_key_may_mean_two_things_in_two_panes() -> None:
    found = keys(session__rename="e", output__export="e")
    assert (told(found), found.changed) == ([], {"session.rename": "e"})


def test_in_the_terminal_no_key_of_everywhere_is_taken() -> None:
    assert keys(terminal__leave="f12").changed == {"terminal.leave": "f12"}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"run__bufer": "f5"}, "there is no command run.bufer. Did you mean run.buffer?"),
        ({"run__buffer": "ctrl+nokey"}, "'ctrl+nokey' is no key."),
        ({"run__buffer": "strg+x"}, "'strg+x' is no key."),
        ({"run__buffer": "x"}, "x alone would be taken from who types there."),
        ({"terminal__leave": "q"}, "q alone would be taken from who types there."),
        ({"terminal__leave": ""}, "nobody could leave the terminal without a key."),
        ({"buffer__new": "/"}, "/ alone would be taken from who types there."),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(chosen: dict[str, str], said: str) -> None:
    found = keys(**chosen)
    assert found.changed == {}
    assert told(found) == [f"FILE, line 1: {said} The keys stay as they were."]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("F5", "f5"), ("Ctrl+N", "ctrl+n"), ("^n", "ctrl+n"), ("^", "circumflex_accent"), ("/", "slash"),
        ("shift+a", "A"), ("A", "A"), ("ctrl+A", "ctrl+a"), ("Ctrl+Shift+P", "ctrl+shift+p"), ("Esc", "escape"),
        ("alt+.", "alt+full_stop"), ("ctrl++", "ctrl+plus"), ("+", "plus"), ("Meta+x", "alt+x"), (" PgUp ", "pageup"),
        ("shift+ctrl+alt+f1", "alt+ctrl+shift+f1"), ("ctrl+slash", "ctrl+slash"),
        ("ctrl+]", "ctrl+right_square_bracket"),
    ],
)  # fmt: skip
def test_keys_are_read_as_people_write_them(written: str, name: str) -> None:
    assert normal(written) == name


def test_every_key_of_the_registry_is_a_key() -> None:
    for each in COMMANDS:
        assert all(normal(key) == key for key in each.keys.split(",") if key), each.id


def test_the_registry_is_asked_by_id() -> None:
    assert [command(each.id) for each in COMMANDS] == list(COMMANDS)
    assert all(one.id != other.id for one, other in pairwise(COMMANDS))
