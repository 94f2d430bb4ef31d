"""Opens the workbench."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial

from workbench.cli.endpoint import find_endpoint
from workbench.domain.session import NewSession
from workbench.ui.launch import Launch


def open_app(options: Mapping[str, str], *, read_only: bool = False) -> None:
    """Read the settings, then show the workbench until the person quits; `options` are settings by their key.

    Everything heavy (the client, the kernels, the engine) is loaded behind the first frame.
    """
    from msgspec.structs import replace

    from workbench.config.paths import settings_file, state_dir
    from workbench.config.reading import DEFAULT, read_settings
    from workbench.config.terminal import TRUE_COLOR, terminal_colors
    from workbench.config.themes import fitting_theme
    from workbench.ui import pauses

    pauses.hold()

    settings, problems, sources = read_settings(settings_file(), options=options)
    if sources["ui.theme"] == DEFAULT:
        settings = replace(settings, ui=replace(settings.ui, theme=fitting_theme(settings.ui.theme, os.environ)))
    if terminal_colors(os.environ) == TRUE_COLOR:
        os.environ["COLORTERM"] = "truecolor"  # what draws the screen looks at nothing else
    launch = Launch(
        connect=partial(find_endpoint, settings.local),
        state_dir=state_dir(),
        settings=settings,
        label="" if _configured() else "local",
        first_session=None if _configured() else NewSession(image="python", name="scratch"),
        read_only=read_only or settings.session.read_only,
        problems=tuple(str(problem) for problem in problems),
    )
    from workbench.ui.app import run

    run(launch)


def _configured() -> bool:
    """Whether the environment names a server; what it says is checked when connecting, where a mistake has a banner."""
    names = ("ENDPOINT", "ACCESS_KEY")
    return any(os.environ.get(f"{prefix}_{name}") for prefix in ("BACKEND", "SORNA") for name in names)
