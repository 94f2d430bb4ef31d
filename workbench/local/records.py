"""Jupyter messages in, console records out.

Source: protocol.md §4.8 and §10. Where the stock runner sends HTML in a way that wedges the session, this one sends
`["html", fragment]`; with a plain text beside it that says something, as a data frame has, the text comes first on
stdout, and the client shows which it can.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from workbench.local.console import LARGEST_RECORD
from workbench.local.messages import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.local.console import Console
    from workbench.local.messages import Message

DRAWING = "application/x-sorna-drawing"

_WHOLE = (DRAWING, "application/vnd.sorna.gitgraph", "image/svg+xml")
"""Sent as they are, best first."""
_BASE64 = re.compile(r"(?:image|audio|video)/[\w.+-]+|application/pdf")
_BARE_REPR = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>|<[\w.]+ object>")
_TEXTS = ("text/markdown", "text/latex", "application/json")


class RecordWriter:
    """Writes what one run's messages mean to its console.

    A result, a repr and a traceback have no newline at their end on the wire; one is put before whatever comes next,
    so that nothing is glued to them.
    """

    def __init__(self, console: Console, on_text: Callable[[str], None]) -> None:
        """`on_text` hears all text too (the session's log tail)."""
        self._console = console
        self._on_text = on_text
        self._open_result = ""
        self._column_open = False

    def handle(self, message: Message) -> int | None:
        """Write one iopub message; the exit code it means when it is an error, else None."""
        match message.kind:
            case "stream":
                stream = message.stream()
                self.text("stderr" if stream.name == "stderr" else "stdout", stream.text)
            case "execute_result" | "display_data" | "update_display_data":
                data = message.content().get("data")
                if isinstance(data, dict):
                    self.bundle(data)
            case "error":
                return self.error(message.content())
            case "clear_output":
                self.text("stdout", "\r\x1b[2K")
            case _:
                pass
        return None

    def text(self, kind: str, text: str) -> None:
        """Output of a stream."""
        if not text:
            return
        self._end_result()
        self._put(kind, text)

    def bundle(self, data: Mapping[str, Any]) -> None:
        """A MIME bundle: the richest picture in it, else HTML and text, else text."""
        plain = _joined(data.get("text/plain", ""))
        picture = next((mime for mime in _WHOLE if mime in data), None) or next(
            (mime for mime in data if _BASE64.fullmatch(mime)), None
        )
        if picture is not None:
            self._media(picture, data[picture])
            return
        html = _joined(data.get("text/html", ""))
        if not html or not _BARE_REPR.fullmatch(plain):
            self.result(_plainest(data, plain))
        if html:
            self._record("html", html, "a fragment of HTML")

    def result(self, text: str) -> None:
        """Text without a newline of its own: a result, a repr, a traceback's last line."""
        if text:
            self._end_result()
            self._put("stdout", f"\n{text}" if self._column_open else text)
            self._open_result = "stdout"

    def error(self, content: Mapping[str, Any]) -> int:
        """An exception that ended the code; returns the exit code it means."""
        name, value = str(content.get("ename", "")), str(content.get("evalue", ""))
        if name == "SystemExit":
            return self._system_exit(value)
        traceback = content.get("traceback") or [f"{name}: {value}"]
        self.text("stderr", "\n".join(clean_text(str(line)) for line in traceback))
        self._open_result = "stderr"
        return 1

    def notice(self, sentence: str) -> None:
        """A line of the server's own on stderr."""
        if self._column_open:
            self.text("stderr", "\n")
        self.text("stderr", f"[{sentence}]\n")

    def _system_exit(self, value: str) -> int:
        if value in {"", "None"}:
            return 0
        try:
            return int(value)
        except ValueError:
            self.text("stderr", f"{value}\n")
            return 1

    def _put(self, kind: str, text: str) -> None:
        self._column_open = not text.endswith(("\n", "\r"))
        self._console.put_text(kind, text)
        self._on_text(text)

    def _end_result(self) -> None:
        if self._open_result:
            kind, self._open_result = self._open_result, ""
            self._put(kind, "\n")

    def _media(self, mime: str, content: Any) -> None:
        if mime not in _WHOLE:
            content = f"data:{mime};base64,{''.join(_joined(content).split())}"
        elif isinstance(content, list) and mime == "image/svg+xml":
            content = _joined(content)
        self._record("media", [mime, content], f"a picture ({mime})")

    def _record(self, kind: str, data: Any, what: str) -> None:
        payload = data[1] if kind == "media" else data
        size = len(payload) if isinstance(payload, str) else len(json.dumps(payload))
        if size > LARGEST_RECORD:
            self.notice(
                f"{what} of {size / 1048576:.0f} MiB is not sent: a record has at most 10 MiB; save it to a file"
            )
        else:
            self._console.put_record(kind, data, size)


def _joined(value: Any) -> str:
    # A bundle's text may be a list of lines; source: nbformat.
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else str(value)


def _plainest(data: Mapping[str, Any], plain: str) -> str:
    if plain and not _BARE_REPR.fullmatch(plain):
        return clean_text(plain)
    for mime in _TEXTS:
        if mime in data:
            value = data[mime]
            return clean_text(_joined(value) if isinstance(value, (str, list)) else json.dumps(value, indent=2))
    return clean_text(plain)
