"""The screen of a running app as a picture."""

from __future__ import annotations

from typing import Any

from pytest_textual_snapshot import normalize_svg
from textual.app import App


def picture_of(app: App[Any], title: str = "backend-tui") -> str:
    """The screen as it is."""
    return str(normalize_svg(app.export_screenshot(title=title, simplify=True)))
