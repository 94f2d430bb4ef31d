"""`backend-tui config`: the settings by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.headless import Failure, Misuse, say

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.config.reading import Loaded
    from workbench.config.settings import Entry


@click.group()
def config() -> None:
    """Show and change the settings.

    The settings file is under BACKEND_TUI_<GROUP>_<NAME> in the environment, and that under the command line
    (`backend-tui --set group.name=value`). A file that is broken is reported, never overwritten.
    """


@config.command()
def path() -> None:
    """Print where the settings file is; it need not exist."""
    from workbench.config.paths import settings_file

    click.echo(settings_file())


@config.command()
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: each setting with its value, source and default.")
def show(key: str | None, *, as_json: bool) -> None:
    """Print every setting in force, or one, with where it comes from.

    What is printed can be used as a settings file. Problems go to stderr; the exit code is 1 when there are any.
    """
    loaded = _loaded()
    for problem in loaded.problems:
        say(str(problem))
    entry = _entry(key) if key else None
    if as_json:
        click.echo(json.dumps(_as_json(loaded, entry), indent=2))
    elif entry:
        from workbench.config.writing import written

        click.echo(written(_value(loaded, entry)))
    else:
        click.echo(_as_file(loaded), nl=False)
    if loaded.problems:
        raise SystemExit(1)


@config.command(name="set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Write a setting into the file: `config set ui.theme house-light`.

    Lists are written with commas. The keys of a command are set by its id: `config set keys.run.buffer f5,ctrl+r`;
    an empty text takes them away. Nothing else in the file changes.
    """
    from workbench.config.writing import write_setting

    group, name, converted = _meant(key, value)
    _write(write_setting, group, name, converted)


@config.command()
@click.argument("key")
def unset(key: str) -> None:
    """Take a setting out of the file: its default counts again."""
    from workbench.config.writing import remove_setting

    group, _, name = key.partition(".")
    if not _write(remove_setting, group, name):
        say(f"{key} is not in the settings file.")


def _loaded() -> Loaded:
    from workbench.config.paths import settings_file
    from workbench.config.reading import read_settings

    return read_settings(settings_file())


def _write(change: Any, *what: Any) -> Any:
    from workbench.config.paths import settings_file
    from workbench.config.writing import SettingsFileError

    try:
        done = change(settings_file(), *what)
    except SettingsFileError as error:
        raise Failure(str(error)) from None
    for problem in _loaded().problems:
        say(str(problem))
    return done


def _entry(key: str) -> Entry:
    from workbench.config.settings import entries

    if found := entries().get(key):
        return found
    import difflib

    near = difflib.get_close_matches(key, entries(), 1)
    hint = f"; did you mean {near[0]}?" if near else "; `backend-tui config show` lists them."
    raise Misuse(f"There is no setting {key}{hint}")


def _meant(key: str, value: str) -> tuple[str, str, Any]:
    """Group, name and value for the file; raises `Misuse`."""
    if key.startswith("keys.") and key != "keys.preset":
        return "keys", _command(key.removeprefix("keys.")), value
    entry = _entry(key)
    try:
        converted = entry.parse(value)
    except ValueError as error:
        raise Misuse(f"{error}.") from None
    if key == "ui.theme" and converted not in (there := _themes()):
        raise Misuse(f"There is no theme {converted}; there are {', '.join(there)}.")
    return entry.group, entry.name, converted


def _themes() -> list[str]:
    from workbench.config.paths import theme_dirs
    from workbench.config.themes import load_themes

    return sorted(load_themes(theme_dirs())[0])


def _command(command_id: str) -> str:
    from workbench.ui.commands import COMMANDS

    if command_id not in {each.id for each in COMMANDS}:
        raise Misuse(f"There is no command {command_id}; `backend-tui commands` lists them.")
    return command_id


def _value(loaded: Loaded, entry: Entry) -> Any:
    return getattr(getattr(loaded.settings, entry.group), entry.name)


def _as_json(loaded: Loaded, only: Entry | None) -> dict[str, Any]:
    from workbench.config.settings import entries

    return {
        entry.key: {"value": _value(loaded, entry), "source": loaded.sources[entry.key], "default": entry.default}
        for entry in ([only] if only else entries().values())
    } | ({} if only else {f"keys.{each.command}": {"value": each.keys, "source": each.where} for each in _keys(loaded)})


def _keys(loaded: Loaded) -> Any:
    return loaded.settings.keys.map


def _as_file(loaded: Loaded) -> str:
    from workbench.config.paths import settings_file
    from workbench.config.settings import entries, groups
    from workbench.config.writing import written

    lines = []
    for group, struct in groups().items():
        lines += ["", f"# {(struct.__doc__ or '').strip()}", f"[{group}]"]
        for entry in (each for each in entries().values() if each.group == group):
            source = _short(loaded.sources[entry.key], settings_file())
            lines += [f"# {entry.description} ({entry.kind})"]
            lines += [f"{entry.name} = {written(_value(loaded, entry))}  # {source}"]
        if group == "keys":
            lines += [
                f'"{each.command}" = {written(each.keys)}  # {_short(each.where, settings_file())}'
                for each in _keys(loaded)
            ]
    return "\n".join(lines[1:]) + "\n"


def _short(source: str, file: Path) -> str:
    return source.replace(str(file), file.name, 1)
