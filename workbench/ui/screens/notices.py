"""Tells of a run that ended or asks while the person looks elsewhere: in the corner, on the desktop, in the title."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.domain.run import RunState
from workbench.ui.commands import label_of

if TYPE_CHECKING:
    from textual.app import App

    from workbench.config.settings import NotificationSettings
    from workbench.domain.prompt import Prompt
    from workbench.engine.run import Run

_TITLE = "backend-tui"
_LONGEST = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_WORDS = {RunState.FINISHED: "is done", RunState.FAILED: "failed", RunState.LOST: "was lost"}
"""An interrupted run is no news to who interrupted it."""


class Notices:
    """What was told already, and where to tell the next thing."""

    def __init__(self, app: App[Any], settings: NotificationSettings) -> None:
        self._app, self._settings = app, settings
        self._since = time.time()
        self._told: set[str] = set()
        self._asked: set[str] = set()
        self._marked = False
        app.watch(app, "app_focus", self._focus_changed, init=False)

    def prompts(self, waiting: Iterable[Prompt], open_id: str) -> None:
        """Tell of every question that is new; one of the open session is in sight."""
        now = {f"{each.run_id} {each.text}": each for each in waiting}
        for key in now.keys() - self._asked:
            each = now[key]
            asks = f"{each.session_name} asks: {each.text or 'a line of input'}"
            self._tell(asks, f"  ({label_of('run.prompts')} answers)", in_sight=each.session_id == open_id)
        self._asked = set(now)

    def runs(self, all_of: Iterable[tuple[str, Run, bool]]) -> None:
        """Tell of every run that ended since the last look; each with its session's name and if it is in sight."""
        for name, run, in_sight in all_of:
            if run.id in self._told or run.ended_at is None or run.ended_at < self._since:
                continue
            self._told.add(run.id)
            if run.state in _WORDS and run.elapsed >= self._settings.after:
                self._tell(f"{name}: run {run.number} {_WORDS[run.state]}", "", in_sight=in_sight)

    def _tell(self, text: str, hint: str, *, in_sight: bool) -> None:
        if self._settings.toast and not in_sight:
            self._app.notify(text + hint, markup=False)
        if self._app.app_focus:
            return
        if self._settings.system:
            self._write(desktop_notice(text, os.environ))
        if self._settings.title:
            self._marked = True
            self._write(f"\x1b]2;● {_plain(text)}\x07")

    def _focus_changed(self, focused: bool) -> None:  # noqa: FBT001 - a watcher's signature
        if focused and self._marked:
            self._marked = False
            self._write(f"\x1b]2;{_TITLE}\x07")

    def _write(self, sequence: str) -> None:
        driver = self._app._driver  # noqa: SLF001 - the framework has no other way to the terminal
        if driver is not None:
            driver.write(sequence)


def desktop_notice(text: str, environ: Mapping[str, str]) -> str:
    """What makes the terminal notify the desktop: OSC 99 (Kitty), 777 (foot, urxvt, VTE) or 9 (others)."""
    plain, term = _plain(text), environ.get("TERM", "")
    if "kitty" in term or environ.get("KITTY_WINDOW_ID"):
        sequence = f"\x1b]99;;{_TITLE}: {plain}\x1b\\"
    elif term.startswith(("foot", "rxvt")) or environ.get("VTE_VERSION"):
        sequence = f"\x1b]777;notify;{_TITLE};{plain.replace(';', ',')}\x1b\\"
    else:
        sequence = f"\x1b]9;{_TITLE}: {plain}\x07"
    if environ.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return sequence


def _plain(text: str) -> str:
    """One line that commands no terminal: what a program asks is not ours."""
    return _CONTROLS.sub(" ", text).strip()[:_LONGEST]
