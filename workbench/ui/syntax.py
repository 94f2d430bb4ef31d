"""Colours of code in the editor, taken from the colours of the app's theme so that the two never clash."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color
from textual.widgets.text_area import TextAreaTheme

NAME = "house"

# Highlight names of the grammars -> (theme variable, text style).
_STYLES: dict[str, tuple[str, str]] = {
    "comment": ("comment", "italic"),
    **dict.fromkeys(("string", "string.special", "text.literal", "link.uri"), ("text-success", "")),
    **dict.fromkeys(("string.escape", "regex.punctuation.bracket", "regex.operator"), ("text-warning", "")),
    **dict.fromkeys(("number", "float", "boolean", "constant", "constant.builtin", "json.null"), ("text-warning", "")),
    **dict.fromkeys(
        (
            "keyword", "keyword.function", "keyword.return", "keyword.operator", "conditional", "repeat", "exception",
            "include", "storageclass", "type.qualifier", "tag",
        ),
        ("text-primary", "bold"),
    ),
    **dict.fromkeys(
        ("function", "function.call", "function.method", "method", "method.call", "constructor", "json.label"),
        ("function", ""),
    ),
    **dict.fromkeys(("function.builtin", "type.builtin", "variable.builtin"), ("text-secondary", "")),
    **dict.fromkeys(("type", "type.class", "type.definition", "attribute", "preproc"), ("text-accent", "")),
    **dict.fromkeys(("heading", "heading.marker"), ("text-primary", "bold")),
    "bold": ("foreground", "bold"),
    "italic": ("foreground", "italic"),
    "link.label": ("text-accent", "underline"),
    **dict.fromkeys(("error", "json.error"), ("text-error", "underline")),
    **dict.fromkeys(("punctuation.special", "list.marker"), ("text-accent", "")),
}  # fmt: skip


def syntax_theme(variables: Mapping[str, str]) -> TextAreaTheme:
    """The editor's syntax theme for an app theme's CSS variables; what a theme does not say is left plain.

    A theme may set `syntax-NAME` (`syntax-comment`, `syntax-keyword-function`…) to say more.
    """
    foreground = _color(variables.get("foreground")) or Color(200, 200, 200)
    background = _color(variables.get("background")) or Color(20, 20, 20)
    own = {
        "comment": background.blend(foreground, 0.5),
        "function": _blend(foreground, _color(variables.get("text-primary")), 0.55),
        "foreground": foreground,
    }
    styles = {}
    for name, (source, text_style) in _STYLES.items():
        color = (
            _color(variables.get(f"syntax-{name.replace('.', '-')}"))
            or own.get(source)
            or _color(variables.get(source))
        )
        if color is not None:
            styles[name] = Style.parse(text_style or "none") + Style(color=color.rich_color)
    return TextAreaTheme(name=NAME, syntax_styles=styles)


def _color(text: str | None) -> Color | None:
    if not text or text.startswith(("auto", "ansi_")):
        return None
    try:
        return Color.parse(text)
    except ValueError:
        return None


def _blend(base: Color, other: Color | None, share: float) -> Color:
    return base if other is None else base.blend(other, share)
