"""Choosing the colours, with the screen itself as the preview."""

from __future__ import annotations

from typing import ClassVar

from rich.color import Color
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.theme import Theme
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from workbench.ui.modals.dialog import Dialog


class ThemePicker(Dialog[str | None]):
    """The app wears the theme under the cursor; answers the one that was chosen, or None and all is as before."""

    DEFAULT_CSS = """
    ThemePicker { align: right top; background: transparent; }
    ThemePicker > Vertical {
        width: 36; margin: 2 2 0 0; padding: 0 1;
        & OptionList, & OptionList:focus { height: auto; max-height: 16; border: none; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Leave")]

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def compose(self) -> ComposeResult:
        self._before = self.app.theme
        with Vertical() as box:
            box.border_title = "Theme"
            box.border_subtitle = "Enter takes, Esc leaves"
            yield OptionList(*(Option(self._label(self.app.available_themes[name]), id=name) for name in self._names))

    def on_mount(self) -> None:
        if self._before in self._names:
            self.query_one(OptionList).highlighted = self._names.index(self._before)

    @staticmethod
    def _label(theme: Theme) -> Text:
        text = Text(no_wrap=True)
        text.append(f"{theme.name:<20}")
        text.append(f"{'dark' if theme.dark else 'light':<6}", Style(dim=True))
        for colour in (theme.primary, theme.accent, theme.success, theme.error):
            text.append("■", Style(color=Color.parse(colour)) if colour else "")
        return text

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.app.theme = event.option.id or self._before

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_leave(self) -> None:
        """Change nothing."""
        self.app.theme = self._before
        self.dismiss(None)
