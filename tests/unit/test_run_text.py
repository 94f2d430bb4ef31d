"""What a block says of its run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.run import BatchCommands, Mode, Phase, PhaseEnded, RunRequest, RunState
from workbench.engine.run import Run
from workbench.ui import run_text


def run_of(code: str = "print(1)", state: RunState = RunState.FINISHED, **changes: object) -> Run:
    run = Run(RunRequest(code=code, source="a.py", first_line=10), 3)
    run.state = state
    for name, value in changes.items():
        setattr(run, name, value)
    return run


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.00 s"), (0.414, "0.41 s"), (12.44, "12.4 s"), (271, "4:31"), (3723, "1:02:03")],
)
def test_durations_read_at_a_glance(seconds: float, text: str) -> None:
    assert run_text.took(seconds) == text


def test_a_queued_run_says_its_place() -> None:
    line = run_text.headline(run_of(state=RunState.QUEUED, queue_place=2))
    assert line.word == "queued, 2nd in line"
    assert line.duration == ""


def test_a_failed_run_says_its_exit_code() -> None:
    line = run_text.headline(run_of(state=RunState.FAILED, exit_code=3))
    assert (line.glyph, line.word) == ("✗", "failed, exit code 3")


def test_the_title_is_the_first_line_of_code_and_says_that_there_is_more() -> None:
    assert run_text.headline(run_of("# %% plot\n\nplot(x)\nshow()")).title == "plot(x) …"
    assert run_text.headline(run_of("plot(x)")).title == "plot(x)"
    assert run_text.headline(run_of("")).title == "(no code)"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_places_in_line(number: int, text: str) -> None:
    assert run_text.ordinal(number) == text


def test_the_note_ends_the_block_as_a_sentence() -> None:
    run = run_of(state=RunState.LOST, note="lost the stream at 12.4 s; the server may still be running this code")
    assert run_text.ending(run).startswith("Lost the stream at 12.4 s")
    assert run_text.ending(run_of()) == ""


def test_the_steps_of_a_batch_show_with_their_exit_codes() -> None:
    run = Run(RunRequest(mode=Mode.BATCH, batch=BatchCommands(build="make", exec="./a")), 1)
    run.state = RunState.RUNNING
    run.end_phase(PhaseEnded(Phase.CLEAN, 0))
    assert run_text.phases(run) == "clean ✓   build ▶"
    run.end_phase(PhaseEnded(Phase.BUILD, 2))
    run.state = RunState.FAILED
    assert run_text.phases(run) == "clean ✓   build ✗ exit code 2"


def test_a_query_run_has_no_steps() -> None:
    assert run_text.phases(run_of()) == ""


def test_what_was_dropped_is_said() -> None:
    assert run_text.kept(100_000, 1_204_331) == "kept the last 100,000 of 1,204,331 lines"
    assert run_text.kept(5, 5) == ""


def test_plain_text_is_what_a_terminal_would_have_left() -> None:
    assert run_text.plain("\x1b[31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\") == "red link"
    assert run_text.plain("10%\r50%\r100%\ndone") == "100%\ndone"
    assert run_text.plain("abcdef\rXY") == "XYcdef"
    assert run_text.plain("ab\bc\n") == "ac\n"
    assert run_text.plain("windows\r\nline\r\n") == "windows\nline\n"


@given(st.text())
def test_plain_text_has_no_control_characters_left(text: str) -> None:
    assert not any(ord(char) < 32 and char not in "\t\n" for char in run_text.plain(text))


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('  File "/home/work/lib.py", line 7, in f', ("/home/work/lib.py", 7)),
        ('  File "<string>", line 3, in <module>', ("a.py", 12)),
        ("Cell In[4], line 2", ("a.py", 11)),
        ("Cell In[4], line 1, in f(x)", ("a.py", 10)),
        ("Input In [4], line 2", ("a.py", 11)),
        ("----> 2 1 / 0", ("a.py", 11)),
        ("File /usr/lib/python3.11/json/decoder.py:355, in raw_decode", ("/usr/lib/python3.11/json/decoder.py", 355)),
        ('  File "/tmp/ipykernel_12/3.py", line 2', ("a.py", 11)),
    ],
)
def test_a_traceback_line_leads_to_its_source(line: str, place: tuple[str, int]) -> None:
    assert run_text.place_in(line, run_of().request) == place


def test_other_lines_lead_nowhere() -> None:
    assert run_text.place_in("epoch 3, line 4 of the log", run_of().request) is None


def test_the_source_of_a_failed_run_is_the_last_line_of_its_own_code() -> None:
    trace = 'Traceback\n  File "<string>", line 2, in <module>\n  File "/lib/x.py", line 99, in g\nError\n'
    assert run_text.last_place(trace, run_of().request) == ("a.py", 11)
    assert run_text.last_place("no traceback", run_of().request) == ("a.py", 10)


def test_an_address_is_found_under_the_pointer() -> None:
    line = "see https://example.org/a?b=1, or not"
    assert run_text.url_at(line, 10) == "https://example.org/a?b=1"
    assert run_text.url_at(line, 30) is None
