"""The Textual app: themes, the clipboard, the one screen, and how it ends."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType

from workbench.config.paths import theme_dirs
from workbench.config.themes import load_themes, stamp
from workbench.ui import pauses
from workbench.ui.clipboard import copy_native, has_desktop, osc52
from workbench.ui.commands import use_keys
from workbench.ui.input_order import InputOrder
from workbench.ui.palette import RegistryProvider
from workbench.ui.screens.workbench import WorkbenchScreen
from workbench.ui.themes import VARIABLE_DEFAULTS, register_themes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.command import Provider
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from workbench.ui.launch import Launch

_THEME_POLL = 2.0
"""Seconds between two looks at the theme files."""


class WorkbenchApp(App[None], inherit_bindings=False):
    """The terminal workbench."""

    TITLE = "backend-tui"
    CSS_PATH = "workbench.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {RegistryProvider}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "help_quit", show=False, system=True)]
    ESCAPE_TO_MINIMIZE = False
    ENABLE_COMMAND_PALETTE = False
    """The framework would bind its palette to a key of its own; ours is a command like any other."""

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self.launch = launch
        self._input = InputOrder(self, super().on_event)
        self._themes_stamp = stamp(theme_dirs())
        self._problems = self._load_themes()
        wanted = launch.settings.ui.theme
        if wanted in self.available_themes:
            self.theme = wanted
        else:
            self._problems.append(f"There is no theme {wanted}; house-dark is used.")
            self.theme = "house-dark"

        if launch.settings.ui.reduce_motion:
            self.animation_level = "none"
        self._take_keys()

    def _take_keys(self) -> None:
        """The keys of the settings; most people have none, and wait for no key map."""
        settings = self.launch.settings.keys
        changed: dict[str, str] = {}
        if settings.preset != "default" or settings.map:
            from workbench.ui.keymap import resolve

            keys = resolve(settings)
            changed = keys.changed
            self._problems += [str(problem) for problem in keys.problems]
        self.set_keymap(use_keys(changed))

    async def on_event(self, event: events.Event) -> None:
        """Input goes on in the order it was typed in, each key after the effect of the one before."""
        if isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded:
            await self._input.take(event)
        else:
            await super().on_event(event)

    def on_passed(self) -> None:
        self._input.passed()

    def get_default_screen(self) -> Screen[None]:
        """The workbench is the first and only mode."""
        return WorkbenchScreen(self.launch)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours that a theme need not name."""
        return dict(VARIABLE_DEFAULTS)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None of the framework's: the registry has them all."""
        del screen
        return ()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Say something in the corner; what is wrong carries a mark besides its colour."""
        mark = {"warning": "⚠ ", "error": "✗ "}.get(severity, "")
        super().notify(mark + message, title=title, severity=severity, timeout=timeout, markup=markup)

    def on_mount(self) -> None:
        self._tell_problems()
        self.call_after_refresh(pauses.settle)
        self.set_interval(_THEME_POLL, self._watch_themes)

    def _load_themes(self) -> list[str]:
        loaded, failed = load_themes(theme_dirs())
        register_themes(self, loaded.values())
        return [str(problem) for problem in failed]

    def _tell_problems(self) -> None:
        problems, self._problems = self._problems, []
        for problem in problems:
            self.notify(problem.replace(f"{Path.home()}{os.sep}", "~/"), severity="warning", timeout=12, markup=False)

    @work(group="themes", exclusive=True, exit_on_error=False)
    async def _watch_themes(self) -> None:
        """Take a changed theme file at once; a broken one is named and changes nothing."""
        now = await asyncio.to_thread(stamp, theme_dirs())
        if now != self._themes_stamp:
            self._themes_stamp = now
            self._problems = self._load_themes()
            self._tell_problems()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy to the desktop and to the terminal; the text also stays here for pasting."""
        self._clipboard = text
        sequence = osc52(text, os.environ)
        if sequence is not None and self._driver is not None:
            self._driver.write(sequence)
        if has_desktop():
            self.run_worker(partial(copy_native, text), thread=True, group="clipboard", exit_on_error=False)
        elif sequence is None:
            self.notify("Too long for the terminal's clipboard; export it to a file instead.", severity="warning")

    async def action_quit(self) -> None:
        """Leave: sessions stay, buffers are kept. Asks first when code is running."""
        from workbench.ui.modals.confirm_quit import ConfirmQuit

        running = [each for screen in self._workbenches() for each in screen.running()]
        if not running:
            await self._leave(yes=True)
        elif not isinstance(self.screen, ConfirmQuit):
            self.push_screen(ConfirmQuit(running), lambda yes: self.call_next(partial(self._leave, yes=bool(yes))))

    async def _leave(self, *, yes: bool) -> None:
        if yes:
            for screen in self._workbenches():
                await screen.close_bench()
            self.exit()

    def _workbenches(self) -> list[WorkbenchScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, WorkbenchScreen)]


def run(launch: Launch) -> None:
    """Open the workbench and stay in it until the person quits."""
    from workbench.ui.widgets.graphics import detect

    detect(launch.settings.ui.graphics)
    WorkbenchApp(launch).run()
