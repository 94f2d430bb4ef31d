"""Our themes as the framework's: its colours, its style variables, the editor's and the terminal's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.theme import Theme as TextualTheme

from workbench.config.themes import ANSI_NAMES, SyntaxColors, Theme, load_themes

if TYPE_CHECKING:
    from textual.app import App

VARIABLE_DEFAULTS = {"rule": "#3a404c"}
"""Our own style variables, for themes of the framework that do not know them."""

_TEXT = ("primary", "secondary", "accent", "success", "warning", "error")

# Part of a [syntax] table -> highlight names of the grammars.
_SYNTAX = {
    "comment": ("comment",),
    "keyword": (
        "keyword", "keyword.function", "keyword.return", "keyword.operator", "conditional", "repeat", "exception",
        "include", "storageclass", "type.qualifier", "tag", "heading", "heading.marker",
    ),
    "string": ("string", "string.special", "text.literal", "link.uri"),
    "escape": ("string.escape", "regex.punctuation.bracket", "regex.operator"),
    "number": ("number", "float", "boolean", "constant", "constant.builtin", "json.null"),
    "function": ("function", "function.call", "function.method", "method", "method.call", "constructor", "json.label"),
    "builtin": ("function.builtin", "type.builtin", "variable.builtin"),
    "type": ("type", "type.class", "type.definition", "attribute", "preproc"),
    "punctuation": ("punctuation.special", "list.marker"),
}  # fmt: skip


def textual_theme(theme: Theme) -> TextualTheme:
    """The framework's theme for one of ours."""
    colors = theme.colors
    return TextualTheme(
        name=theme.name,
        dark=theme.dark,
        primary=colors.primary,
        secondary=colors.secondary,
        accent=colors.accent,
        foreground=colors.foreground,
        background=colors.background,
        surface=colors.surface,
        panel=colors.panel,
        success=colors.success,
        warning=colors.warning,
        error=colors.error,
        variables={**_screen(theme), **_syntax(theme.syntax), **_terminal(theme), **theme.variables},
    )


def register_themes(app: App[Any], themes: Iterable[Theme]) -> None:
    """Make themes known to an app; those of the same name are replaced, and shown when one is in use."""
    for theme in themes:
        app.register_theme(textual_theme(theme))


async def choose_theme(app: App[Any]) -> None:
    """Ask for a theme, wear it, and keep it in the settings."""
    from workbench.config.paths import settings_file, theme_dirs
    from workbench.config.writing import SettingsFileError, write_setting
    from workbench.ui.modals.themes import ThemePicker

    loaded, _ = await asyncio.to_thread(load_themes, theme_dirs())
    names = sorted(name for name in loaded if name in app.available_themes)
    name = await app.push_screen_wait(ThemePicker(names))
    if name is None:
        return
    try:
        await asyncio.to_thread(write_setting, settings_file(), "ui", "theme", name)
    except SettingsFileError as error:
        app.notify(f"{name} is not kept: {error}", severity="warning", markup=False)


def _screen(theme: Theme) -> dict[str, str]:
    colors = theme.colors
    return {
        **{f"text-{name}": getattr(colors, name) for name in _TEXT},
        "text": colors.foreground,
        "text-muted": colors.muted,
        "rule": colors.rule,
        "border": colors.primary,
        "border-blurred": colors.rule,
        "block-cursor-background": colors.cursor,
        "block-cursor-foreground": colors.cursor_text,
        "block-cursor-blurred-background": colors.selection,
        "block-cursor-blurred-foreground": colors.foreground,
        "input-cursor-background": colors.cursor,
        "input-cursor-foreground": colors.cursor_text,
        "input-selection-background": colors.selection,
        "screen-selection-background": colors.selection,
        "footer-foreground": colors.foreground,
        "footer-background": colors.panel,
        "footer-key-foreground": colors.accent,
        "footer-description-foreground": colors.muted,
        "button-color-foreground": colors.cursor_text,
        "link-color": colors.accent,
        "link-color-hover": colors.cursor_text,
        "scrollbar": colors.rule,
        "scrollbar-hover": colors.muted,
        "scrollbar-active": colors.primary,
        **dict.fromkeys(
            (
                "scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active",
                "scrollbar-corner-color",
            ),
            colors.background,
        ),
    }  # fmt: skip


def _syntax(syntax: SyntaxColors) -> dict[str, str]:
    return {
        f"syntax-{name.replace('.', '-')}": getattr(syntax, part) for part, names in _SYNTAX.items() for name in names
    }


def _terminal(theme: Theme) -> dict[str, str]:
    names = [f"ansi-{bright}{name}" for bright in ("", "bright-") for name in ANSI_NAMES]
    return dict(zip(names, theme.terminal.in_order(), strict=True))
