"""Colour themes: TOML files, the shipped ones and a person's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from workbench.config.lines import broken_line, line_of, table_line
from workbench.config.terminal import terminal_colors

Color = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$", description="`#rrggbb`")]

ANSI_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


class ThemeColors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours of the screen."""

    background: Annotated[Color, Meta(description="Behind everything that is worked in: editor, output, terminal.")]
    surface: Annotated[Color, Meta(description="Behind fields and lists of a dialog.")]
    panel: Annotated[Color, Meta(description="Behind header, footer and dialogs.")]
    foreground: Annotated[Color, Meta(description="Text.")]
    muted: Annotated[Color, Meta(description="Text that matters less.")]
    rule: Annotated[Color, Meta(description="Lines between panes.")]
    primary: Annotated[Color, Meta(description="Focus, and what is chosen.")]
    secondary: Annotated[Color, Meta(description="What is beside it.")]
    accent: Annotated[Color, Meta(description="Keys in the footer, links.")]
    success: Annotated[Color, Meta(description="Ready, ended well.")]
    warning: Annotated[Color, Meta(description="Waits for a person, ends soon.")]
    error: Annotated[Color, Meta(description="Failed, lost.")]
    cursor: Annotated[Color, Meta(description="The cursor.")]
    cursor_text: Annotated[Color, Meta(description="Text under a cursor and on a chosen row.")]
    selection: Annotated[Color, Meta(description="Behind selected text.")]


class TerminalColors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The 16 colours that programs choose by number."""

    black: Color
    red: Color
    green: Color
    yellow: Color
    blue: Color
    magenta: Color
    cyan: Color
    white: Color
    bright_black: Color
    bright_red: Color
    bright_green: Color
    bright_yellow: Color
    bright_blue: Color
    bright_magenta: Color
    bright_cyan: Color
    bright_white: Color

    def in_order(self) -> tuple[str, ...]:
        """As programs count them, 0 to 15."""
        return tuple(getattr(self, f"{bright}{name}") for bright in ("", "bright_") for name in ANSI_NAMES)


class SyntaxColors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours of code."""

    comment: Color
    keyword: Color
    string: Color
    escape: Color
    number: Color
    function: Color
    builtin: Color
    type: Color
    punctuation: Color


class Theme(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One theme file."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    description: Annotated[str, Meta(max_length=200, description="What it is for, in a sentence.")] = ""
    dark: Annotated[bool, Meta(description="Whether the background is dark.")] = True
    colors: ThemeColors
    syntax: SyntaxColors
    terminal: TerminalColors
    variables: dict[str, str] = field(default_factory=dict)
    """More of the framework's style variables, for those who know them."""


class ThemeProblem(NamedTuple):
    """A theme file that was not taken, and why."""

    path: Path
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" if self.line else str(self.path)
        return f"{where}: {self.reason}"


def load_themes(folders: Iterable[Path]) -> tuple[dict[str, Theme], list[ThemeProblem]]:
    """Every theme of the folders by name, and the files that could not be used; a later folder wins."""
    loaded: dict[str, Theme] = {}
    failed: list[ThemeProblem] = []
    for path in _files(folders):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            failed.append(ThemeProblem(path, None, f"cannot be read: {error}"))
            continue
        theme = read_theme(path, text)
        if isinstance(theme, ThemeProblem):
            failed.append(theme)
        else:
            loaded[theme.name] = theme
    return loaded, failed


def read_theme(path: Path, text: str) -> Theme | ThemeProblem:
    """One theme file."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return ThemeProblem(path, broken_line(text, error), str(error))
    try:
        return msgspec.convert(tree, Theme)
    except msgspec.ValidationError as error:
        return _mistake(path, text, tree, str(error))


def fitting_theme(usual: str, environ: Mapping[str, str]) -> str:
    """The theme to wear when nobody chose one: what NO_COLOR (no-color.org) asks for, what an old terminal can show."""
    if environ.get("NO_COLOR"):
        return "monochrome"
    return usual if terminal_colors(environ) > 16 else "sixteen"


def stamp(folders: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Changes when a theme file is added, removed or written; cheap enough to ask every second."""
    stamps = []
    for path in _files(folders):
        try:
            stat = path.stat()
        except OSError:
            continue
        stamps.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(stamps)


def _files(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))]


def _mistake(path: Path, text: str, tree: Mapping[str, Any], message: str) -> ThemeProblem:
    """The sentence and the line for what msgspec says, such as ``… - at `$.colors.primary` ``."""
    reason, _, place = message.partition(" - at `$")
    keys = [key for key in place.rstrip("`").split(".") if key]
    if named := re.match(r"Object (missing required|contains unknown) field `([^`]+)`", reason):
        key = ".".join([*keys, named[2]])
        if named[1] == "missing required":
            is_table = not keys and named[2] in {"colors", "syntax", "terminal"}
            return ThemeProblem(
                path, table_line(text, keys[0]) if keys else 1, f"{'[' + key + ']' if is_table else key} is missing"
            )
        return ThemeProblem(path, _line(text, [*keys, named[2]]), f"there is no {key} in a theme")
    value: Any = tree
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    wanted = "is no colour of the form #rrggbb" if "regex" in reason else f"is not what it should be: {reason}"
    return ThemeProblem(path, _line(text, keys), f"{'.'.join(keys)} = {value!r} {wanted}")


def _line(text: str, keys: list[str]) -> int | None:
    if not keys:
        return 1
    return line_of(text, ".".join(keys[:-1]), keys[-1]) or table_line(text, ".".join(keys))
