"""The Textual app: themes, the one screen, and how it ends."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType

from workbench.ui.clipboard import copy_native, has_desktop, osc52
from workbench.ui.palette import RegistryProvider
from workbench.ui.screens.workbench import WorkbenchScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.command import Provider
    from textual.screen import Screen

    from workbench.ui.launch import Launch


class WorkbenchApp(App[None], inherit_bindings=False):
    """The terminal workbench."""

    TITLE = "backend-tui"
    CSS_PATH = "workbench.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {RegistryProvider}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "help_quit", show=False, system=True)]
    ESCAPE_TO_MINIMIZE = False

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self.launch = launch

    def get_default_screen(self) -> Screen[None]:
        """The workbench is the first and only mode."""
        return WorkbenchScreen(self.launch)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours that a theme need not name."""
        return {"rule": "#3b4252"}

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None of the framework's: the registry has them all."""
        del screen
        return ()

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
        """Leave: sessions stay, buffers are kept."""
        for screen in self.screen_stack:
            if isinstance(screen, WorkbenchScreen):
                await screen.close_bench()
        self.exit()


def run(launch: Launch) -> None:
    """Open the workbench and stay in it until the person quits."""
    from workbench.ui.widgets.graphics import detect

    detect(launch.settings.ui.graphics)
    WorkbenchApp(launch).run()
