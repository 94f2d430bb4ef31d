"""Server-sent events are read however the bytes are cut."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.wire.events import SessionEvent, session_event
from workbench.wire.sse import LONGEST_EVENT, SseEvent, SseOverflow, SseParser

STREAM = (
    "\ufeffretry: 5\r\n: ping\r\n\r\n"
    'event: session_started\r\ndata: {"a":\r\ndata: 1}\r\nid: 7\r\n\r\n'
    "data:no space\r\ndata\r\n\r\n"
    "event: lost without data\r\n\r\n"
    "event: kernel_terminated\rdata: 한글 🙂\r\r"
    "unknown: x\ndata: last\n\n"
).encode()

EVENTS = [
    SseEvent("session_started", '{"a":\n1}', "7"),
    SseEvent("message", "no space\n", "7"),
    SseEvent("kernel_terminated", "한글 🙂", "7"),
    SseEvent("message", "last", "7"),
]


@given(st.lists(st.integers(min_value=0, max_value=len(STREAM)), max_size=20))
def test_events_are_the_same_wherever_the_chunks_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    parser = SseParser()
    chunks = (STREAM[start:end] for start, end in pairwise(edges))
    assert [event for chunk in chunks for event in parser.feed(chunk)] == EVENTS


def test_one_byte_at_a_time() -> None:
    parser = SseParser()
    assert [event for byte in STREAM for event in parser.feed(bytes([byte]))] == EVENTS


def test_an_unfinished_event_is_not_given() -> None:
    assert list(SseParser().feed(b"data: half\n")) == []


@pytest.mark.parametrize("unit", [b"x" * 65536, b"data: " + b"x" * 65536 + b"\n"])
def test_an_endless_event_is_refused_before_memory_is_full(unit: bytes) -> None:
    parser = SseParser()
    chunks = [unit] * (LONGEST_EVENT // 65536 + 2)
    with pytest.raises(SseOverflow):
        list(chain.from_iterable(map(parser.feed, chunks)))


def test_an_event_names_its_session() -> None:
    data = '{"reason": "idle-timeout", "sessionName": "work", "sessionId": "id-1", "exitCode": null}'
    assert session_event(SseEvent("session_terminated", data, "")) == SessionEvent(
        "session_terminated", "id-1", "work", "idle-timeout"
    )


@pytest.mark.parametrize("data", ["", "not json", "[]", '{"reason": 3}'])
def test_an_event_with_data_of_another_shape_still_is_a_hint(data: str) -> None:
    assert session_event(SseEvent("session_started", data, "")) == SessionEvent("session_started")
