"""Where settings, themes and state are kept."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

APP = "backend-tui"


@cache
def config_dir() -> Path:
    """Settings and themes of this person: `$XDG_CONFIG_HOME/backend-tui`, `~/.config/backend-tui`."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP))


@cache
def state_dir() -> Path:
    """Buffers, layout and records of runs: `$XDG_STATE_HOME/backend-tui`, `~/.local/state/backend-tui`."""
    import platformdirs

    return Path(platformdirs.user_state_dir(APP))


def settings_file() -> Path:
    """The settings file; it need not exist."""
    return config_dir() / "config.toml"


def theme_dirs() -> tuple[Path, ...]:
    """Folders of themes, the shipped one first; a later folder wins."""
    return (shipped_themes(), config_dir() / "themes")


def shipped_themes() -> Path:
    """The themes of this distribution: inside the wheel, or at the top of a checkout."""
    packed = Path(__file__).parent / "themes_shipped"
    return packed if packed.is_dir() else Path(sys.modules["workbench"].__file__ or "").parents[1] / "themes"
