"""Changes one setting of the file and leaves everything else of it as it is: comments, order, what nobody knows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.config.files import write_whole
from workbench.config.lines import broken_line, line_of, table_line
from workbench.config.reading import flat

_ABSENT = object()


class SettingsFileError(Exception):
    """The settings file cannot be changed, and stays as it is; the message is one sentence."""


def write_setting(path: Path, group: str, name: str, value: Any) -> None:
    """Set `[group] name` of a file, which is made when it is missing; raises `SettingsFileError`."""
    _change(path, group, name, value)


def remove_setting(path: Path, group: str, name: str) -> bool:
    """Take `[group] name` out of a file; False when it is not there. Raises `SettingsFileError`."""
    return _change(path, group, name, _ABSENT)


def _change(path: Path, group: str, name: str, value: Any) -> bool:
    text = _text(path)
    tree = _parsed(path, text)
    if not isinstance(tree.get(group, {}), dict):
        raise SettingsFileError(f"{path}: {group} is no table. Mend it first; it stays as it is.")
    there = name in _names(tree, group)
    if value is _ABSENT and not there:
        return False
    wanted = _with(tree, group, name, value)
    changed = _replaced(text, group, name, value) if there else _added(text, group, name, value)
    if changed is None or _same(changed) != _flattened(wanted):
        import tomli_w

        changed = tomli_w.dumps(wanted)  # written in a way this does not find; comments go, values stay
    try:
        write_whole(path, changed)
    except OSError as error:
        raise SettingsFileError(f"{path} cannot be written: {error.strerror}.") from None
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileError(f"{path} cannot be read: {error}. It stays as it is.") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = f"{path}, line {broken_line(text, error)}"
        raise SettingsFileError(f"{where}: {error}. Mend it first; it stays as it is.") from None


def _replaced(text: str, group: str, name: str, value: Any) -> str | None:
    """The text with the lines of an entry changed, or without them; None when they are not found."""
    number = line_of(text, group, name)
    if number is None:
        return None
    lines = text.splitlines(keepends=True)
    start = number - 1
    end = next((end for end in range(number, len(lines) + 1) if _is_whole("".join(lines[start:end]))), None)
    if end is None:
        return None
    new = []
    if value is not _ABSENT:
        left = lines[start].partition("=")[0].rstrip()
        new = [f"{left} = {written(value)}{_comment(lines[end - 1]) if end == number else ''}\n"]
    return "".join([*lines[:start], *new, *lines[end:]])


def _added(text: str, group: str, name: str, value: Any) -> str:
    key = name if "." not in name else f'"{name}"'
    new = f"{key} = {written(value)}\n"
    header = table_line(text, group)
    if text and not text.endswith("\n"):
        text += "\n"
    if header is None:
        return f"{text}{chr(10) if text else ''}[{group}]\n{new}"
    lines = text.splitlines(keepends=True)
    end = next((at for at in range(header, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    while end > header and not lines[end - 1].strip():
        end -= 1
    return "".join([*lines[:end], new, *lines[end:]])


def written(value: Any) -> str:
    """A value as TOML writes it, lists on one line."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    import tomli_w

    return tomli_w.dumps({"x": value}).removeprefix("x = ").strip()


def _comment(line: str) -> str:
    """The comment at the end of a line, with the space before it."""
    for at in (at for at, char in enumerate(line) if char == "#"):
        if _is_whole(line[:at]):
            return "  " + line[at:].rstrip()
    return ""


def _is_whole(text: str) -> bool:
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def _with(tree: Mapping[str, Any], group: str, name: str, value: Any) -> dict[str, Any]:
    named = {key: old for key, old in _names(tree, group).items() if key != name}
    if value is not _ABSENT:
        named[name] = list(value) if isinstance(value, tuple) else value
    return {**tree, group: named}


def _names(tree: Mapping[str, Any], group: str) -> dict[str, Any]:
    named = tree.get(group, {})
    if not isinstance(named, dict):
        return {}
    return dict(flat(named)) if group == "keys" else named


def _same(text: str) -> dict[str, Any] | None:
    try:
        return _flattened(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return None


def _flattened(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{group} {name}": value for group in tree for name, value in _names(tree, group).items()} | {
        group: value for group, value in tree.items() if not isinstance(value, dict)
    }
