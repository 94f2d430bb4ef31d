"""What a block says of its run in words: pure functions of a run's data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from workbench.domain.run import Mode, PhaseEnded, RunRequest, RunState
from workbench.ui.glyphs import RUN_MARKS

if TYPE_CHECKING:
    from workbench.engine.run import Run

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]+[0-~]|[0-~])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def took(seconds: float) -> str:
    """How long a run took: `0.41 s`, `12.4 s`, `4:31`, `1:02:03`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def ticking(seconds: float) -> str:
    """How long a run has taken so far: calmer than `took`, tenths only at first."""
    return f"{seconds:.1f} s" if seconds < 60 else took(float(int(seconds)))


class Headline(NamedTuple):
    """The parts of a block's first line."""

    glyph: str
    number: str
    duration: str
    title: str
    word: str
    """The state in words, with what goes with it: a queue place, an exit code."""
    css_class: str


def headline(run: Run) -> Headline:
    """The first line of a run's block."""
    mark = RUN_MARKS[run.state]
    title = run.request.title or "(no code)"
    more = len(run.request.code.splitlines()) > 1 and run.request.mode is Mode.QUERY
    return Headline(
        mark.glyph, f"[{run.number}]", _duration(run), title + (" …" if more else ""), _word(run), mark.css_class
    )


def _duration(run: Run) -> str:
    if run.state is RunState.QUEUED:
        return ""
    return took(run.elapsed) if run.state.is_over else ticking(run.elapsed)


def _word(run: Run) -> str:
    if run.state is RunState.QUEUED:
        return f"queued, {ordinal(run.queue_place)} in line" if run.queue_place else "queued"
    if run.state.is_over:
        word = RUN_MARKS[run.state].word
        return f"{word}, exit code {run.exit_code}" if run.exit_code else word
    return "interrupting…" if run.interrupting else RUN_MARKS[run.state].word


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    tail = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def ending(run: Run) -> str:
    """What is to be said under a run's output: its note, as a sentence; "" when the first line says it all."""
    note = run.note.strip()
    return note[:1].upper() + note[1:] if note else ""


def phases(run: Run) -> str:
    """How the steps of a batch run went: `clean ✓   build ✗ exit code 2`; "" for a query run."""
    if run.request.mode is not Mode.BATCH or run.request.batch is None:
        return ""
    parts = [_phase(ended) for ended in run.phases]
    done = {ended.phase for ended in run.phases}
    if not run.state.is_over and run.state is not RunState.QUEUED and run.phase not in done:
        parts.append(f"{run.phase} {RUN_MARKS[RunState.RUNNING].glyph}")
    return "   ".join(parts)


def _phase(ended: PhaseEnded) -> str:
    if ended.exit_code == 0:
        return f"{ended.phase} {RUN_MARKS[RunState.FINISHED].glyph}"
    return f"{ended.phase} {RUN_MARKS[RunState.FAILED].glyph} exit code {ended.exit_code}"


def kept(lines: int, total: int) -> str:
    """That text is missing: `kept the last 100,000 of 1,204,331 lines`; "" when nothing is."""
    return f"kept the last {lines:,} of {total:,} lines" if lines < total else ""


def pane_title(count: int, *, asks: int = 0, queued: int = 0) -> str:
    """`Output ── 3 runs ── 1 asks`."""
    parts = ["Output", f"{count} {'run' if count == 1 else 'runs'}" if count else ""]
    parts.append(f"{asks} {'asks' if asks == 1 else 'ask'}" if asks else f"{queued} queued" if queued else "")
    return " ── ".join(part for part in parts if part)


def plain(text: str) -> str:
    """Text without escape sequences, each line as a terminal would have left it after carriage returns."""
    text = _ESCAPES.sub("", text)
    if "\r" in text or "\b" in text:
        text = "\n".join(_overwritten(line) for line in text.split("\n"))
    return _CONTROL.sub("", text)


def _overwritten(line: str) -> str:
    line = line.rstrip("\r")
    shown = ""
    for part in line.split("\r"):
        while "\b" in part:
            at = part.index("\b")
            part = part[: max(0, at - 1)] + part[at + 1 :]  # noqa: PLW2901 - each step takes one backspace away
        shown = part + shown[len(part) :]
    return shown


class Place(NamedTuple):
    """A line of source that some output speaks of."""

    path: str
    """A file or buffer name."""
    line: int


_FILE_LINE = re.compile(r'File "(?P<path>[^"]+)", line (?P<line>\d+)|File (?P<path2>[^\s:]+):(?P<line2>\d+)')
_CELL_LINE = re.compile(r"(?:Cell |Input )In ?\[\d+\](?:, line |:)(?P<line>\d+)|^-*> ?(?P<line2>\d+) ")
_OWN_FILE = re.compile(r"<[^>]*>|.*(?:ipykernel_|ipython-input-|backend-input).*")
_URL = re.compile(r"(?:https?|file)://[^\s<>\"'`\x1b]+[^\s<>\"'`\x1b.,;:!?)\]}]")


def place_in(text: str, request: RunRequest) -> Place | None:
    """The source line that a line of a traceback names, counted in the buffer the run came from."""
    found = _CELL_LINE.search(text)
    if found:
        line = int(found["line"] or found["line2"])
        return Place(request.source, request.first_line + line - 1)
    found = _FILE_LINE.search(text)
    if not found:
        return None
    return place_of(found["path"] or found["path2"], int(found["line"] or found["line2"]), request)


def place_of(path: str, line: int, request: RunRequest) -> Place:
    """A line of a file; what the runtime calls the code itself is a line of the buffer it came from."""
    if _OWN_FILE.fullmatch(path):
        return Place(request.source, request.first_line + line - 1)
    return Place(path, line)


def last_place(text: str, request: RunRequest) -> Place:
    """Where a run failed in its own source; its first line when it does not say."""
    for line in reversed(text.splitlines()[-400:]):
        place = place_in(line, request)
        if place is not None and place.path == request.source:
            return place
    return Place(request.source, request.first_line)


def url_at(text: str, column: int) -> str | None:
    """The address that covers a column of a line."""
    return next((match.group() for match in _URL.finditer(text) if match.start() <= column < match.end()), None)
