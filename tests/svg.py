"""Pictures of the screen as SVG: written so that they look the same everywhere, read back as text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from difflib import unified_diff

_FONTS = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_TEXT = re.compile(
    r'<text class="terminal-(?P<style>r\d+)" x="(?P<x>[\d.]+)" y="[\d.]+" textLength="[\d.]+"'
    r' clip-path="url\(#terminal-line-(?P<line>\d+)\)">(?P<text>.*?)</text>'
)
_CLASS = re.compile(r"\.terminal-(r\d+) \{ fill: (#[0-9a-f]{6})")
_COLUMN, _ROW, _TOP = 12.2, 24.4, 1.5
"""Size of a character in these pictures, and where the first row begins."""


def for_the_web(svg: str) -> str:
    """The picture without fonts from elsewhere, and with its blocks drawn as rectangles: between glyphs are seams."""
    svg = (
        _FACE.sub("", svg)
        .replace("Fira Code, monospace", _FONTS)
        .replace("font-family: arial", f"font-family: {_FONTS}")
    )
    colours = dict(_CLASS.findall(svg))
    svg = _TEXT.sub(lambda found: _blocks(found, colours), svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def _blocks(found: re.Match[str], colours: dict[str, str]) -> str:
    text = html.unescape(found["text"])
    if not text or text.strip("▀█"):
        return found[0]
    top = int(found["line"]) * _ROW + _TOP
    rectangles = []
    for run in re.finditer("▀+|█+", text):
        x, width = float(found["x"]) + run.start() * _COLUMN, len(run[0]) * _COLUMN
        height = _ROW / 2 if run[0][0] == "▀" else _ROW
        rectangles.append(
            f'<rect fill="{colours[found["style"]]}" x="{x:g}" y="{top:g}" width="{width:g}"'
            f' height="{height + 0.25:g}" shape-rendering="crispEdges"/>'
        )
    return "".join(rectangles)


def text_of(svg: str) -> list[str]:
    """The lines of the screen in a picture; half blocks are left out."""
    lines: dict[int, str] = {}
    for found in _TEXT.finditer(svg):
        text = html.unescape(found["text"]).replace("\xa0", " ").replace("▀", " ")
        line = int(found["line"])
        lines[line] = lines.get(line, "").ljust(round(float(found["x"]) / _COLUMN)) + text
    return [lines.get(line, "").rstrip() for line in range(max(lines, default=-1) + 1)]


_RECTANGLE = re.compile(r'<rect fill="(#[0-9a-f]{6})" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"')


def words(svg: str) -> Iterator[tuple[str, str, str]]:
    """Every piece of text in a picture with its colour and the colour behind it."""
    behind: dict[int, list[tuple[float, float, str]]] = {}
    for fill, x, y, width in _RECTANGLE.findall(svg):
        behind.setdefault(round((float(y) - _TOP) / _ROW), []).append((float(x), float(x) + float(width), fill))
    fills = dict(_CLASS.findall(svg))
    for found in _TEXT.finditer(svg):
        text, x = html.unescape(found["text"]).replace("\xa0", " ").strip(), float(found["x"]) + 1
        for left, right, fill in behind.get(int(found["line"]), ()):
            if left <= x < right and any(map(str.isalnum, text)):
                yield text, fills[found["style"]], fill


def difference(before: str, now: str) -> str:
    """What differs between two pictures, in words a person can act on."""
    changed = list(unified_diff(text_of(before), text_of(now), "before", "now", lineterm="", n=1))
    return "\n".join(changed) if changed else "Only colours or styles differ."
