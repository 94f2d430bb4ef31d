"""The terminal of the open session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from workbench.ui.commands import label_of
from workbench.ui.widgets.terminal_view import TerminalView

if TYPE_CHECKING:
    from workbench.engine.terminal import TerminalLink

KEPT = 16
"""How many sessions' emulators stay in memory; an older one is drawn anew from the server when shown again."""

_WORDS = {
    "closed": "closed",
    "connecting": "connecting…",
    "attached": "",
    "seam": "reconnecting…",
    "ended": "the shell ended; Enter starts another",
    "silent": "no answer",
}


class TerminalPane(Vertical):
    """One emulator per session; the shown one is fed and answers."""

    BORDER_TITLE = "Terminal"

    class Left(Message):
        """A person left the terminal with its leave key."""

    def __init__(self, *, scrollback: int, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._scrollback = scrollback
        self._links: dict[str, TerminalLink] = {}
        self._unsubscribe: dict[str, list[Callable[[], None]]] = {}
        self._shown = ""

    def compose(self) -> ComposeResult:
        with ContentSwitcher(id="terminals"):
            yield Static(
                f"{label_of('pane.terminal')} opens a terminal in this session.",
                id="no-terminal",
                classes="placeholder",
            )

    def on_mount(self) -> None:
        self.query_one(ContentSwitcher).current = "no-terminal"

    @staticmethod
    def _view_id(session_id: str) -> str:
        return f"terminal-{session_id}"

    async def show(self, session_id: str, link: TerminalLink) -> TerminalView:
        """Show that session's terminal and move into it, opening it the first time."""
        self._shown = session_id
        switcher = self.query_one(ContentSwitcher)
        if session_id not in self._links:
            await self._make(session_id, link)
        switcher.current = self._view_id(session_id)
        view = self.query_one(f"#{self._view_id(session_id)}", TerminalView)
        self.screen.set_focus(view)
        self._tell()
        return view

    async def _make(self, session_id: str, link: TerminalLink) -> None:
        while len(self._links) >= KEPT:
            await self.forget(next(iter(self._links)))
        view = TerminalView(scrollback=self._scrollback, id=self._view_id(session_id))
        self._links[session_id] = link
        mounted = self.query_one(ContentSwitcher).mount(view)
        self.screen.set_focus(view)  # at once: what is typed next is meant for it
        await mounted
        self._unsubscribe[session_id] = [
            link.output.connect(view.feed),
            link.reset.connect(lambda _: view.reset()),
            link.changed.connect(lambda _: self._tell()),
        ]

    def show_nothing(self, session_id: str) -> None:
        """The open session has no terminal yet."""
        self._shown = session_id
        known = session_id in self._links
        self.query_one(ContentSwitcher).current = self._view_id(session_id) if known else "no-terminal"
        self._tell()

    async def forget(self, session_id: str) -> None:
        """Drop the emulator of a session that is gone or long unseen."""
        link = self._links.pop(session_id, None)
        for unsubscribe in self._unsubscribe.pop(session_id, []):
            unsubscribe()
        for view in self.query(f"#{self._view_id(session_id)}"):
            await view.remove()
        if link is not None:
            await link.close()

    @property
    def current(self) -> TerminalView | None:
        """The emulator on the screen, if one is."""
        found = self.query(f"#{self._view_id(self._shown)}")
        return found.first(TerminalView) if found else None

    def has(self, session_id: str) -> bool:
        """Whether that session's terminal was opened."""
        return session_id in self._links

    def _tell(self) -> None:
        link = self._links.get(self._shown)
        if link is None:
            self.border_title = "Terminal"
            return
        parts = ["Terminal", link.note or _WORDS.get(str(link.state), str(link.state))]
        if self.has_focus_within:
            parts.append(f"{label_of('terminal.leave')} leaves")
        self.border_title = " ── ".join(filter(None, parts))

    def on_descendant_focus(self) -> None:
        self._tell()

    def on_descendant_blur(self) -> None:
        self._tell()

    def _link_of(self, view: object) -> TerminalLink | None:
        for session_id, link in self._links.items():
            if getattr(view, "id", None) == self._view_id(session_id):
                return link
        return None

    def on_terminal_view_input(self, event: TerminalView.Input) -> None:
        event.stop()
        link = self._link_of(event.control)
        if link is None:
            return
        if str(link.state) in {"ended", "closed"}:
            size = event.control.size
            if event.data in {b"\r", b"\n"}:
                link.open(size.height, size.width)
        else:
            link.write(event.data)

    def on_terminal_view_resized(self, event: TerminalView.Resized) -> None:
        event.stop()
        link = self._link_of(event.control)
        if link is None:
            return
        if str(link.state) == "closed":
            link.open(event.rows, event.cols)
        else:
            link.resize(event.rows, event.cols)

    def on_terminal_view_copied(self, event: TerminalView.Copied) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        lines = event.text.count("\n") + 1
        self.notify(f"Copied {lines} lines." if lines > 1 else "Copied.")

    def on_terminal_view_clipboard_set(self, event: TerminalView.ClipboardSet) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)

    def on_terminal_view_rang(self, event: TerminalView.Rang) -> None:
        event.stop()
        self.app.bell()

    def on_terminal_view_link_clicked(self, event: TerminalView.LinkClicked) -> None:
        event.stop()
        if event.target.startswith(("https://", "http://")):
            self.app.open_url(event.target)

    def on_terminal_view_left(self, event: TerminalView.Left) -> None:
        event.stop()
        self.post_message(self.Left())
