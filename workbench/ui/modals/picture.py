"""A picture over the whole screen, and from there to the system's viewer or a file."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from workbench.media.limits import UnfitError
from workbench.media.payload import suffix
from workbench.media.picture import Preview
from workbench.media.save import save_media
from workbench.ui.export import free_path
from workbench.ui.widgets.media_view import MediaView


class Shown(NamedTuple):
    """One thing a run showed."""

    mime: str
    content: Any
    title: str
    preview: Preview | None = None
    """What a drawing came to; its payloads alone do not say."""


class PictureModal(ModalScreen[None]):
    """Shows one of a run's pictures as large as the screen allows."""

    DEFAULT_CSS = """
    PictureModal { align: center middle; }
    PictureModal > Vertical {
        width: 100%; height: 100%; background: $surface; border: round $primary; border-title-color: $text-primary;
        border-title-style: bold; border-subtitle-color: $text-muted;
        & > VerticalScroll { align: center middle; }
        & MediaView { width: 100%; height: auto; }
        & MediaView:focus > .media-view--caption { text-style: none; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close"),
        Binding("o", "view", "System viewer"),
        Binding("s,e", "save", "Save here"),
        Binding("left,p", "step(-1)", "Before"),
        Binding("right,n", "step(1)", "Next"),
    ]

    def __init__(self, pictures: Sequence[Shown], at: int) -> None:
        super().__init__()
        self._pictures = pictures
        self._at = at

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_subtitle = (
                "o opens the system viewer, s saves it here"
                + (", ← → step" if len(self._pictures) > 1 else "")
                + ", Esc closes"
            )
            yield VerticalScroll(can_focus=False)

    def on_mount(self) -> None:
        self._show()

    @work(group="show-picture", exclusive=True, exit_on_error=False)
    async def _show(self) -> None:
        picture = self._pictures[self._at]
        box = self.query_one(VerticalScroll)
        await box.remove_children()
        view = MediaView(picture.mime, picture.content, max_rows=max(4, self.size.height - 5))
        await box.mount(view)
        number = f"{self._at + 1} of {len(self._pictures)}   " if len(self._pictures) > 1 else ""
        self.query_one(Vertical).border_title = f"{number}{picture.title}".replace("[", r"\[")

    def action_step(self, by: int) -> None:
        """Show another picture of the run."""
        self._at = (self._at + by) % len(self._pictures)
        self._show()

    def on_media_view_open_requested(self, event: MediaView.OpenRequested) -> None:
        event.stop()
        self.action_view()

    def action_view(self) -> None:
        """Hand it to the viewer of the system."""
        self._view()

    @work(group="view", exit_on_error=False)
    async def _view(self) -> None:
        picture = self._pictures[self._at]
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        folder = Path(tempfile.gettempdir()) if opener else Path.cwd()
        try:
            path = await asyncio.to_thread(_write, folder, picture)
            if opener:
                await asyncio.to_thread(_open, opener, path)
        except (OSError, UnfitError) as error:
            self.notify(f"It cannot be opened: {error}", severity="error", markup=False)
            return
        if opener:
            self.notify(f"Opened {path.name} in the system viewer.", markup=False)
        else:
            self.notify(f"There is no system viewer here; saved as {path}.", severity="warning", markup=False)

    def action_save(self) -> None:
        """Write it to the current folder."""
        self._save()

    @work(group="save-picture", exit_on_error=False)
    async def _save(self) -> None:
        try:
            path = await asyncio.to_thread(_write, Path.cwd(), self._pictures[self._at])
        except (OSError, UnfitError) as error:
            self.notify(f"It cannot be saved: {error}", severity="error", markup=False)
        else:
            self.notify(f"Saved as {path}.", markup=False)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)


def _write(folder: Path, picture: Shown) -> Path:
    path = free_path(folder, "picture", suffix(picture.mime))
    save_media(path, picture.mime, picture.content, picture.preview)
    return path


def _open(opener: str, path: Path) -> None:
    subprocess.Popen(
        [opener, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
