"""A line of a form with things to pick from below it while it has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from workbench.ui.new_session_form import matching


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing to pick."""

    value: str
    """What is put into the line."""
    note: str = ""
    """Said behind it, dim."""
    usable: bool = True


class PickField(Vertical):
    """Words can be typed freely; Down goes into the list, Enter there puts a word into the line."""

    DEFAULT_CSS = """
    PickField { height: auto; }
    PickField > Horizontal { height: 1; }
    PickField > OptionList { display: none; height: auto; max-height: 5; border: none; padding: 0 0 0 13; }
    PickField.-open > OptionList { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "into_list", show=False),
        Binding("up", "back", show=False),
    ]

    @dataclass
    class Submitted(Message):
        """Enter was pressed in the line."""

        field: PickField

    def __init__(
        self,
        label: str,
        picks: Sequence[Pick],
        *,
        id: str,  # noqa: A002
        value: str = "",
        placeholder: str = "",
        many: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._label, self._picks, self._first, self._placeholder = label, picks, value, placeholder
        self._many = many
        self._shown: list[Pick] = []

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(self._label)
            yield Input(self._first, placeholder=self._placeholder, select_on_focus=False)
        yield OptionList()

    @property
    def value(self) -> str:
        """What the line says."""
        return self.query_one(Input).value.strip()

    def on_mount(self) -> None:
        self._fill()

    def _words(self) -> list[str]:
        return self.value.split() if self._many else [self.value]

    def _fill(self) -> None:
        """List what fits the word that is being typed, without what the line has already."""
        words, line = self._words(), self.query_one(Input).value
        typed = words[-1] if words and not (self._many and line.endswith(" ")) else ""
        known = {pick.value for pick in self._picks}
        needle = "" if typed in known or "=" in typed else typed
        left = [pick for pick in self._picks if pick.value not in words]
        self._shown = matching(left, needle, lambda pick: pick.value)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._text(pick), disabled=not pick.usable) for pick in self._shown)
        self._open()

    @staticmethod
    def _text(pick: Pick) -> Text:
        note = ("  " + pick.note if pick.note else "", "dim")
        return Text.assemble(pick.value, note, no_wrap=True, overflow="ellipsis")

    def _open(self) -> None:
        self.set_class(bool(self._shown) and self.has_focus_within, "-open")

    def on_descendant_focus(self) -> None:
        self._open()

    def on_descendant_blur(self) -> None:
        self.call_next(self._open)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        pick = self._shown[event.option_index]
        line = self.query_one(Input)
        words = self._words()
        if self._many:
            if words and not line.value.endswith(" ") and pick.value.startswith(words[-1]):
                words.pop()
            line.value = " ".join([*words, pick.value])
        else:
            line.value = pick.value
        line.cursor_position = len(line.value)
        line.focus()

    def action_into_list(self) -> None:
        """Move from the line into the list."""
        if self._shown and self.query_one(Input).has_focus:
            self.query_one(OptionList).focus()
            self.query_one(OptionList).action_first()

    def action_back(self) -> None:
        """Move from the list back into the line."""
        self.query_one(Input).focus()
