"""The one table of state marks: a glyph, a word and a CSS class for whatever a session or a run is doing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from workbench.domain.run import RunState


class Mark(NamedTuple):
    """How a state is told: never by colour alone."""

    glyph: str
    """One cell wide in every terminal, so that columns line up; emoji such as the hourglass are not."""
    word: str
    css_class: str
    """Class a widget takes on to be coloured by the style sheet."""


READY = Mark("●", "ready", "-ready")
RUNNING = Mark("▶", "running", "-running")
ASKS = Mark("?", "asks", "-asks")
STARTING = Mark("◌", "starting", "-starting")
IDLE = Mark("◷", "idle", "-idle")
ERROR = Mark("✗", "error", "-error")
ENDING = Mark("◍", "ending", "-ending")
UNKNOWN = Mark("·", "unknown", "-unknown")

SESSION_MARKS: Mapping[str, Mark] = MappingProxyType(
    {mark.word: mark for mark in (READY, RUNNING, ASKS, STARTING, IDLE, ERROR, ENDING)}
)
"""By the word of the state."""

RUN_MARKS: Mapping[RunState, Mark] = MappingProxyType(
    {
        RunState.QUEUED: Mark("◌", "queued", "-queued"),
        RunState.RUNNING: RUNNING,
        RunState.WAITING: ASKS,
        RunState.FINISHED: Mark("✓", "finished", "-finished"),
        RunState.FAILED: Mark("✗", "failed", "-failed"),
        RunState.INTERRUPTED: Mark("■", "interrupted", "-interrupted"),
        RunState.LOST: Mark("⚠", "lost", "-lost"),
        RunState.REFUSED: Mark("⊘", "refused", "-refused"),
    }
)

FOLDED, UNFOLDED = "▸", "▾"
DIRTY = "●"
FOLLOW = "▼"


def session_mark(state: str) -> Mark:
    """The mark of a session by the word of its state; an unknown word gets a neutral one."""
    return SESSION_MARKS.get(state, UNKNOWN)


def run_mark(state: RunState) -> Mark:
    """The mark of a run."""
    return RUN_MARKS[state]
