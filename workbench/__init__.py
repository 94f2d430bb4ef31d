"""backend-tui: the terminal workbench for live compute sessions."""

__version__ = "0.1.0"
