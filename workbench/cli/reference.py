"""The reference pages of the documentation, written from the registries: `python -m workbench.cli.reference docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args, get_type_hints

from msgspec import Struct

from workbench.config.paths import shipped_themes
from workbench.config.settings import Entry, entries, groups
from workbench.config.themes import SyntaxColors, TerminalColors, ThemeColors, load_themes
from workbench.config.writing import written
from workbench.ui.commands import COMMANDS, Place, commands_of, key_label
from workbench.ui.keymap import PRESETS

_MADE = "<!-- Written by `make docs` from the registries; a test keeps it fresh. -->\n"

_KEYS = """
Every command has an id. The group `keys` of the settings file gives keys to commands by their id, over a preset:

```toml
[keys]
preset = "vim"                   # default, vim or emacs
"run.buffer" = "f5, alt+r"       # these keys instead of the preset's
"session.upload" = "ctrl+u"      # a command that has none
"pane.hide" = ""                 # no key; the palette still has it
```

Keys are written as people write them: `F5`, `Ctrl+N`, `alt+x`, `shift+tab`, `/`. A key that is already taken where the
command applies, an id that does not exist and a key that is none are named with file and line, and the keys before
stay. A letter or sign alone works in lists, not where text is typed. `backend-tui commands` prints what is in force.
"""

_SETTINGS = """
The settings file is `config.toml` in the user's config folder; `backend-tui config path` says where. The environment
is stronger than the file, and the command line stronger than the environment:

```
backend-tui config set output.keep_lines 100000    # writes the file, one line of it
BACKEND_TUI_OUTPUT_KEEP_LINES=100000 backend-tui
backend-tui --set output.keep_lines=100000
backend-tui config show                            # what is in force, and where each comes from
```

In the environment and on the command line a list is written with commas. A value that makes no sense is named with its
line, and what was below it stays. A broken file is named with its line and reason, and the defaults are used; it is
never overwritten. A change keeps the comments of the file and whatever else is in it.
"""

_THEMES = """
A theme is a TOML file in `themes/` of this project or in `themes/` of the user's config folder; one of the same name
there wins. It is chosen with `ui.theme`, or from the palette with a live preview. Files are read again as they change.
A file that is broken is named with its line and changes nothing.

Copy a shipped one, give it another `name`, and change colours. All of them are `#rrggbb`.

With NO_COLOR set, or in a terminal of sixteen colours, the theme that fits is worn until one is chosen.
"""


def pages() -> dict[str, str]:
    """Each page by its file name."""
    defaults = {each.id: each.keys for each in COMMANDS}
    return {
        "commands.md": f"{_MADE}\n# Commands and keys\n{_KEYS}\n{command_tables(defaults)}\n{_presets()}",
        "settings.md": f"{_MADE}\n# Settings\n{_SETTINGS}\n{_settings()}",
        "themes.md": f"{_MADE}\n# Themes\n{_THEMES}\n{_themes()}",
    }


def command_tables(keys: Mapping[str, str]) -> str:
    """A table for each place; `keys` are those of every command by its id."""
    parts = []
    for place in Place:
        if own := commands_of(place):
            title = "Everywhere" if place is Place.WORKBENCH else f"In the {place.value} pane"
            rows = [(_labels(keys[each.id]), each.title, each.help, f"`{each.id}`") for each in own]
            parts.append(f"## {title}\n\n{_table(('Keys', 'Command', 'What it does', 'Id'), rows)}")
    return "\n".join(parts)


def _presets() -> str:
    names = [name for name, keys in PRESETS.items() if keys]
    changed = [each for each in COMMANDS if any(each.id in PRESETS[name] for name in names)]
    rows = [
        (f"`{each.id}`", _labels(each.keys), *(_labels(PRESETS[name].get(each.id, each.keys)) for name in names))
        for each in changed
    ]
    return f"## Presets\n\nWhere they differ:\n\n{_table(('Id', 'default', *names), rows)}"


def _labels(keys: str) -> str:
    return " ".join(f"`{key_label(key)}`" for key in keys.split(",") if key)


def _settings() -> str:
    parts = []
    for group, struct in groups().items():
        own = [each for each in entries().values() if each.group == group]
        rows = [_row(each) for each in own]
        about = (struct.__doc__ or "").strip()
        parts.append(f"## {group}\n\n{about}\n\n{_table(('Setting', 'Default', 'What it is', 'Variable'), rows)}")
    return "\n".join(parts)


def _row(entry: Entry) -> tuple[str, ...]:
    explained = f"{entry.description} {entry.kind[0].upper()}{entry.kind[1:]}."
    return (f"`{entry.name}`", f"`{written(entry.default)}`", explained, f"`{entry.variable}`")


def _themes() -> str:
    loaded, _ = load_themes([shipped_themes()])
    shipped = [(f"`{theme.name}`", "dark" if theme.dark else "light", theme.description) for theme in loaded.values()]
    colors = get_type_hints(ThemeColors, include_extras=True)
    rows = [(f"`{name}`", get_args(hint)[-1].description) for name, hint in colors.items()]
    return "\n".join(
        (
            f"## Shipped\n\n{_table(('Name', '', 'What for'), shipped)}",
            f"## [colors]: the screen\n\n{_table(('Colour', 'Where'), rows)}",
            f"## [syntax]: code\n\n{_names(SyntaxColors)}\n",
            f"## [terminal]: the sixteen that programs choose by number\n\n{_names(TerminalColors)}\n",
        )
    )


def _names(struct: type[Struct]) -> str:
    return ", ".join(f"`{name}`" for name in struct.__struct_fields__) + "."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines)


def main(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
