"""The yardstick for first frame and editor echo: a Textual app with nothing but a TextArea."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import TextArea


class Bare(App[None]):
    """One TextArea with Python highlighting."""

    def compose(self) -> ComposeResult:
        """The one widget."""
        yield TextArea.code_editor("# bare", language="python")


if __name__ == "__main__":
    Bare().run()
