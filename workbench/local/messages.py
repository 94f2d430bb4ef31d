"""Jupyter messages off a ZeroMQ socket, decoded no further than a run needs."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct

_DELIMITER = b"<IDS|MSG>"


class Header(Struct):
    """The part of a message header that is used."""

    msg_type: str
    msg_id: str = ""


class _Parent(Struct):
    msg_id: str = ""


class Stream(Struct):
    """Content of a `stream` message."""

    name: str
    text: str


class Message(Struct):
    """One message; `content` is still JSON."""

    kind: str
    parent_id: str
    raw: bytes

    def content(self) -> dict[str, Any]:
        """The content as a dict; {} when it is not one."""
        decoded = _lenient(self.raw, _any)
        return decoded if isinstance(decoded, dict) else {}

    def stream(self) -> Stream:
        """The content of a `stream` message; raises msgspec.ValidationError when it is not."""
        try:
            return _stream.decode(self.raw)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.convert(_lenient(self.raw, _any), Stream)


_header = msgspec.json.Decoder(Header)
_parent = msgspec.json.Decoder(_Parent)
_stream = msgspec.json.Decoder(Stream)
_any = msgspec.json.Decoder()


def decode(frames: list[bytes]) -> Message | None:
    """The message in the frames of one multipart read; None when they are not one.

    The signature is not checked: the sockets are in a folder only this user can open.
    Source: Jupyter messaging protocol 5.4, "The Wire Protocol".
    """
    try:
        at = frames.index(_DELIMITER)
        header, parent, _, content = frames[at + 2 : at + 6]
        head = _header.decode(header)
        return Message(head.msg_type, _parent.decode(parent).msg_id, content)
    except (ValueError, msgspec.MsgspecError):
        return None


def _lenient(raw: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Lone surrogates are not JSON text; whoever printed them still gets to see the rest.
        return json.loads(raw.decode("utf-8", "replace"), object_hook=_clean)


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    return {key: clean_text(value) if isinstance(value, str) else value for key, value in values.items()}


def clean_text(text: str) -> str:
    """Text without lone surrogates, which UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()
