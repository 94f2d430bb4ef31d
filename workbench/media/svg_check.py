"""An SVG read with suspicion: what the renderer gets is written anew and refers to nothing outside itself."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from workbench.media.limits import Budget, Limits, UnfitError

_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
}
_MAX_ENTITIES = 64
_MAX_ENTITY = 4096
_MAX_NESTED = 2
_CHUNK = 1 << 16


class CheckedSvg(NamedTuple):
    """An SVG that is safe to render."""

    text: str
    width: float | None
    """Pixels as it declares them; None when it does not."""
    height: float | None
    has_text: bool
    """Whether drawing it needs fonts."""


def check_svg(source: str, limits: Limits, budget: Budget, *, nested: int = 0) -> CheckedSvg:
    """Parse an SVG and write it anew without its document type, comments and processing instructions.

    Raises:
        UnfitError: it is no SVG, is too big or deep, declares entities of entities, or refers to a file or an address.
    """
    if len(source) > limits.svg_bytes:
        raise UnfitError(f"An SVG of {len(source):,} characters is more than a preview takes.")
    writer = _Writer(limits, budget, nested)
    data = source.encode("utf-8", "replace")
    try:
        for start in range(0, len(data), _CHUNK):
            writer.parser.Parse(data[start : start + _CHUNK])
        writer.parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by place only
    except expat.ExpatError as error:
        raise UnfitError(_xml_sentence(error)) from None
    return CheckedSvg("".join(writer.parts), writer.width, writer.height, writer.has_text)


def _xml_sentence(error: expat.ExpatError) -> str:
    text = expat.ErrorString(error.code)
    if "amplification" in text:
        return "The SVG expands its entities without end."
    return f"The SVG is no well-formed XML: {text}, line {error.lineno}."


class _Writer:
    def __init__(self, limits: Limits, budget: Budget, nested: int) -> None:
        self.parts: list[str] = []
        self.width: float | None = None
        self.height: float | None = None
        self.has_text = False
        self._limits = limits
        self._budget = budget
        self._nested = nested
        self._depth = self._elements = self._entities = self._length = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, flat: list[str]) -> None:
        attributes = list(zip(flat[::2], flat[1::2], strict=True))
        local = name.rpartition(":")[2]
        if not self._elements:
            self._root(local, dict(attributes))
        self._count(local)
        if local != "a":
            attributes = [(key, self._reference(value) if _is_reference(key) else value) for key, value in attributes]
        self._write(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes)}>")

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._write(f"</{name}>")

    def _characters(self, text: str) -> None:
        self._write(escape(text))

    def _count(self, local: str) -> None:
        self._elements += 1
        self._depth += 1
        self.has_text = self.has_text or local == "text"
        if self._elements % 1000 == 0:
            self._budget.check()
        if self._elements > self._limits.svg_elements:
            raise UnfitError(f"The SVG has more than {self._limits.svg_elements:,} elements.")
        if self._depth > self._limits.svg_depth:
            raise UnfitError(f"The SVG has elements more than {self._limits.svg_depth} deep.")

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > 2 * self._limits.svg_bytes:
            raise UnfitError("The SVG expands its entities without end.")
        self.parts.append(text)

    def _root(self, local: str, attributes: dict[str, str]) -> None:
        if local != "svg":
            raise UnfitError(f"It is no SVG: its root element is <{local[:40]}>.")
        box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
        box_width, box_height = (_pixels(box[2]), _pixels(box[3])) if len(box) == 4 else (None, None)
        self.width = _pixels(attributes.get("width", "")) or box_width
        self.height = _pixels(attributes.get("height", "")) or box_height

    def _entity(
        self,
        name: str,
        is_parameter: bool,  # noqa: FBT001 - expat calls it
        value: str | None,
        *_external: str | None,
    ) -> None:
        self._entities += 1
        if value is None:
            raise UnfitError("The SVG refers to something outside itself through an entity; that is not read.")
        if is_parameter or "&" in value or "%" in value or len(value) > _MAX_ENTITY or self._entities > _MAX_ENTITIES:
            raise UnfitError(f"The SVG declares entities that could expand without end (&{name[:20]};).")

    def _reference(self, value: str) -> str:
        target = value.strip()
        if not target or target.startswith("#"):
            return value
        if target[:5].lower() != "data:":
            raise UnfitError(f"The SVG refers to something outside itself ({_short(target)}); that is not read.")
        head, _, body = target.partition(",")
        if "svg" not in head.lower():
            return value
        if self._nested >= _MAX_NESTED:
            raise UnfitError("The SVG has SVGs nested inside one another.")
        inner = check_svg(_decode(head, body), self._limits, self._budget, nested=self._nested + 1)
        return "data:image/svg+xml;base64," + base64.b64encode(inner.text.encode()).decode("ascii")


def _is_reference(key: str) -> bool:
    return key.rpartition(":")[2].lower() in {"href", "src"}


def _decode(head: str, body: str) -> str:
    try:
        data = base64.b64decode(body) if head.lower().endswith(";base64") else unquote_to_bytes(body)
    except ValueError:
        raise UnfitError("The SVG holds a picture whose base64 text is damaged.") from None
    if data.startswith(b"\x1f\x8b"):
        raise UnfitError("The SVG holds a compressed SVG; those are not read.")
    return data.decode("utf-8", "replace")


def _pixels(text: str) -> float | None:
    match = _LENGTH.fullmatch(text)
    if match is None:
        return None
    factor = _PIXELS.get(match[2].lower())
    value = float(match[1]) * factor if factor else 0.0
    return value if 0 < value < 1e30 else None


def _short(text: str) -> str:
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= 60 else text[:57] + "…"
