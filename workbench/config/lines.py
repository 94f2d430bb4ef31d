"""Where in a TOML file something stands, so that a mistake can be told with its line."""

from __future__ import annotations

import re
import tomllib

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\s*({_NAME})\s*\]")
_KEY = re.compile(rf"\s*({_NAME})\s*=")


def line_of(text: str, group: str, name: str) -> int | None:
    """The line (from 1) at which a key of a table stands; None when it is written in a way this does not find.

    Both may be dotted: `[keys] "run.buffer"`, `[keys] run.buffer` and `[keys.run] buffer` are the same place.
    """
    wanted, table = f"{group}.{name}" if group else name, ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _plain(header[1])
        elif (key := _KEY.match(line)) and (f"{table}.{_plain(key[1])}" if table else _plain(key[1])) == wanted:
            return number
    return None


def table_line(text: str, name: str) -> int | None:
    """The line (from 1) of a table's header."""
    for number, line in enumerate(text.splitlines(), 1):
        if (header := _HEADER.match(line)) and _plain(header[1]) == name:
            return number
    return None


def broken_line(text: str, error: tomllib.TOMLDecodeError) -> int:
    """The line (from 1) at which the text is no TOML."""
    at = re.search(r"at line (\d+)", str(error))
    return int(at[1]) if at else max(1, len(text.splitlines()))  # "at end of document"


def _plain(name: str) -> str:
    return ".".join(part.strip("\"'") for part in re.findall(_PART, name))
