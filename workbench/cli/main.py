"""The command `backend-tui`."""

from __future__ import annotations


def main() -> None:
    """Open the workbench, or run a headless command."""
