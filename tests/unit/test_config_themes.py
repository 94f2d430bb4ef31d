"""Themes: the shipped ones are legible, a broken one names its line and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from rich._palettes import STANDARD_PALETTE
from textual.app import App

from workbench.config.paths import shipped_themes
from workbench.config.themes import Theme, ThemeProblem, fitting_theme, load_themes, read_theme, stamp
from workbench.ui.syntax import syntax_theme
from workbench.ui.themes import VARIABLE_DEFAULTS, register_themes, textual_theme

SHIPPED = load_themes([shipped_themes()])[0]
DARK = (shipped_themes() / "house-dark.toml").read_text()


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_shipped_theme_loads() -> None:
    assert load_themes([shipped_themes()])[1] == []
    assert {name: theme.dark for name, theme in SHIPPED.items()} == {
        "house-dark": True,
        "house-light": False,
        "high-contrast-dark": True,
        "high-contrast-light": False,
        "clear-dark": True,
        "clear-light": False,
        "sixteen": True,
        "monochrome": True,
    }
    assert [theme.name for theme in SHIPPED.values() if not theme.description.endswith(".")] == []


def pairs(theme: Theme) -> Iterator[tuple[str, str, str, str]]:
    """Every text colour on every background that it is shown on: names and colours of both."""
    colors, syntax = theme.colors, theme.syntax
    text = ("foreground", "muted", "primary", "secondary", "accent", "success", "warning", "error")
    for name, under in product(text, ("background", "surface", "panel", "selection")):
        yield name, getattr(colors, name), under, getattr(colors, under)
    for under in ("cursor", "primary", "accent", "success", "warning", "error"):
        yield "cursor_text", colors.cursor_text, under, getattr(colors, under)
    for name, under in product(syntax.__struct_fields__, ("background", "selection")):
        yield name, getattr(syntax, name), under, getattr(colors, under)


def enough(theme: Theme) -> float:
    return 7.0 if theme.name.startswith("high-contrast") else 4.5


@pytest.mark.parametrize("theme", SHIPPED.values(), ids=SHIPPED)
def test_all_text_can_be_read(theme: Theme) -> None:
    ratios = {(name, under): round(contrast(color, below), 2) for name, color, under, below in pairs(theme)}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < enough(theme)} == {}


@pytest.mark.parametrize("theme", SHIPPED.values(), ids=SHIPPED)
def test_panels_and_a_selection_can_be_told_from_what_is_around(theme: Theme) -> None:
    colors = theme.colors
    assert contrast(colors.rule, colors.background) >= 1.5
    assert contrast(colors.selection, colors.background) >= 1.2


@pytest.mark.parametrize(
    "theme", [theme for theme in SHIPPED.values() if theme.name != "sixteen"], ids=lambda t: t.name
)
def test_the_terminals_colours_can_be_read(theme: Theme) -> None:
    numbered = dict(enumerate(theme.terminal.in_order()))
    if theme.dark:
        del numbered[0]  # black is what programs paint behind
    poor = {number: round(contrast(color, theme.colors.background), 2) for number, color in numbered.items()}
    assert {number: ratio for number, ratio in poor.items() if ratio < enough(theme)} == {}


def every_color(theme: Theme) -> set[str]:
    tables = (theme.colors, theme.syntax, theme.terminal)
    return {getattr(table, name) for table in tables for name in table.__struct_fields__}


def test_the_theme_of_sixteen_colours_has_no_other() -> None:
    there = {f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in map(STANDARD_PALETTE.__getitem__, range(16))}
    assert every_color(SHIPPED["sixteen"]) - there == set()
    assert SHIPPED["sixteen"].terminal.in_order() == tuple(
        f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in map(STANDARD_PALETTE.__getitem__, range(16))
    )


def test_the_monochrome_theme_has_no_colour() -> None:
    assert [color for color in every_color(SHIPPED["monochrome"]) if not color[1:3] == color[3:5] == color[5:7]] == []


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"NO_COLOR": "1", "TERM": "xterm-256color"}, "monochrome"),
        ({"NO_COLOR": "", "TERM": "xterm-256color"}, "house-dark"),
        ({"TERM": "linux"}, "sixteen"),
        ({"TERM": "xterm"}, "sixteen"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "house-dark"),
        ({"TERM": "screen-256color"}, "house-dark"),
        ({"TERM": "xterm-kitty"}, "house-dark"),
        ({"TERM": "xterm-ghostty"}, "house-dark"),
        ({"TERM": "tmux-direct"}, "house-dark"),
    ],
)
def test_without_a_choice_the_theme_fits_the_terminal(environ: dict[str, str], theme: str) -> None:
    assert fitting_theme("house-dark", environ) == theme


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('primary = "#82b7f5"', 'primary = "blue"', 12, "colors.primary = 'blue' is no colour of the form #rrggbb"),
        ('primary = "#82b7f5"', "primary = 7", 12, "colors.primary = 7 is not what it should be"),
        ('primary = "#82b7f5"\n', "", 5, "colors.primary is missing"),
        ('primary = "#82b7f5"', 'primary = "#82b7f5"\nprimry = "#000000"', 13, "there is no colors.primry in a theme"),
        ('primary = "#82b7f5"', "primary = ", 12, "Invalid value"),
        ("[syntax]", "[sintax]", 22, "there is no sintax in a theme"),
        ("dark = true", 'dark = "yes"', 3, "dark = 'yes' is not what it should be"),
        ("[colors]", "[colors", 5, "Expected"),
    ],
)
def test_a_broken_file_names_its_line_and_the_reason(old: str, new: str, line: int, reason: str) -> None:
    assert old in DARK
    problem = read_theme(Path("mine.toml"), DARK.replace(old, new, 1))
    assert isinstance(problem, ThemeProblem)
    assert reason in problem.reason
    assert str(problem).startswith(f"mine.toml, line {line}: ")


def test_a_table_that_is_left_out_is_named() -> None:
    problem = read_theme(Path("mine.toml"), DARK.partition("[terminal]")[0])
    assert str(problem) == "mine.toml, line 1: [terminal] is missing"


def test_a_persons_theme_wins_and_a_broken_one_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(DARK.replace("#82b7f5", "#ffffff"))
    (tmp_path / "broken.toml").write_text("name =")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    loaded, failed = load_themes([shipped_themes(), tmp_path, tmp_path / "absent"])
    assert loaded["house-dark"].colors.primary == "#ffffff"
    assert set(loaded) == set(SHIPPED)
    assert [problem.path.name for problem in failed] == ["binary.toml", "broken.toml"]


def test_a_written_theme_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DARK)
    before = stamp([tmp_path])
    assert stamp([tmp_path]) == before
    os.utime(path, (1, 1))
    assert stamp([tmp_path]) != before


@pytest.mark.parametrize("theme", SHIPPED.values(), ids=SHIPPED)
async def test_a_theme_reaches_screen_editor_and_terminal(theme: Theme) -> None:
    class Plain(App[None]):
        CSS = "Screen { border: solid $rule; }"

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return VARIABLE_DEFAULTS

    app = Plain()
    async with app.run_test():
        register_themes(app, [theme])
        app.theme = theme.name
        variables = app.get_css_variables()
    assert variables["text-muted"] == theme.colors.muted
    assert variables["text-error"] == theme.colors.error
    assert variables["rule"] == theme.colors.rule
    assert variables["ansi-bright-red"] == theme.terminal.bright_red
    assert variables["screen-selection-background"] == theme.colors.selection
    keyword = syntax_theme(variables).syntax_styles["keyword.function"]
    assert keyword.color is not None
    assert keyword.color.get_truecolor().hex == theme.syntax.keyword


def test_a_theme_may_set_any_variable_of_the_framework() -> None:
    theme = read_theme(Path("mine.toml"), DARK + '\n[variables]\n"footer-key-foreground" = "#ffffff"\n')
    assert isinstance(theme, Theme)
    assert textual_theme(theme).variables["footer-key-foreground"] == "#ffffff"
