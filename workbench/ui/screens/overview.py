"""Keeps header, banner and session list true to the engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.widgets import Static

from workbench.domain.run import RunState
from workbench.ui.commands import label_of
from workbench.ui.panes.sessions import SessionList, SessionsPane
from workbench.ui.session_rows import Activity, duration, row_of
from workbench.ui.widgets.banner import Banner
from workbench.ui.widgets.status_header import HeaderState, StatusHeader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.screen import Screen

    from workbench.engine.link import Link
    from workbench.engine.run import Run
    from workbench.engine.workbench import Workbench
    from workbench.ui.launch import Launch

PERIOD = 0.25
"""Seconds between two looks; four a second is enough for a list of sessions."""
_LAST_RUNS = 64


class Overview:
    """Gathers what changed and shows it on the next look."""

    def __init__(self, screen: Screen[None], launch: Launch, bench: Workbench) -> None:
        self._screen, self._launch, self._bench = screen, launch, bench
        self._touched = True
        self._shown_at = 0.0
        bench.registry.changed.connect(self.touch)
        bench.link_changed.connect(self.touch)
        bench.prompts.changed.connect(self.touch)

    def touch(self, _: object = None) -> None:
        """Something changed."""
        self._touched = True

    def look(self) -> None:
        """Show what changed; durations and countdowns move once a second."""
        now = time.monotonic()
        if self._touched or now - self._shown_at >= 1.0:
            self._touched = False
            self._shown_at = now
            self._show_header(self._bench.link)
            self._show_banner(self._bench.link)
            self._show_sessions()
            self._show_emptiness(self._bench.link)

    def activity_of(self, session_id: str) -> Activity:
        """What this app runs in that session."""
        desk = self._bench.desks.get(session_id)
        if desk is None:
            return Activity()
        live = [run for run in desk.runs.runs[-_LAST_RUNS:] if not run.state.is_over]
        started = [run for run in live if run.state is not RunState.QUEUED]
        return Activity(
            waiting=any(run.state is RunState.WAITING for run in started),
            running_for=started[0].elapsed if started else None,
            queued=len(live) - len(started),
        )

    def running(self) -> list[str]:
        """A line for each run that is going on: session, number, time."""
        return [
            f"{desk.session.name if desk.session else desk.session_id}: run {run.number}, {duration(run.elapsed)}"
            for desk in self._bench.desks.values()
            for run in desk.runs.runs[-_LAST_RUNS:]
            if not run.state.is_over and run.state is not RunState.QUEUED
        ]

    def runs(self, seen: str) -> Iterator[tuple[str, Run, bool]]:
        """The newest runs of every session, with its name and whether it is the one that is seen."""
        for desk in self._bench.desks.values():
            name = desk.session.name if desk.session else desk.session_id
            for run in desk.runs.runs[-_LAST_RUNS:]:
                yield name, run, desk.session_id == seen

    def _show_header(self, link: Link) -> None:
        self._screen.query_one(StatusHeader).state = HeaderState(
            label=link.label or self._launch.label,
            link=str(link.state),
            sessions=len(self._bench.registry.sessions),
            asks=len(self._bench.prompts.waiting),
            latency_ms=link.latency_ms,
            read_only=self._launch.read_only,
            insecure=link.insecure,
        )

    def _show_banner(self, link: Link) -> None:
        banner = self._screen.query_one(Banner)
        if str(link.state) not in {"down", "stale"}:
            banner.clear_message()
            return
        stale_since = self._bench.registry.stale_since
        clock = time.strftime("%H:%M:%S", time.localtime(stale_since)) if stale_since else ""
        old = f" The list is as of {clock}." if clock else ""
        banner.say(f"{link.reason}{old}", down=str(link.state) == "down", retry_at=link.retry_at)

    def _show_emptiness(self, link: Link) -> None:
        """Say why no session is open, where its output would be."""
        state = str(link.state)
        if state == "connecting":
            text = f"Connecting to {link.label or self._launch.label or 'the server'}…"
        elif state == "down":
            text = "There is no connection yet; it is tried again by itself."
        elif self._bench.registry.sessions:
            text = (
                f"No session is open. {label_of('pane.sessions')} shows the list, {label_of('session.new')} makes one."
            )
        else:
            text = "There is no session yet. ^N makes one."
        self._screen.query_one("#no-session", Static).update(text)

    def _show_sessions(self) -> None:
        registry = self._bench.registry
        warn = self._launch.settings.idle.warn_below
        rows = (
            row_of(each, self.activity_of(each.id), warn, registry.remaining(each))
            for each in registry.sessions.values()
        )
        sessions = self._screen.query_one(SessionList)
        sessions.show_rows(rows)
        shown = f"{len(sessions.shown)} of {len(registry.sessions)}" if sessions.needle else ""
        marked = f"{len(sessions.marked)} marked" if sessions.marked else ""
        title = ["" if shown and marked else "Sessions", shown, marked]
        self._screen.query_one(SessionsPane).border_title = " ── ".join(filter(None, title))
