"""Sizes of the panes and what was open; kept from one start to the next."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

from workbench.domain.session import NewSession


class Layout(msgspec.Struct, kw_only=True):
    """How the screen is divided."""

    version: int = 1
    list_width: int = 26
    """Columns."""
    weights: dict[str, float] = msgspec.field(default_factory=lambda: {"editor": 3.0, "output": 3.0, "terminal": 3.0})
    """Share of the height each pane of the work area takes."""
    hidden: set[str] = msgspec.field(default_factory=lambda: {"terminal"})
    open_session: str = ""
    """The name of the session shown last."""
    recent_images: list[str] = msgspec.field(default_factory=list)
    last_new: NewSession | None = None
    """What was asked of the last new session; without its environment, which can hold secrets."""


def load_layout(path: Path) -> Layout:
    """The layout kept there; the usual one when there is none. A damaged file is set aside as `*.damaged`."""
    try:
        layout = msgspec.json.decode(path.read_bytes(), type=Layout)
    except FileNotFoundError:
        return Layout()
    except (OSError, msgspec.DecodeError):
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".damaged"))
        return Layout()
    usual = Layout().weights
    layout.weights = {name: min(1000.0, max(0.5, layout.weights.get(name, usual[name]))) for name in usual}
    layout.hidden &= {"sessions", "output", "terminal"}
    layout.list_width = min(80, max(12, layout.list_width))
    return layout


def save_layout(path: Path, layout: Layout) -> None:
    """Write it in one step: a kill in between leaves the old one.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(layout))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
