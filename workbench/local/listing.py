"""The filter and order mini-languages of GraphQL lists, as pure functions over rows."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<punct>==|!=|>=|<=|[><()&|!\[\],])
      | (?P<string>"(?:\\.|[^"\\])*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*)
    )""",
    re.VERBOSE,
)
_WORDS = {"null": None, "true": True, "false": False}
_DEEPEST = 50


class ListingError(ValueError):
    """A filter or order that makes no sense; the text says where."""


def parse_filter(text: str, fields: frozenset[str]) -> Test:
    """The test that a filter such as `name like "job-%" & status == "RUNNING"` stands for.

    Source: protocol.md §3.4 (`field OP value` joined by `&` and `|`, `!expr`, parentheses). Raises `ListingError`.
    """
    parser = _Parser(_tokens(text), fields)
    test = parser.expression()
    parser.expect_end()
    return test


def parse_order(text: str, fields: frozenset[str]) -> Callable[[Sequence[Row]], list[Row]]:
    """The sort that an order such as `-created_at,+name` stands for; raises `ListingError`."""
    keys = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name = part.lstrip("+-")
        if name not in fields:
            raise ListingError(f"Cannot order by {name!r}.")
        keys.append((name, part.startswith("-")))

    def order(rows: Sequence[Row]) -> list[Row]:
        ordered = list(rows)
        for name, descending in reversed(keys):
            # Rows without a value come last either way.
            ordered.sort(key=lambda row: _sortable(row.get(name)), reverse=descending)
            ordered.sort(key=lambda row: row.get(name) is None)
        return ordered

    return order


def _sortable(value: Any) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        return (0, float(value), "")
    return (1, 0.0, "" if value is None else str(value))


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ListingError(f"The filter makes no sense at character {place + 1}.")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], fields: frozenset[str]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._place = 0
        self._depth = 0

    def expression(self) -> Test:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ListingError("The filter is nested too deeply.")
        tests = [self._conjunction()]
        while self._take("|"):
            tests.append(self._conjunction())
        self._depth -= 1
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def expect_end(self) -> None:
        if self._place < len(self._tokens):
            raise ListingError(f"The filter goes on where it should end: {self._tokens[self._place][1]!r}.")

    def _conjunction(self) -> Test:
        tests = [self._term()]
        while self._take("&"):
            tests.append(self._term())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _term(self) -> Test:
        negate = False
        while self._take("!"):
            negate = not negate
        if self._take("("):
            test = self.expression()
            self._need(")")
        else:
            test = self._comparison()
        return (lambda row: not test(row)) if negate else test

    def _comparison(self) -> Test:
        kind, field = self._next()
        if kind != "word" or field not in self._fields:
            raise ListingError(f"Cannot filter by {field!r}.")
        _, operator = self._next()
        compare = _OPERATORS.get(operator)
        if compare is None:
            raise ListingError(f"There is no operator {operator!r}.")
        value = self._value()
        return lambda row: compare(row.get(field), value)

    def _value(self) -> Any:
        kind, text = self._next()
        match kind:
            case "string":
                return re.sub(r"\\(.)", r"\1", text[1:-1])
            case "number":
                return float(text)
            case "word" if text.lower() in _WORDS:
                return _WORDS[text.lower()]
            case "punct" if text == "[":
                return self._array()
            case _:
                raise ListingError(f"{text!r} is not a value.")

    def _array(self) -> list[Any]:
        values: list[Any] = []
        while not self._take("]"):
            if values:
                self._need(",")
            values.append(self._value())
        return values

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise ListingError("The filter ends too early.")
        self._place += 1
        return self._tokens[self._place - 1]

    def _take(self, punct: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place] == ("punct", punct):
            self._place += 1
            return True
        return False

    def _need(self, punct: str) -> None:
        if not self._take(punct):
            raise ListingError(f"The filter lacks a {punct!r}.")


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, list):
        return right in left
    return bool(left == right)


def _before(left: Any, right: Any) -> bool:
    return left is not None and right is not None and _sortable(left) < _sortable(right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return isinstance(left, list) and right in left


def _like(left: Any, right: Any, *, fold: bool) -> bool:
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    quoted = "".join({"%": "*", "_": "?"}.get(char, f"[{char}]" if char in "*?[" else char) for char in right)
    return fnmatch.fnmatchcase(left.lower() if fold else left, quoted.lower() if fold else quoted)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _same,
    "!=": lambda left, right: not _same(left, right),
    "<": _before,
    ">": lambda left, right: _before(right, left),
    "<=": lambda left, right: _before(left, right) or _same(left, right),
    ">=": lambda left, right: _before(right, left) or _same(left, right),
    "contains": _contains,
    "in": lambda left, right: isinstance(right, list) and left in right,
    "is": lambda left, right: left is right or _same(left, right),
    "isnot": lambda left, right: not (left is right or _same(left, right)),
    "like": lambda left, right: _like(left, right, fold=False),
    "ilike": lambda left, right: _like(left, right, fold=True),
}
