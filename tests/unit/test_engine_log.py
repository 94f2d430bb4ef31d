"""A run's log: order, bound, cursors."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.console import ConsoleItem, Log, Media, Output
from workbench.engine.log import RunLog


def joined(items: list[ConsoleItem]) -> str:
    return "".join(item.text for item in items if isinstance(item, Output))


def test_items_come_back_in_the_order_they_came() -> None:
    log = RunLog()
    items: list[ConsoleItem] = [
        Output("stdout", "one\n"),
        Media("image/png", "data:"),
        Output("stderr", "two\n"),
        Log("log", "three"),
        Output("stdout", "four"),
    ]
    log.extend(items)
    assert log.read(0) == (items, log.end)
    assert log.text() == "one\ntwo\nfour"
    assert log.lines == 3


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr", "media"]), st.text(max_size=20)), max_size=40))
def test_a_reader_that_reads_in_steps_sees_what_one_that_reads_at_the_end_sees(
    records: list[tuple[str, str]],
) -> None:
    log, cursor, seen = RunLog(), 0, ""
    pictures = 0
    for kind, text in records:
        log.append(Media("image/png", text) if kind == "media" else Output(kind, text))  # type: ignore[arg-type]
        items, cursor = log.read(cursor)
        seen += joined(items)
        pictures += sum(isinstance(item, Media) for item in items)
    everything, end = log.read(0)
    assert seen == joined(everything) == log.text()
    assert pictures == sum(isinstance(item, Media) for item in everything)
    assert end == cursor
    assert log.read(end) == ([], end)


def test_only_the_newest_lines_are_kept_and_the_rest_is_counted() -> None:
    log = RunLog(text_limit=400_000)
    for number in range(100_000):
        log.append(Output("stdout", f"line {number}\n"))
    kept = log.text().splitlines()
    assert log.lines == 100_000
    assert kept[-1] == "line 99999"
    assert kept == [f"line {number}" for number in range(log.dropped_lines, 100_000)]
    assert log.kept_lines == len(kept)
    assert log.dropped_bytes == sum(len(f"line {number}\n") for number in range(log.dropped_lines))


def test_one_record_larger_than_the_bound_keeps_its_end() -> None:
    log = RunLog(text_limit=1_000_000)
    log.append(Output("stdout", "".join(f"{number}\n" for number in range(500_000))))
    assert log.text().endswith("499999\n")
    assert log.lines == 500_000
    assert log.text().splitlines()[0] == str(log.dropped_lines)
    assert len(log.text()) <= 1_000_000


def test_a_reader_that_fell_behind_goes_on_with_what_is_kept() -> None:
    log = RunLog(text_limit=200_000)
    log.append(Output("stdout", "first\n"))
    _, cursor = log.read(0)
    for number in range(50_000):
        log.append(Output("stdout", f"{number}\n"))
    items, end = log.read(cursor)
    assert log.first > cursor
    assert joined(items) == log.text()
    assert end == log.end


def test_a_flood_of_text_does_not_push_pictures_out() -> None:
    log = RunLog(text_limit=100_000)
    log.append(Media("image/png", "data:image/png;base64,AAAA"))
    for _ in range(10):
        log.append(Output("stdout", "x" * 79 + "\n" * 1000))
        log.append(Output("stdout", "y" * 50_000))
    assert isinstance(log.read(0)[0][0], Media)
    assert log.dropped_media == 0


def test_media_beyond_the_bound_go_oldest_first() -> None:
    log = RunLog(media_limit=1000)
    for name in "abc":
        log.append(Media("image/png", name * 400))
    log.append(Media("image/png", "d" * 5000))
    items = log.read(0)[0]
    assert [item.content[0] for item in items if isinstance(item, Media)] == ["b", "c"] or log.dropped_media >= 2
    assert any(isinstance(item, Log) and "too large" in item.text for item in items)


def test_a_hundred_megabytes_cost_the_bound_and_no_more() -> None:
    log = RunLog()
    text = "0123456789abcdef" * 6 + "\n"
    frame = text * 1000
    tracemalloc.start()
    for _ in range(1050):
        log.append(Output("stdout", f"{frame[:-1]}\n"))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert log.lines == 1_050_000
    assert size < 12 * 1024 * 1024


def test_the_question_is_what_stands_on_the_last_line_without_escapes() -> None:
    log = RunLog()
    log.append(Output("stdout", "hello\n\x1b[1mYour \x1b]8;;x\x07name\x1b[0m: "))
    assert log.open_line() == "Your name:"
    log.append(Output("stdout", "\n"))
    assert log.open_line() == ""
    log.append(Output("stdout", "10%\r20%\rGo on? "))
    assert log.open_line() == "Go on?"
    log.append(Media("image/png", ""))
    assert log.open_line() == ""


def test_the_tail_is_the_end_of_the_text_and_the_media_between() -> None:
    log = RunLog()
    log.append(Output("stdout", "a" * 100))
    log.append(Media("image/png", "p"))
    log.append(Output("stderr", "b" * 10))
    assert log.tail(15) == [Output("stdout", "a" * 5), Media("image/png", "p"), Output("stderr", "b" * 10)]


def test_media_are_read_once_by_a_reader_that_follows() -> None:
    log = RunLog(text_limit=100_000)
    log.append(Media("image/png", "1"))
    _, cursor = log.read(0)
    for _ in range(5):
        log.append(Output("stdout", "x" * 60_000))
    log.append(Media("image/png", "2"))
    assert [item.content for item in log.read(cursor)[0] if isinstance(item, Media)] == ["2"]
