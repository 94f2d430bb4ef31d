"""Reads the settings: the file under the environment under the command line. Nothing is ever written here."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from workbench.config.lines import broken_line, line_of
from workbench.config.settings import Entry, KeyChoice, Settings, entries

DEFAULT = "default"


class SettingProblem(Struct, frozen=True):
    """Something in the settings that was not used, and why."""

    where: str
    """File and line, the environment variable, or the option."""
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class Loaded(NamedTuple):
    """The settings and how they came about."""

    settings: Settings
    problems: tuple[SettingProblem, ...]
    sources: Mapping[str, str]
    """Where each setting comes from, by its key; `default` for those that nobody set."""


def load_settings(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Settings, list[SettingProblem]]:
    """The settings of a file under those of the environment, and what could not be used."""
    loaded = read_settings(path, environ)
    return loaded.settings, list(loaded.problems)


def read_settings(
    path: Path, environ: Mapping[str, str] = os.environ, options: Mapping[str, str] | None = None
) -> Loaded:
    """The settings of a file, under `BACKEND_TUI_<GROUP>_<NAME>`, under options by their key.

    What cannot be used is reported and what was below it stays.
    """
    reader = _Reader()
    text = reader.text_of(path)
    for group, name, value in reader.tree_of(text, path):
        line = line_of(text, group, name)
        reader.take(group, name, value, f"{path}, line {line}" if line else str(path))
    for entry in entries().values():
        if entry.variable in environ:
            reader.put(entry, environ[entry.variable], entry.variable, entry.parse)
    for key, given in (options or {}).items():
        if key in entries():
            reader.put(entries()[key], given, f"--set {key}", entries()[key].parse)
        else:
            reader.problem(f"--set {key}", f"there is no setting {key}.")
    return reader.loaded()


class _Reader:
    def __init__(self) -> None:
        self._values: dict[str, dict[str, Any]] = {}
        self._sources = dict.fromkeys(entries(), DEFAULT)
        self._problems: list[SettingProblem] = []
        self._keys: list[KeyChoice] = []

    def problem(self, where: str, reason: str) -> None:
        self._problems.append(SettingProblem(where, reason))

    def text_of(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            self.problem(str(path), f"cannot be read: {error}. The defaults are used.")
            return ""

    def tree_of(self, text: str, path: Path) -> Iterator[tuple[str, str, Any]]:
        """Group, name and value of everything in a file."""
        try:
            tree = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.problem(f"{path}, line {broken_line(text, error)}", f"{error}. The defaults are used.")
            return
        for group, named in tree.items():
            if not isinstance(named, dict):
                yield "", group, named
                continue
            for name, value in flat(named) if group == "keys" else named.items():
                yield group, name, value

    def take(self, group: str, name: str, value: Any, where: str) -> None:
        """One entry of the file."""
        key = f"{group}.{name}" if group else name
        if entry := entries().get(key):
            self.put(entry, value, where, entry.convert)
        elif group != "keys":
            self.problem(where, f"there is no setting {key}.")
        elif (keys := key_list(value)) is not None:
            self._keys.append(KeyChoice(name, keys, where))
        else:
            self.problem(where, f"{key} is {value!r}; it must be a text or a list of texts. The default stays.")

    def put(self, entry: Entry, value: Any, where: str, convert: Callable[[Any], Any]) -> None:
        """One value, from wherever."""
        try:
            self._values.setdefault(entry.group, {})[entry.name] = convert(value)
        except ValueError as error:
            stays = "default" if self._sources[entry.key] == DEFAULT else "setting below it"
            self.problem(where, f"{error}. The {stays} stays.")
        else:
            self._sources[entry.key] = where

    def loaded(self) -> Loaded:
        if self._keys:
            self._values.setdefault("keys", {})["map"] = msgspec.to_builtins(self._keys)
        return Loaded(msgspec.convert(self._values, Settings), tuple(self._problems), self._sources)


def flat(named: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names for tables in tables: TOML reads `run.buffer = …` as a table `run`."""
    for name, value in named.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def key_list(value: Any) -> str | None:
    """Keys as the tree holds them, from a text or a list of texts; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ",".join(value)
    return None
