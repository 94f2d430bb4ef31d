"""This machine: folders, the clipboard, settings, keys and themes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from workbench.cli.checks.finding import Finding, fine, less, wrong

LONGEST_SOCKET = 103
"""Bytes of a socket's path; macOS has the smaller limit."""
_SOCKET_NAME = len("/k/") + 40


def folders() -> list[Finding]:
    """Settings, state and the embedded server's folder: can they be written, and by nobody else."""
    from workbench.config.paths import config_dir, state_dir
    from workbench.local.state import runtime_dir

    found = [_folder("settings", config_dir()), _folder("state", state_dir())]
    runtime = runtime_dir()
    if len(os.fsencode(runtime)) + _SOCKET_NAME > LONGEST_SOCKET:
        found.append(
            wrong("runtime", f"{runtime} is too long for sockets", "Set BACKEND_TUI_RUNTIME_DIR to a short one.")
        )
    else:
        found.append(_folder("runtime", runtime, private=True))
    return found


def _folder(subject: str, path: Path, *, private: bool = False) -> Finding:
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        return wrong(subject, f"{path}: {there} is no folder", f"Move {there} away.")
    if not os.access(there, os.W_OK | os.X_OK):
        return wrong(subject, f"{path} cannot be written", f"Make {there} yours: chown, or chmod u+rwx.")
    info = there.stat()
    if private and path.exists() and (info.st_uid != os.getuid() or info.st_mode & 0o022):
        return wrong(subject, f"{path} is not yours alone", f"chmod 700 {path}, or set BACKEND_TUI_RUNTIME_DIR.")
    free = shutil.disk_usage(there).free
    if free < 100 << 20:
        return less(subject, f"{path}: {free >> 20} MB left", "Make room on that disk.")
    return fine(subject, str(path))


def clipboard(environ: Mapping[str, str]) -> list[Finding]:
    """Where copied text can go."""
    from workbench.ui.clipboard import has_desktop

    if environ.get("TMUX"):
        mend = "In ~/.tmux.conf: set -g set-clipboard on; set -g allow-passthrough on."
        return [less("clipboard", "through tmux (OSC 52)", mend)]
    if not has_desktop(environ):
        return [fine("clipboard", "through the terminal (OSC 52), where it allows programs to copy")]
    if sys.platform == "darwin" or any(map(shutil.which, ("wl-copy", "xclip", "xsel"))):
        return [fine("clipboard", "the desktop's, and through the terminal (OSC 52)")]
    return [less("clipboard", "only through the terminal (OSC 52)", "Install wl-clipboard, xclip or xsel.")]


def settings() -> list[Finding]:
    """Whether everything that was set is used: settings, keys and themes."""
    from workbench.config.paths import settings_file, theme_dirs
    from workbench.config.reading import read_settings
    from workbench.config.themes import load_themes
    from workbench.ui.keymap import resolve

    loaded = read_settings(settings_file())
    themes, broken = load_themes(theme_dirs())
    found = [wrong("settings file", str(problem), "Mend that line; the rest is used.") for problem in loaded.problems]
    found += [wrong("keys", str(each), "Choose another.") for each in resolve(loaded.settings.keys).problems]
    found += [wrong("themes", str(each), "Mend that line; the other themes are there.") for each in broken]
    if loaded.settings.ui.theme not in themes:
        name = loaded.settings.ui.theme
        found.append(wrong("themes", f"there is no theme {name}", f"There are {', '.join(sorted(themes))}."))
    if not found:
        used = settings_file() if settings_file().exists() else "the defaults; there is no file"
        return [fine("settings file", str(used)), fine("themes", f"{len(themes)}, {loaded.settings.ui.theme} is worn")]
    return found
