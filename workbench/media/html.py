"""HTML as text a terminal shows: blocks on lines of their own, tables with aligned columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]{0,200})|'([^']{0,200})|([^\s"'>]{1,200}))""", re.IGNORECASE)
_OPENING = re.compile(r"<(?=/?[a-z]|[!?])", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9-]*", re.IGNORECASE)
_SKIPPED = frozenset({"script", "style", "head", "template", "noscript", "svg"})
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "header", "footer", "ul", "ol", "dl", "dt", "dd", "blockquote", "figure", "form"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "pre", "details", "summary", "main", "nav", "hr"}
)
_MAX_CELL = 60
_MAX_COLUMNS = 60


def html_lines(html: str, max_lines: int) -> list[str]:
    """The text of an HTML document or fragment; at most about `max_lines`, never raises."""
    reader = _Reader(max_lines)
    for token in _tokens(html):
        reader.take(token)
    reader.finish()
    return _without_empty_runs(reader.lines)


class _Token(NamedTuple):
    kind: str
    """`text`, `start` or `end`."""
    text: str
    """The text, or the name of the tag."""
    attributes: str = ""


def _tokens(html: str) -> Iterator[_Token]:
    """Tags and text; every character is looked at a bounded number of times, which `html.parser` does not promise."""
    place = 0
    while found := _OPENING.search(html, place):
        opening = found.start()
        if opening > place:
            yield _Token("text", unescape(html[place:opening]))
        is_comment = html.startswith("<!--", opening)
        closing = html.find("-->" if is_comment else ">", opening)
        if closing < 0:
            place = len(html) if is_comment else opening
            break
        place = closing + (3 if is_comment else 1)
        if html[opening + 1] in "!?":
            continue
        token = _tag(html[opening + 1 : closing])
        yield token
        if token.kind == "start" and token.text in _SKIPPED:
            place = _after(html, place, token.text)
    if place < len(html):
        yield _Token("text", unescape(html[place:]))


def _tag(inside: str) -> _Token:
    is_end = inside.startswith("/")
    name = _NAME.match(inside, 1 if is_end else 0)
    assert name is not None
    return _Token("end" if is_end else "start", name[0].lower(), inside[name.end() :])


def _after(html: str, place: int, name: str) -> int:
    """The place behind the end tag of an element whose content is no text."""
    found = re.compile(f"</{name}[^>]*>?", re.IGNORECASE).search(html, place)
    return found.end() if found else len(html)


class _Reader:
    def __init__(self, max_lines: int) -> None:
        self.lines: list[str] = []
        self._max_lines = max_lines
        self._text: list[str] = []
        self._rows: list[list[str]] = []
        self._data_rows: set[int] = set()
        self._tables = 0
        self._in_cell = False
        self._pre = 0

    def take(self, token: _Token) -> None:
        """Go on with the next token."""
        if token.kind == "text":
            self._data(token.text)
        elif token.kind == "end":
            self._end(token.text)
        elif token.text in {"table", "tr", "td", "th"}:
            self._start_in_table(token.text)
        else:
            self._start(token.text, token.attributes)

    def _start(self, tag: str, attributes: str) -> None:
        if tag in {"br", "li"} or tag in _BLOCKS:
            self._pre += tag == "pre"
            self._break()
        match tag:
            case "li":
                self._text.append("• ")
            case "hr":
                self._add("─" * 40)
            case "img":
                alt = _ALT.search(attributes)
                self._text.append(f"[{(alt and alt[alt.lastindex or 0]) or 'picture'}]")

    def _start_in_table(self, tag: str) -> None:
        if tag == "table":
            self._break()
            self._tables += 1
            return
        if not self._tables:  # a fragment that begins within a table
            self._break()
            self._tables = 1
        self._end_cell()
        if tag == "tr":
            if len(self._rows) < self._max_lines:
                self._rows.append([])
            return
        self._in_cell = bool(self._rows)
        if tag == "td" and self._rows:
            self._data_rows.add(len(self._rows) - 1)

    def _end(self, tag: str) -> None:
        match tag:
            case "td" | "th" | "tr" | "table":
                if self._tables:
                    self._end_cell()
                    if tag == "table":
                        self._end_table()
            case _ if tag in _BLOCKS:
                self._pre -= tag == "pre" and self._pre > 0
                self._break()
                if tag == "p" or tag[0] == "h":
                    self._add("")

    def _data(self, data: str) -> None:
        if self._pre and not self._in_cell:
            first, *others = data.split("\n")
            self._text.append(first)
            for line in others:
                self._break()
                self._text.append(line)
        elif not self._tables or self._in_cell:
            self._text.append(data)

    def finish(self) -> None:
        """Write what is still open."""
        while self._tables:
            self._end_table()
        self._break()

    def _take(self) -> str:
        text, self._text = "".join(self._text), []
        return text.rstrip() if self._pre and not self._in_cell else " ".join(text.split())

    def _break(self) -> None:
        if self._in_cell:
            self._text.append(" ")
        elif text := self._take():
            self._add(text)

    def _add(self, line: str) -> None:
        if len(self.lines) <= self._max_lines:
            self.lines.append(line)

    def _end_cell(self) -> None:
        if self._in_cell and self._rows and len(self._rows[-1]) < _MAX_COLUMNS:
            self._rows[-1].append(_shortened(self._take()))
        self._text.clear()
        self._in_cell = False

    def _end_table(self) -> None:
        self._end_cell()
        self._tables = max(0, self._tables - 1)
        if self._tables:
            return
        heads = min(self._data_rows, default=0)
        for line in table_lines(self._rows, heads):
            self._add(line)
        self._rows, self._data_rows = [], set()


def table_lines(rows: list[list[str]], heads: int) -> list[str]:
    """Rows with aligned columns: numbers to the right, a rule under the `heads` first rows."""
    count = max(map(len, rows), default=0)
    if not count:
        return []
    padded = [row + [""] * (count - len(row)) for row in rows]
    columns = list(zip(*padded, strict=True))
    widths = [max(map(display_width, column)) for column in columns]
    right = [_is_numeric(column[heads:]) for column in columns]
    lines = [
        "  ".join(
            _aligned(text, width, to_right=number) for text, width, number in zip(row, widths, right, strict=True)
        )
        for row in padded
    ]
    if 0 < heads < len(rows):
        lines.insert(heads, "  ".join("─" * width for width in widths))
    return [line.rstrip() for line in lines]


def display_width(text: str) -> int:
    """Terminal cells of a text."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _aligned(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - display_width(text))
    return space + text if to_right else text + space


def _is_numeric(column: tuple[str, ...]) -> bool:
    texts = [text.replace(",", "").rstrip("%") for text in column if text]
    return bool(texts) and all(_is_number(text) for text in texts)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"


def _without_empty_runs(lines: list[str]) -> list[str]:
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    while kept and not kept[-1]:
        kept.pop()
    return kept
