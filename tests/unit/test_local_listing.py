"""The filter and order languages of lists."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.local.listing import ListingError, parse_filter, parse_order

FIELDS = frozenset({"name", "status", "priority", "agents", "terminated_at"})
ROWS: list[dict[str, Any]] = [
    {"name": "job-1", "status": "RUNNING", "priority": 10, "agents": ["a"], "terminated_at": None},
    {"name": "job-2", "status": "TERMINATED", "priority": 5, "agents": ["b"], "terminated_at": "2026-01-02"},
    {"name": "Other", "status": "ERROR", "priority": 20, "agents": [], "terminated_at": "2026-01-01"},
]


def names(text: str) -> list[str]:
    test = parse_filter(text, FIELDS)
    return [row["name"] for row in ROWS if test(row)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name == "job-1"', ["job-1"]),
        ('name != "job-1"', ["job-2", "Other"]),
        ('name like "job-%"', ["job-1", "job-2"]),
        ('name like "job-_" & status == "RUNNING"', ["job-1"]),
        ('name ilike "OTHER"', ["Other"]),
        ('name like "[j]%"', []),
        ('status in ["ERROR", "RUNNING"]', ["job-1", "Other"]),
        ("priority >= 10", ["job-1", "Other"]),
        ("priority < 10", ["job-2"]),
        ("terminated_at is null", ["job-1"]),
        ("terminated_at isnot null", ["job-2", "Other"]),
        ('agents contains "b"', ["job-2"]),
        ('name contains "ob"', ["job-1", "job-2"]),
        ("name contains 1", []),
        ('!(status == "RUNNING" | status == "ERROR")', ["job-2"]),
        ('!!name == "Other"', ["Other"]),
        ('status == "RUNNING" | status == "ERROR" & priority > 15', ["job-1", "Other"]),
        ('terminated_at > "2026-01-01"', ["job-2"]),
        ('name == "a \\"quoted\\" one"', []),
    ],
)
def test_a_filter_picks_its_rows(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name ==",
        'secret == "x"',
        'name ~ "x"',
        'name == "x" name',
        "(" * 500,
        'name == "x',
        "name in [1 2]",
        ";",
    ],
)
def test_a_filter_that_makes_no_sense_says_so(text: str) -> None:
    with pytest.raises(ListingError):
        parse_filter(text, FIELDS)


@given(st.text(alphabet='name"&|!()[]=<> 1,\\', max_size=60))
def test_any_text_is_a_filter_or_a_clean_error(text: str) -> None:
    try:
        test = parse_filter(text, FIELDS)
    except ListingError:
        return
    assert all(test(row) in {True, False} for row in ROWS)


def test_an_order_sorts_by_each_key_and_puts_missing_values_last() -> None:
    assert [row["name"] for row in parse_order("-priority", FIELDS)(ROWS)] == ["Other", "job-1", "job-2"]
    assert [row["name"] for row in parse_order("+terminated_at", FIELDS)(ROWS)] == ["Other", "job-2", "job-1"]
    assert [row["name"] for row in parse_order("-terminated_at,name", FIELDS)(ROWS)] == ["job-2", "Other", "job-1"]
    with pytest.raises(ListingError):
        parse_order("shoe_size", FIELDS)
