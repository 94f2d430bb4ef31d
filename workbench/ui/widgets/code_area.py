"""The text of one buffer: Textual's editor with indenting and our colours, and without the keys that are ours."""

from __future__ import annotations

import re
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from workbench.ui import syntax
from workbench.ui.editor import languages
from workbench.ui.widgets.code_text import CodeText

BURST = 0.008
"""Seconds: an Enter that follows another key faster was not typed by a person, and gets no indent added."""

_INDENT = re.compile(r"[ \t]*")
_OURS = {"f6", "f7"}


class CodeArea(CodeText, inherit_bindings=False):
    """One buffer of the editor."""

    DEFAULT_CSS = """
    CodeArea, CodeArea:focus {
        border: none; padding: 0; background: $background;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        & .text-area--gutter { color: $foreground 35%; }
        & .text-area--cursor-line { background: $foreground 4%; }
        & .text-area--cursor-gutter { color: $foreground 80%; background: $foreground 4%; text-style: none; }
        & .code-text--rule { color: $rule; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"code-text--rule"}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            each
            for each in TextArea.BINDINGS
            if not isinstance(each, Binding) or each.key not in {*_OURS, "home,ctrl+a"}
        ),
        Binding("home", "cursor_line_start", "Line start", show=False),
        Binding("ctrl+a", "select_all", "Select all", show=False),
        Binding("shift+tab", "dedent", "Less indent", show=False),
    ]

    def __init__(self, name: str, text: str, *, cursor: tuple[int, int] = (0, 0), problem: str = "") -> None:
        super().__init__(
            problem or text,
            soft_wrap=False,
            tab_behavior="indent",
            show_line_numbers=not problem,
            max_checkpoints=500,
        )
        self.buffer_name = name
        self.language_of = languages.of_file(name)
        self.document.colours = None if problem else languages.new_colours(self.language_of)
        self.problem = problem
        self.unsaved = False
        """The text on disk is older than the one on screen."""
        if problem:
            self.read_only = True
        self._start = cursor
        self._last_key = 0.0
        self.typed_at = 0.0
        """When text was last typed or deleted in it (monotonic)."""

    def on_mount(self) -> None:
        self._recolor()
        self.app.theme_changed_signal.subscribe(self, self._recolor)
        self.move_cursor(self._start)

    def _recolor(self, _: object = None) -> None:
        self.register_theme(syntax.syntax_theme(self.app.theme_variables))
        self.theme = syntax.NAME

    @property
    def cursor(self) -> tuple[int, int]:
        """Line and column of the cursor, from 0."""
        return self.cursor_location if self.is_mounted else self._start

    def rename(self, name: str) -> None:
        """Take another name; its suffix chooses the colours."""
        self.buffer_name = name
        self.language_of = languages.of_file(name)
        self.document.colours = languages.new_colours(self.language_of)
        self.folds_changed()

    def show_line(self, line: int) -> None:
        """Put the cursor at the start of a line (from 1) and the line in the middle."""
        at = max(0, min(line - 1, self.document.line_count - 1))
        self.move_cursor((at, len(_indent_of(self.document[at]))), center=True)

    async def _on_key(self, event: events.Key) -> None:
        since, self._last_key = event.time - self._last_key, event.time
        if event.is_printable or event.key in {"enter", "tab", "backspace"}:
            self.typed_at = monotonic()
        if self.read_only:
            return
        if event.key.startswith("alt+"):
            event.prevent_default()  # a command's key, though it comes with a character
            return
        if event.key == "enter" and since > BURST:
            start, end = self.selection
            self._replace_via_keyboard("\n" + self._next_indent(), start, end)
        elif event.key == "tab" and self._selects_lines():
            self._shift_lines(right=True)
        else:
            return
        event.stop()
        event.prevent_default()

    def _next_indent(self) -> str:
        row, column = min(self.selection)
        before = self.document[row][:column]
        indent = _indent_of(before)
        opens = before.rstrip().endswith((":", "(", "[", "{")) and "#" not in before
        return indent + " " * self.indent_width if opens else indent

    def action_delete_left(self) -> None:
        """Delete one character, or one step of indent."""
        row, column = self.cursor_location
        before = self.document[row][:column]
        if self.selection.is_empty and before and not before.strip(" "):
            self._delete_via_keyboard((row, (column - 1) // self.indent_width * self.indent_width), (row, column))
        else:
            super().action_delete_left()

    def action_dedent(self) -> None:
        """Take one step of indent off the selected lines."""
        self._shift_lines(right=False)

    def _selects_lines(self) -> bool:
        return self.selection.start[0] != self.selection.end[0]

    def _shift_lines(self, *, right: bool) -> None:
        selection = self.selection
        (top, _), (bottom, end) = sorted(selection)
        last = bottom - 1 if end == 0 and bottom > top else bottom
        step = " " * self.indent_width
        lines = [self.document[row] for row in range(top, last + 1)]
        if right:
            shifted = [step + line if line.strip() else line for line in lines]
        else:
            shifted = [line[min(len(_indent_of(line)), self.indent_width) :] for line in lines]
        if shifted == lines:
            return
        self.replace("\n".join(shifted), (top, 0), (last, len(lines[-1])))
        moved = {top: len(shifted[0]) - len(lines[0]), last: len(shifted[-1]) - len(lines[-1])}
        start, finish = ((row, max(0, column + moved.get(row, 0)) if column else 0) for row, column in selection)
        self.selection = Selection(start, finish)


def _indent_of(line: str) -> str:
    found = _INDENT.match(line)
    return found.group() if found else ""
