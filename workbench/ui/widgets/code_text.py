"""Textual's editor over our own document, view and colours: what is drawn and counted is what is in sight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.document._document import Location, Selection
from textual.document._document_navigator import DocumentNavigator
from textual.geometry import Size
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import TextArea
from textual.widgets._text_area import build_byte_to_codepoint_dict

from workbench.domain.cells import is_marker
from workbench.ui.editor.colours import Colour
from workbench.ui.editor.document import CodeDocument
from workbench.ui.editor.folding import cell_ranges
from workbench.ui.editor.view import LineView, visible, width_of
from workbench.ui.glyphs import FOLDED, UNFOLDED

COLOUR_LIMIT = 1_000_000
"""Characters above which code is plain: the grammar reads all of it again after a change."""
SETTLE_AFTER = 0.2
"""Seconds without a change after which a large text is coloured anew."""
_LONG_LINE = 4000
"""Characters above which only the part of a line in sight is drawn, without colours."""
_BRACKET_REACH = 20_000
"""Characters that are searched for the other bracket."""


class CodeText(TextArea, inherit_bindings=False):
    """The look of a buffer; every cost follows what is seen or changed, not the size of the text."""

    document: CodeDocument
    wrapped_document: LineView
    _settling: Timer | None = None

    def _set_document(self, text: str, language: str | None) -> None:
        del language
        before: object = self.document
        colours = before.colours if isinstance(before, CodeDocument) else None
        if colours is not None:
            colours.forget()
        self.document = CodeDocument(text, self.indent_width)
        self.document.colours = colours
        self.wrapped_document = LineView(self.document, self.indent_width, lambda: cell_ranges(self.document.lines))
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _build_highlight_map(self) -> None:
        # The colours follow the edits by themselves, and a drawn line is kept under what it shows.
        if self.is_mounted and self.document.colours is not None and self.document.characters <= COLOUR_LIMIT:
            self._settle_soon()

    def _settle_soon(self) -> None:
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_AFTER, self._settle)

    def _settle(self) -> None:
        colours = self.document.colours
        if colours is not None and colours.settle(self.document.lines):
            self.refresh()

    def _refresh_size(self) -> None:
        width, _ = self.document.get_size(self.indent_width)
        self.virtual_size = Size(width + self.gutter_width + 1, self.wrapped_document.height)
        self._refresh_scrollbars()

    def _yield_character_locations(self, start: Location) -> Iterable[tuple[str, Location]]:
        return islice(super()._yield_character_locations(start), _BRACKET_REACH)

    def _yield_character_locations_reverse(self, start: Location) -> Iterable[tuple[str, Location]]:
        return islice(super()._yield_character_locations_reverse(start), _BRACKET_REACH)

    # -- moving over folds --------------------------------------------------------------------------------------------

    def get_cursor_up_location(self) -> Location:
        """The place one row up; the start of the text from its first row."""
        return self._beside(-1)

    def get_cursor_down_location(self) -> Location:
        """The place one row down; the end of the text from its last row."""
        return self._beside(1)

    def _beside(self, by: int) -> Location:
        view = self.wrapped_document
        line, _ = self.cursor_location
        row = view.row_of(line) + by
        if row < 0:
            return 0, 0
        if row >= view.height:
            return line, len(self.document[line])
        target = view.line_of(row)
        return target, view.get_target_document_column(target, self.navigator.last_x_offset, 0)

    def _watch_selection(self, previous_selection: Selection, selection: Selection) -> None:
        if self.wrapped_document.folded and self.wrapped_document.reveal(selection.end[0]):
            self.folds_changed()
        super()._watch_selection(previous_selection, selection)

    def folds_changed(self) -> None:
        """Draw again after folding."""
        self._line_cache.clear()
        self._refresh_size()
        self._recompute_cursor_offset()  # type: ignore[no-untyped-call]
        self.refresh()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def marks(self, line: int) -> Sequence[tuple[int, int, str]]:
        """What else is marked in a line: from, to, component class. For subclasses."""
        del line
        return ()

    def render_line(self, y: int) -> Strip:
        """One row, from the cache when nothing of it changed."""
        scroll_x, scroll_y = self.scroll_offset
        view, row = self.wrapped_document, scroll_y + y
        if row >= view.height or self._theme is None:
            return Strip.blank(self.size.width, self.rich_style)
        line = view.line_of(row)
        gutter = self.gutter_width
        (top, _), (bottom, _) = sorted(self.selection)
        key = (
            line,
            self.document[line],
            self._colours_of(line),
            tuple(self.marks(line)),
            self.size,
            scroll_x,
            self.selection if top <= line <= bottom else None,
            self._draw_cursor if line == self.selection.end[0] else None,
            self._matching_bracket_location if line in self._bracket_lines() else None,
            gutter,
            view.hidden_below(line) if view.folded else 0,
        )
        strip = self._line_cache.get(key)
        if strip is None:
            strip = self._line_cache[key] = self._draw(line, scroll_x)
        return strip

    def _bracket_lines(self) -> tuple[int, ...]:
        other = self._matching_bracket_location
        return () if other is None else (other[0], self.selection.end[0])

    def _draw(self, line: int, scroll_x: int) -> Strip:
        theme, width = self._theme, max(0, self.size.width - self.gutter_width)
        base = theme.base_style or self.rich_style
        here = self._has_cursor and self.highlight_cursor_line and line == self.selection.end[0]
        row_style = theme.cursor_line_style if here else None
        raw = self.document[line]
        first, last = 0, len(raw)
        if len(raw) > _LONG_LINE:
            first = self.wrapped_document.get_target_document_column(line, scroll_x, 0)
            last = min(last, first + 2 * width + 8)
            scroll_x -= width_of(raw[:first], self.indent_width)
        text = Text(visible(raw[first:last]) + " ", end="", no_wrap=True)
        if row_style:
            text.stylize(row_style)
        self._paint(text, line, first, plain=len(raw) > _LONG_LINE)
        text.expand_tabs(self.indent_width)
        drawn = Strip(text.render(self.app.console)).crop(scroll_x, scroll_x + width)
        drawn = drawn.extend_cell_length(width, row_style)
        if is_marker(raw):
            drawn = self._ruled(drawn, width_of(raw, self.indent_width) - scroll_x + 1, width, line)
        if self.show_line_numbers:
            drawn = Strip.join([self._gutter(line, here=here, marker=is_marker(raw)), drawn])
        return drawn.apply_style(base)

    def _gutter(self, line: int, *, here: bool, marker: bool) -> Strip:
        style = self._theme.cursor_line_gutter_style if here else self._theme.gutter_style
        sign = " "
        if marker:
            sign = FOLDED if line in self.wrapped_document.folded else UNFOLDED
        width = self.gutter_width
        return Strip([Segment(f"{line + self.line_number_start:>{width - 2}}{sign} ", style)], width)

    def _ruled(self, drawn: Strip, start: int, width: int, line: int) -> Strip:
        hidden = self.wrapped_document.hidden_below(line)
        label = f" {hidden} lines " if hidden else ""
        left = max(0, start)
        if left + len(label) + 2 > width:
            return drawn
        rule = "─" * (width - left - len(label) - 2) + label + "──"
        style = self.get_component_rich_style("code-text--rule", partial=True)
        return Strip.join([drawn.crop(0, left), Strip([Segment(rule, style)], width - left)])

    def _paint(self, text: Text, line: int, first: int, *, plain: bool) -> None:
        """Colours, marks, selection, brackets and cursor, in that order: later ones cover earlier ones."""
        if not plain:
            self._paint_colours(text, line)
        for start, end, component in self.marks(line):
            text.stylize(self.get_component_rich_style(component), max(0, start - first), max(0, end - first))
        self._paint_selection(text, line, first)
        row, column = self.selection.end
        bracket = self._matching_bracket_location
        if bracket is not None and self.selection.is_empty and self._theme.bracket_matching_style:
            for at in (bracket, (row, column)):
                if at[0] == line and at[1] >= first:
                    text.stylize(self._theme.bracket_matching_style, at[1] - first, at[1] - first + 1)
        if row == line and self._draw_cursor and self._theme.cursor_style and column >= first:
            text.stylize(self._theme.cursor_style, column - first, column - first + 1)

    def _paint_colours(self, text: Text, line: int) -> None:
        colours = self._colours_of(line)
        if not colours:
            return
        style_of = self._theme.syntax_styles.get
        raw = self.document[line]
        places = None if raw.isascii() else build_byte_to_codepoint_dict(raw.encode())
        for start, end, name in colours:
            style = style_of(name)
            if style is not None:
                if places is not None:
                    start, end = places.get(start, 0), None if end is None else places.get(end)  # noqa: PLW2901
                text.stylize(style, start, end)

    def _colours_of(self, line: int) -> tuple[Colour, ...]:
        document = self.document
        if document.colours is None or document.characters > COLOUR_LIMIT:
            return ()
        return document.colours.line(document.lines, line)

    def _paint_selection(self, text: Text, line: int, first: int) -> None:
        (top, left), (bottom, right) = sorted(self.selection)
        style = self._theme.selection_style
        if style is None or (top, left) == (bottom, right) or not top <= line <= bottom:
            return
        start = left if line == top else 0
        if line < bottom:
            right = len(self.document[line])
            if right == 0 and line != self.selection.end[0]:
                # A mark for the line end of an empty line that is selected.
                text.plain = "▌"
                text.stylize(Style(color=style.bgcolor))
                return
        text.stylize(style, max(0, start - first), max(0, right - first))
