"""The editor: tabs of buffers for each session, saved as they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import TextArea

from workbench.domain.cells import Piece, cell_at, selected, whole
from workbench.domain.run import RunRequest
from workbench.ui.buffers import BufferStore, SavedBuffer, SavedBuffers, layout_of, name_problem
from workbench.ui.commands import Place, bindings_of
from workbench.ui.editor import languages
from workbench.ui.panes.buffer_group import BufferGroup, tabs_title
from workbench.ui.widgets.code_area import CodeArea

SAVE_AFTER = 0.3
"""Seconds from a change to its being on disk: what a kill can cost."""
_RETRY_AFTER = 5.0


@dataclass
class RunRequested(Message):
    """A person wants code run."""

    editor: EditorPane
    request: RunRequest

    @property
    def control(self) -> EditorPane:
        """The pane it comes from."""
        return self.editor


class EditorPane(Container):
    """The buffers of the open session as tabs; the others keep theirs, with what can be undone."""

    DEFAULT_CSS = """
    EditorPane { background: $background; }
    EditorPane > CodeArea { display: none; }
    EditorPane > CodeArea.-shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Place.EDITOR)]

    def __init__(
        self,
        *,
        state_dir: Path,
        label: str = "local",
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._state_dir = state_dir
        self._stores: dict[str, BufferStore] = {}
        self.label = label
        """The endpoint whose sessions these are; set before `open_session`."""
        self._groups: dict[tuple[str, str], BufferGroup] = {}
        self._shown: BufferGroup | None = None
        self._loading = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._save_due = False
        self._complained = False

    # -- sessions -----------------------------------------------------------------------------------------------------

    async def open_session(self, key: str, language: str, sample: str | None = None) -> None:
        """Show the buffers of a session, from memory or from disk; `sample` fills the first one of a new session."""
        label = self.label
        async with self._loading:
            group = self._groups.get((label, key))
            if group is None:
                saved = await self._read(label, key)
                group = BufferGroup(key, languages.of_runtime(language).suffixes[0])
                await self._fill(group, saved, sample)
                self._groups[label, key] = group
        self._show(group)

    async def _read(self, label: str, key: str) -> SavedBuffers:
        try:
            return await asyncio.to_thread(self._store(label).load, key)
        except OSError as error:
            self._complain(f"The buffers of {key} cannot be read: {error.strerror or error}")
            return SavedBuffers()

    async def _fill(self, group: BufferGroup, saved: SavedBuffers, sample: str | None) -> None:
        first = SavedBuffer(name=group.session + group.suffix, text=sample or "")
        for buffer in saved.buffers or (first,):
            await self._add(group, buffer)
        group.active = min(saved.active, len(group.areas) - 1)
        if sample and not saved.buffers:
            self._touch(group.areas[0])

    async def _add(self, group: BufferGroup, buffer: SavedBuffer) -> CodeArea:
        area = CodeArea(buffer.name, buffer.text, cursor=buffer.cursor, problem=buffer.problem)
        group.areas.append(area)
        await self.mount(area)
        return area

    async def forget_session(self, key: str, *, renamed_to: str = "") -> None:
        """Let go of a session that is gone; its files stay until a session of that name has others.

        With `renamed_to` the buffers go on under the new name.
        """
        await self.save_now()
        group = self._groups.pop((self.label, key), None)
        if group is None:
            return
        if renamed_to:
            group.session = renamed_to
            self._groups[self.label, renamed_to] = group
            for area in group.areas:
                self._touch(area)
            return
        if self._shown is group:
            self._shown = None
            self._retitle()
        for area in group.areas:
            await area.remove()

    def _show(self, group: BufferGroup) -> None:
        """Swap the text on screen; the focus goes along if the editor had it."""
        had_focus = self.has_focus_within or self.has_focus
        self._shown = group
        area = group.area
        if area is not None:
            area.add_class("-shown")
            if had_focus:
                self.screen.set_focus(area)
        for other in self.query(CodeArea):
            if other is not area:
                other.remove_class("-shown")
        self._retitle()

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def area(self) -> CodeArea | None:
        """The text on screen."""
        return self._shown.area if self._shown else None

    @property
    def buffer_names(self) -> list[str]:
        """The tabs of the open session, in order."""
        return self._shown.names if self._shown else []

    def focus_text(self) -> None:
        """Move into the text."""
        if self.area is not None:
            self.screen.set_focus(self.area)

    def buffer_texts(self) -> dict[str, str]:
        """The buffers of the open session by name."""
        areas = self._shown.areas if self._shown else []
        return {area.buffer_name: area.text for area in areas if not area.problem}

    async def goto_line(self, path: str, line: int) -> bool:
        """Show a line (from 1) of the buffer of that name or file name; False when there is no such buffer."""
        group, wanted = self._shown, Path(path).name
        if group is None or wanted not in group.names:
            return False
        self.action_show_buffer(group.names.index(wanted))
        group.areas[group.active].show_line(line)
        self.focus_text()
        return True

    def _retitle(self) -> None:
        if self._shown is None:
            self.border_title = "Editor"
            return
        self.border_title = tabs_title(self._shown.areas, self._shown.active)

    # -- running ------------------------------------------------------------------------------------------------------

    def request_buffer(self) -> None:
        """Ask for the whole buffer to be run."""
        if self.area is not None:
            self._request(self.area, whole(self.area.document.lines))

    def request_cell(self) -> None:
        """Ask for the selection to be run, or the cell around the cursor."""
        if (area := self.area) is None:
            return
        lines = area.document.lines
        if area.selection.is_empty:
            self._request(area, cell_at(lines, area.cursor_location[0]))
        else:
            self._request(area, selected(lines, *area.selection))

    def _request(self, area: CodeArea, piece: Piece) -> None:
        if not piece.code.strip() or area.problem:
            self.notify("There is no code to run here.", severity="warning")
            return
        request = RunRequest(code=piece.code, source=area.buffer_name, first_line=piece.first_line)
        self.post_message(RunRequested(self, request))

    # -- tabs ---------------------------------------------------------------------------------------------------------

    async def action_new_buffer(self) -> None:
        """Open an empty buffer in a tab of its own."""
        if (group := self._shown) is None:
            return
        numbers = range(2, len(group.areas) + 3)
        name = next(name for n in numbers if (name := f"{group.session}-{n}{group.suffix}") not in group.names)
        self._touch(await self._add(group, SavedBuffer(name=name, text="")))
        self.action_show_buffer(len(group.areas) - 1)
        self.focus_text()

    async def action_close_buffer(self, at: int | None = None) -> None:
        """Put the buffer aside; the last one is emptied instead. It can be brought back."""
        if (group := self._shown) is None:
            return
        at = group.active if at is None else at
        if not 0 <= at < len(group.areas):
            return
        if len(group.areas) == 1:
            self.notify("This is the only buffer of the session.")
            return
        await self.save_now()
        area = group.areas.pop(at)
        group.active = min(group.active - (at < group.active), len(group.areas) - 1)
        self._show(group)
        await area.remove()
        if not area.problem:
            await self._on_disk(lambda store: store.close(group.session, area.buffer_name))
        self._note_layout(group)
        self.notify(f"Closed {area.buffer_name}. “Reopen a buffer” brings it back.", markup=False)

    async def action_reopen_buffer(self) -> None:
        """Bring back the buffer that was closed last."""
        if (group := self._shown) is None:
            return
        found: list[SavedBuffer | None] = []
        await self._on_disk(lambda store: found.append(store.reopen(group.session, group.names)))
        if not found or found[0] is None:
            self.notify("No closed buffer is left.")
            return
        await self._add(group, found[0])
        self.action_show_buffer(len(group.areas) - 1)
        self.focus_text()

    def action_rename_buffer(self) -> None:
        """Give the buffer another name; its suffix chooses the colours."""
        self._rename()

    @work(group="rename-buffer", exclusive=True, exit_on_error=False)
    async def _rename(self) -> None:
        from workbench.ui.modals.ask_text import AskText

        if (group := self._shown) is None or (area := group.area) is None or area.problem:
            return
        old, taken = area.buffer_name, [name for name in group.names if name != area.buffer_name]
        new = await self.app.push_screen_wait(
            AskText("Name of the buffer:", old, problem=lambda name: name_problem(name, taken))
        )
        if not new or new == old:
            return
        await self.save_now()
        await self._on_disk(lambda store: store.rename(group.session, old, new))
        area.rename(new)
        self._touch(area)
        self._note_layout(group)
        self._retitle()

    def action_show_buffer(self, at: int) -> None:
        """Show the tab at that place."""
        if self._shown is not None and 0 <= at < len(self._shown.areas):
            self._shown.active = at
            self._note_layout(self._shown)
            self._show(self._shown)

    def action_step_buffer(self, by: int) -> None:
        """Show the next or previous tab, round and round."""
        if self._shown is not None and self._shown.areas:
            self.action_show_buffer((self._shown.active + by) % len(self._shown.areas))

    # -- saving -------------------------------------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if isinstance(event.text_area, CodeArea) and not event.text_area.problem:
            self._touch(event.text_area)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        group = self._group_of(event.text_area)
        if group is not None:
            self._note_layout(group)

    def _touch(self, area: CodeArea) -> None:
        if not area.unsaved:
            area.unsaved = True
            self._retitle()
        self._save_soon()

    def _note_layout(self, group: BufferGroup) -> None:
        group.moved = True
        self._save_soon()

    def _save_soon(self, delay: float = SAVE_AFTER) -> None:
        if not self._save_due:
            self._save_due = True
            self.set_timer(delay, self._save)

    @work(group="save-buffers", exit_on_error=False)
    async def _save(self) -> None:
        self._save_due = False
        await self.save_now()

    async def save_now(self) -> None:
        """Bring every change to disk; a failure is told once and tried again."""
        async with self._writing:
            try:
                for (label, _), group in list(self._groups.items()):
                    await self._save_group(self._store(label), group)
            except OSError as error:
                self._complain(f"The buffers cannot be saved: {error.strerror or error}. Trying again.")
                if self.is_running:
                    self._save_soon(_RETRY_AFTER)
            else:
                self._complained = False

    async def _save_group(self, store: BufferStore, group: BufferGroup) -> None:
        for area in [area for area in group.areas if area.unsaved]:
            area.unsaved = False
            try:
                await asyncio.to_thread(store.save, group.session, area.buffer_name, area.text)
            except OSError:
                area.unsaved = True
                raise
            if not area.unsaved and self.is_running:
                self._retitle()
        if group.moved and group.area is not None:
            layout = layout_of([(area.buffer_name, area.cursor) for area in group.areas], group.area.buffer_name)
            group.moved = False
            await asyncio.to_thread(store.save_layout, group.session, layout)

    async def _on_disk(self, what: Callable[[BufferStore], object]) -> None:
        async with self._writing:
            try:
                await asyncio.to_thread(what, self._store(self.label))
            except OSError as error:
                self._complain(f"That did not work: {error.strerror or error}")

    async def on_unmount(self) -> None:
        await self.save_now()

    def _complain(self, sentence: str) -> None:
        if not self._complained and self.is_running:
            self._complained = True
            self.notify(sentence, severity="error", markup=False)

    def _group_of(self, area: TextArea) -> BufferGroup | None:
        return next((group for group in self._groups.values() if area in group.areas), None)

    def _store(self, label: str) -> BufferStore:
        if label not in self._stores:
            self._stores[label] = BufferStore(self._state_dir / "buffers" / BufferStore.folder_name(label))
        return self._stores[label]
