"""Console records: what a run printed and showed, as the wire gives it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class Output(Struct, frozen=True, tag=True):
    """Text a terminal would show: ANSI sequences and carriage returns as they came."""

    stream: Literal["stdout", "stderr"]
    text: str


class Media(Struct, frozen=True, tag=True):
    """Something to preview: a data URI for raster pictures, XML for SVG, commands for a drawing."""

    mime: str
    content: Any
    """Text, except where a runner sends JSON of its own (`application/vnd.sorna.gitgraph`)."""


class Log(Struct, frozen=True, tag=True):
    """A record of type `log`, or of a type this client does not know."""

    kind: str
    text: str


ConsoleItem = Output | Media | Log


def console_items(records: list[Any] | None) -> list[ConsoleItem]:
    """Decode the `console` of one reply; a record that makes no sense becomes a `Log`, nothing is dropped.

    Source: protocol.md §4.8 (`[[type, data], ...]`, null when empty).
    """
    return [_item(record) for record in records or ()]


def _item(record: Any) -> ConsoleItem:
    match record:
        case ["stdout", str(text)]:
            return Output("stdout", text)
        case ["stderr", str(text)]:
            return Output("stderr", text)
        case ["media", [str(mime), content]]:
            return Media(mime, content)
        case ["html", str(html)]:
            return Media("text/html", html)
        case [str(kind), str(text)]:
            return Log(kind, text)
        case [str(kind), data]:
            return Log(kind, repr(data))
        case _:
            return Log("unknown", repr(record))
