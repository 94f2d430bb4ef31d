"""The open buffers of one session, and the tabs that show them in the pane's border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from textual.content import Content
from textual.style import Style

from workbench.ui.glyphs import DIRTY
from workbench.ui.widgets.code_area import CodeArea

_MANY = 4


@dataclass(eq=False)
class BufferGroup:
    """The open buffers of one session."""

    session: str
    suffix: str
    areas: list[CodeArea] = field(default_factory=list)
    active: int = 0
    moved: bool = False
    """Cursors or tabs are not as they are on disk."""

    @property
    def area(self) -> CodeArea | None:
        """The active one."""
        return self.areas[self.active] if self.areas else None

    @property
    def names(self) -> list[str]:
        """Their names in tab order."""
        return [area.buffer_name for area in self.areas]


def tabs_title(areas: Sequence[CodeArea], active: int) -> Content:
    """The tabs as one line of links; with many of them it starts near the active one."""
    first = max(0, active - 2) if len(areas) > _MANY else 0
    parts = [_link("… ", f"show_buffer({first - 1})", dim=True)] if first else []
    for at, area in enumerate(areas[first:], first):
        shown = at == active
        label = f" {area.buffer_name} {DIRTY if area.unsaved else ' '}"
        parts.append(_link(label, f"show_buffer({at})", bold=shown, dim=not shown))
        if shown and len(areas) > 1:
            parts.append(_link("× ", f"close_buffer({at})", dim=True))
        parts.append(Content("│"))
    parts.append(_link(" + ", "new_buffer"))
    return Content("").join(parts)


def _link(text: str, action: str, *, bold: bool = False, dim: bool = False) -> Content:
    style = Style.from_meta({"@click": action}) + Style(bold=bold or None)
    return Content.styled(text, "$text-muted not bold" if dim else "").stylize(style)
