"""Payloads that read as text: plain text, HTML, JSON, a commit graph."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.media.html import html_lines
from workbench.media.limits import Limits, UnfitError
from workbench.media.payload import payload_size, payload_text, plain_mime
from workbench.media.picture import TextPage

_DIRECTIONS = (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), *_DIRECTIONS), " ")
_TEXT = frozenset({"application/json", "application/xml", "application/javascript", "application/yaml"})
_GRAPH = "application/vnd.sorna.gitgraph"
_MAX_LINE = 1000


def is_text(mime: str) -> bool:
    """Whether the type reads as text."""
    mime = plain_mime(mime)
    return mime.startswith("text/") or mime in _TEXT or mime == _GRAPH or mime.endswith("+json")


def decode_text(mime: str, content: Any, limits: Limits) -> TextPage:
    """The lines of a text payload, without control characters; what is too long is cut and counted."""
    size = payload_size(content)
    mime = plain_mime(mime)
    lines = _lines(mime, content, limits)
    kept = tuple(line.expandtabs()[:_MAX_LINE].translate(_CONTROLS).rstrip() for line in lines[: limits.text_lines])
    return TextPage(kept, mime, size, max(0, len(lines) - len(kept)))


def _lines(mime: str, content: Any, limits: Limits) -> list[str]:
    if mime == _GRAPH:
        return _commits(content)
    text = payload_text(mime, content, limits)[: limits.text_bytes]
    if mime == "text/html":
        lines = html_lines(text, limits.text_lines)
        return lines or ["(no text)"]
    if "json" in mime and isinstance(content, list | dict):
        text = msgspec.json.format(text, indent=2)
    return text.splitlines() or [""]


def _commits(content: Any) -> list[str]:
    try:
        commits = msgspec.json.decode(content) if isinstance(content, str) else content
    except msgspec.DecodeError:
        raise UnfitError("The commit graph is no JSON.") from None
    if not isinstance(commits, list):
        raise UnfitError("The commit graph is no list of commits.")
    return [_commit(commit) for commit in commits if isinstance(commit, dict)]


def _commit(commit: dict[str, Any]) -> str:
    parents = commit.get("parent_ids")
    mark = "◆" if isinstance(parents, list) and len(parents) > 1 else "●"
    branch = f"({commit['branch']}) " if commit.get("branch") else ""
    message = str(commit.get("message") or "").strip().partition("\n")[0]
    author = f" - {commit['author']}" if commit.get("author") else ""
    return f"{mark} {str(commit.get('oid') or '')[:8]} {branch}{message}{author}"
