"""The settings: one typed tree, read from a file and from the environment, each with its explanation."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

from workbench.config.lines import broken_line, line_of

ENV_PREFIX = "BACKEND_TUI_"


class UiSettings(Struct, frozen=True, kw_only=True):
    """How the screen looks."""

    theme: Annotated[str, Meta(description="Name of the colour theme.")] = "house-dark"
    graphics: Annotated[
        str,
        Meta(
            pattern="^(auto|kitty|sixel|blocks)$",
            description="How pictures are drawn: auto asks the terminal; or kitty, sixel, blocks.",
        ),
    ] = "auto"


class OutputSettings(Struct, frozen=True, kw_only=True):
    """How much of the output is kept and shown."""

    keep_lines: Annotated[int, Meta(ge=100, le=1_000_000, description="Lines kept of one run's text.")] = 50_000
    keep_runs: Annotated[int, Meta(ge=1, le=2000, description="Runs shown per session; older ones go.")] = 100
    preview_rows: Annotated[int, Meta(ge=2, le=200, description="Rows a picture may take in the output.")] = 24


class TerminalSettings(Struct, frozen=True, kw_only=True):
    """The terminal pane."""

    scrollback: Annotated[int, Meta(ge=0, le=1_000_000, description="Lines kept above the screen.")] = 10_000


class EditorSettings(Struct, frozen=True, kw_only=True):
    """The editor pane."""

    tab_size: Annotated[int, Meta(ge=1, le=16, description="Columns of one indent.")] = 4


class IdleSettings(Struct, frozen=True, kw_only=True):
    """Idle sessions."""

    warn_below: Annotated[float, Meta(ge=0, description="Seconds before a reclaim at which a row shows it.")] = 600.0


class SessionSettings(Struct, frozen=True, kw_only=True):
    """What may be done with sessions."""

    protected: Annotated[
        tuple[str, ...], Meta(description="Names of sessions that are destroyed only when their name is typed.")
    ] = ()
    read_only: Annotated[bool, Meta(description="Whether every command that changes something is off.")] = False


class Settings(Struct, frozen=True, kw_only=True):
    """All of them."""

    ui: UiSettings = field(default_factory=UiSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    editor: EditorSettings = field(default_factory=EditorSettings)
    idle: IdleSettings = field(default_factory=IdleSettings)
    session: SessionSettings = field(default_factory=SessionSettings)


class SettingProblem(Struct, frozen=True):
    """Something in the settings that was not used, and why."""

    where: str
    """File and line, or the environment variable."""
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def load_settings(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Settings, list[SettingProblem]]:
    """The settings of a file under those of the environment (`BACKEND_TUI_<GROUP>_<NAME>`).

    What cannot be used is reported and its default stays; the file is never written here.
    """
    problems: list[SettingProblem] = []
    values = _defaults()
    text = _read(path, problems)
    for group, name, value in _entries(text, path, problems):
        line = line_of(text, group, name)
        _set(values, group, name, value, f"{path}, line {line}" if line else str(path), problems, strict=True)
    for group in values:
        for name in list(values[group]):
            variable = f"{ENV_PREFIX}{group}_{name}".upper()
            if variable in environ:
                given: Any = environ[variable]
                if _type_of(group, name) is tuple:
                    given = [word.strip() for word in given.split(",") if word.strip()]
                _set(values, group, name, given, variable, problems, strict=False)
    return msgspec.convert(values, Settings), problems


def _defaults() -> dict[str, dict[str, Any]]:
    built: dict[str, dict[str, Any]] = msgspec.to_builtins(Settings())
    return built


def _read(path: Path, problems: list[SettingProblem]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        problems.append(SettingProblem(str(path), f"cannot be read: {error}. The defaults are used."))
        return ""


def _entries(text: str, path: Path, problems: list[SettingProblem]) -> Iterator[tuple[str, str, Any]]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = broken_line(text, error)
        problems.append(SettingProblem(f"{path}, line {line}", f"{error}. The defaults are used."))
        return
    for group, entries in tree.items():
        if isinstance(entries, dict):
            yield from ((group, name, value) for name, value in entries.items())
        else:
            yield "", group, entries


def _set(  # noqa: PLR0917 - one place for one entry's whole way
    values: dict[str, dict[str, Any]],
    group: str,
    name: str,
    value: Any,
    where: str,
    problems: list[SettingProblem],
    *,
    strict: bool,
) -> None:
    key = f"{group}.{name}" if group else name
    if name not in values.get(group, {}):
        problems.append(SettingProblem(where, f"there is no setting {key}."))
        return
    try:
        converted = msgspec.convert(value, _hints(group)[name], strict=strict)
    except msgspec.ValidationError as error:
        problems.append(SettingProblem(where, f"{key}: {error}. The default stays."))
        return
    values[group][name] = converted


def _hints(group: str) -> dict[str, Any]:
    return get_type_hints(get_type_hints(Settings)[group], include_extras=True)


def _type_of(group: str, name: str) -> type:
    return type(_defaults()[group][name]) if not isinstance(_defaults()[group][name], (list, tuple)) else tuple
