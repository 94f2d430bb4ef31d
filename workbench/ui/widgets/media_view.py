"""A picture, a page of text, or one line that says why there is none."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import textwrap
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.dom import NoScreen
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from workbench.media.drawing import DrawingBook
from workbench.media.limits import CancelledDecodeError, Limits
from workbench.media.payload import human_size, payload_size, plain_mime
from workbench.media.picture import Picture, Preview, TextPage, Unshowable
from workbench.media.preview import decode
from workbench.media.save import save_media
from workbench.ui.widgets import graphics as terminal_graphics
from workbench.ui.widgets.graphics import Graphics
from workbench.ui.widgets.media_strips import (
    Drawn,
    Shape,
    SixelPart,
    half_block_strips,
    kitty_drawn,
    sixel_fits,
    sixel_text,
    with_sixel,
)

_DEFAULT_ROWS = 20
_MOST_COLUMNS = 297
"""What Kitty placeholders can count."""
_REASON_LINES = 3
_KEPT_IN_BLOCKS = 250_000
_KEPT = 1_000_000
"""Pixels of a picture that stay in memory while its preview is there."""
_TABLE = re.compile(r"\S {2,}\S")
_numbers = itertools.count((os.getpid() << 8 & 0xFFFF00) | 1)


class MediaView(Widget, can_focus=True):
    """Shows one media record; it decodes in a thread and gives up when the widget goes."""

    DEFAULT_CSS = """
    MediaView {
        width: 1fr;
        height: auto;
    }
    MediaView > .media-view--caption {
        color: $text-muted;
    }
    MediaView > .media-view--reason {
        color: $text-warning;
    }
    MediaView:focus > .media-view--caption {
        color: $text;
        text-style: underline;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"media-view--caption", "media-view--reason"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,o", "open", "Open", tooltip="Show the picture full size", id="media.open"),
    ]

    class OpenRequested(Message):
        """The person wants to see it full size."""

        def __init__(self, view: MediaView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> MediaView:
            """The view that was asked."""
            return self.view

    class Decoded(Message):
        """The preview is there, or the reason why there is none."""

        def __init__(self, view: MediaView, preview: Preview) -> None:
            super().__init__()
            self.view = view
            self.preview = preview

        @property
        def control(self) -> MediaView:
            """The view that decoded it."""
            return self.view

    class _Painted(Message, bubble=False):
        def __init__(self, picture: Picture, drawn: Drawn) -> None:
            super().__init__()
            self.picture = picture
            self.drawn = drawn

    class _Sharpened(Message, bubble=False):
        def __init__(self, picture: Picture, part: SixelPart, text: str) -> None:
            super().__init__()
            self.picture = picture
            self.part = part
            self.text = text

    def __init__(
        self,
        mime: str,
        content: Any,
        *,
        max_rows: int = _DEFAULT_ROWS,
        drawings: DrawingBook | None = None,
        preview: Preview | None = None,
        limits: Limits | None = None,
        graphics: Graphics | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.mime = mime
        self.content = content
        self.max_rows = max_rows
        """Rows of a preview, without its caption."""
        self.preview: Preview | None = preview
        """None while it is decoded; a given one is shown as it is."""
        self._drawings = drawings or DrawingBook()
        self._graphics = graphics or terminal_graphics.active()
        self._limits = limits or Limits(kept_pixels=_KEPT_IN_BLOCKS if self._graphics.mode == "none" else _KEPT)
        self._waiting: list[Any] = [content] if preview is None else []
        self._decoding = False
        self._drawn: Drawn | None = None
        self._wanted: Shape | None = None
        self._sixel: tuple[SixelPart, str] | None = None
        self._sixel_wanted: SixelPart | None = None
        self._number = next(_numbers) & 0xFFFFFF or 1
        self._transmitted = False
        self._size_text = ""

    @property
    def caption(self) -> str:
        """Type and size, as shown under the preview."""
        if self.preview is None:
            return f"{plain_mime(self.mime)} {self._size_text} decoding…"
        return self.preview.caption

    def feed(self, content: Any) -> None:
        """Show a later payload of the same kind instead; a drawing goes on where it was."""
        self.content = content
        self._waiting.append(content)
        if self.is_mounted:
            self._decode_next()

    async def save(self, path: Path) -> None:
        """Write the payload to a file; a drawing or an SVG as a picture when the name ends in `.png`.

        Raises:
            OSError: the file cannot be written.
            UnfitError: the payload is damaged.
        """
        await asyncio.to_thread(save_media, path, self.mime, self.content, self.preview)

    def on_mount(self) -> None:
        """Begin to decode."""
        self._size_text = human_size(payload_size(self.content)) if isinstance(self.content, str | bytes) else ""
        self._decode_next()

    def on_unmount(self) -> None:
        """Let the terminal forget the picture."""
        if self._transmitted:
            from workbench.media.kitty import removal

            self._send(removal(self._number))
            self._transmitted = False

    def _decode_next(self) -> None:
        if self._decoding or not self._waiting:
            return
        self._decoding = True
        batch, self._waiting = self._waiting, []
        self.run_worker(partial(self._decode, batch), group="decode", thread=True, exit_on_error=False)

    def _decode(self, batch: list[Any]) -> None:
        """In a thread."""
        worker = get_current_worker()
        result: Preview | None = None
        for content in batch:
            try:
                result = decode(
                    self.mime,
                    content,
                    limits=self._limits,
                    drawings=self._drawings,
                    cancelled=lambda: worker.is_cancelled,
                )
            except CancelledDecodeError:
                return
        if result is not None:
            self.post_message(self.Decoded(self, result))

    def on_media_view_decoded(self, event: Decoded) -> None:
        """Show it."""
        if event.view is not self:
            return
        self._decoding = False
        self.preview = event.preview
        self._drawn = self._wanted = self._sixel = self._sixel_wanted = None
        self.refresh(layout=True)
        self._paint()
        self._decode_next()

    def _shape(self, columns: int) -> Shape | None:
        if not isinstance(self.preview, Picture) or columns < 1:
            return None
        cells = self.preview.fit(min(columns, _MOST_COLUMNS), min(self.max_rows, _MOST_COLUMNS))
        return Shape(*cells, self.background_colors[1].rgb)

    def _paint(self) -> None:
        """Have the picture drawn for the present width and background, unless it is already."""
        shape = self._shape(self.content_size.width)
        if shape is None or shape == self._wanted or not isinstance(self.preview, Picture):
            return
        self._wanted = shape
        paint = partial(self._paint_in_thread, self.preview, shape)
        self.run_worker(paint, group="paint", thread=True, exclusive=True, exit_on_error=False)

    def _paint_in_thread(self, picture: Picture, shape: Shape) -> None:
        if self._graphics.mode == "kitty":
            drawn = kitty_drawn(picture, shape, self._number, self._graphics)
        else:
            drawn = Drawn(shape, half_block_strips(picture, shape))
        self.post_message(self._Painted(picture, drawn))

    def on_media_view__painted(self, event: _Painted) -> None:
        """Put what was drawn on the screen."""
        if event.picture is not self.preview or event.drawn.shape != self._wanted:
            return  # a thread that was overtaken
        if event.drawn.transmission:
            self._send(event.drawn.transmission)
            self._transmitted = True
        self._drawn = event.drawn
        self._sixel = self._sixel_wanted = None
        self.refresh()

    def on_media_view__sharpened(self, event: _Sharpened) -> None:
        """Take the finished Sixel."""
        if event.picture is self.preview and event.part == self._sixel_wanted:
            self._sixel = (event.part, event.text)
            self.refresh()

    def _send(self, data: str) -> None:
        driver = self.app._driver  # noqa: SLF001 - the one way to write between two frames
        if driver is not None:
            driver.write(data)

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._paint()

    def notify_style_update(self) -> None:
        """Draw over the new background when the theme changed."""
        super().notify_style_update()
        if self.is_mounted:
            self._paint()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """The rows of the preview and of its caption."""
        shape = self._shape(width)
        return shape.rows + 1 if shape else len(self._text_lines(width))

    def _text_lines(self, width: int) -> list[tuple[str, str]]:
        """Lines and their component class, for everything that is no picture."""
        match self.preview:
            case Unshowable(reason=reason):
                lines = textwrap.wrap(f"⚠ {self.caption}: {reason}", max(8, width))
                return [(line, "media-view--reason") for line in _shortened(lines, _REASON_LINES)]
            case TextPage(lines=lines):
                shown = list(itertools.islice(_folded(lines, max(8, width)), self.max_rows + 1))
                more = len(shown) > self.max_rows or self.preview.dropped_lines
                caption = f"{self.caption} …" if more else self.caption
                return [*((line, "") for line in shown[: self.max_rows]), (caption, "media-view--caption")]
            case _:
                return [(self.caption, "media-view--caption")]

    def render_line(self, y: int) -> Strip:
        """One row of the preview, or its caption."""
        width = self.content_size.width
        blank = self.visual_style.rich_style
        shape = self._shape(width)
        if shape is None:
            lines = self._text_lines(width)
            return self._text_strip(*lines[y], width) if y < len(lines) else Strip.blank(width, blank)
        if y >= shape.rows:
            return self._text_strip(self.caption, "media-view--caption", width)
        if self._drawn is None or self._drawn.shape != shape:
            return Strip.blank(width, blank)
        return self._drawn.strips[y].extend_cell_length(width, blank)

    def _text_strip(self, text: str, component: str, width: int) -> Strip:
        style = self.get_component_rich_style(component) if component else self.visual_style.rich_style
        text = text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)) + "…"
        return Strip([Segment(text, style)], cell_len(text)).adjust_cell_length(width, style + Style(underline=False))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows in sight; with Sixel the last of them draws the picture over the half blocks."""
        strips = super().render_lines(crop)
        if self._graphics.mode == "sixel" and self._drawn is not None:
            self._sharpen(crop, strips)
        return strips

    def _sharpen(self, crop: Region, strips: list[Strip]) -> None:
        assert self._drawn is not None
        shape = self._drawn.shape
        part = SixelPart(shape, crop.y, min(crop.bottom, shape.rows))
        if (
            crop.x
            or part.last <= part.first
            or not sixel_fits(shape, self._graphics)
            or not self._is_in_the_clear(part)
        ):
            return
        if self._sixel is None or self._sixel[0] != part:
            self._want_sixel(part)
            return
        region = self.content_region
        last = part.last - part.first - 1
        row = region.y + part.last - 1
        at = (region.x, region.y + part.first)
        strips[last] = with_sixel(strips[last], self._sixel[1], at, (region.x + crop.width, row))

    def _want_sixel(self, part: SixelPart) -> None:
        if part == self._sixel_wanted or not isinstance(self.preview, Picture):
            return
        self._sixel_wanted = part
        encode = partial(self._sharpen_in_thread, self.preview, part)
        self.run_worker(encode, group="sixel", thread=True, exclusive=True, exit_on_error=False)

    def _sharpen_in_thread(self, picture: Picture, part: SixelPart) -> None:
        self.post_message(self._Sharpened(picture, part, sixel_text(picture, part, self._graphics)))

    def _is_in_the_clear(self, part: SixelPart) -> bool:
        """Whether nothing is over it, and it does not touch the last row, where a Sixel makes terminals scroll."""
        try:
            screen = self.screen
        except NoScreen:
            return False
        region = self.content_region
        return screen.is_active and region.y + part.last < screen.size.height and region.right <= screen.size.width

    def on_click(self, event: events.Click) -> None:
        """Open it."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Ask for it in full size."""
        self.post_message(self.OpenRequested(self))


def _folded(lines: tuple[str, ...], width: int) -> itertools.chain[str]:
    """Long lines of prose over several lines; tables keep their lines, which are cut at the edge."""
    return itertools.chain.from_iterable(
        [line] if len(line) <= width or _TABLE.search(line) else textwrap.wrap(line, width) for line in lines
    )


def _shortened(lines: list[str], count: int) -> list[str]:
    return lines if len(lines) <= count else [*lines[: count - 1], lines[count - 1] + "…"]
