"""Where in a TOML file something stands, so that a mistake can be told with its line."""

from __future__ import annotations

import re
import tomllib


def line_of(text: str, group: str, name: str) -> int | None:
    """The line (from 1) at which a key of a table stands; None when it is written in a way this does not find."""
    table = ""
    dotted = rf"{re.escape(group)}\s*\.\s*{re.escape(name)}"
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = header[1]
        key = rf"[\"']?{re.escape(name)}[\"']?" if table == group else dotted
        if re.match(rf"\s*{key}\s*=", line):
            return number
    return None


def table_line(text: str, name: str) -> int | None:
    """The line (from 1) of a table's header."""
    header = re.compile(rf"\s*\[\s*{re.escape(name)}\s*\]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if header.match(line)), None)


def broken_line(text: str, error: tomllib.TOMLDecodeError) -> int:
    """The line (from 1) at which the text is no TOML."""
    at = re.search(r"at line (\d+)", str(error))
    return int(at[1]) if at else max(1, len(text.splitlines()))  # "at end of document"
