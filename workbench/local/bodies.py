"""Reading what a call brings: bodies and parameters that anybody may have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from workbench.local.problems import bad_params

if TYPE_CHECKING:
    from collections.abc import Mapping


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object of the body; an empty body is an empty object.

    Raises `Problem` 400 for anything else, and 413 (through aiohttp) for a body over the limit.
    """
    return as_object(await request.read())


def as_object(body: bytes) -> dict[str, Any]:
    """Decode one JSON object; raises `Problem` 400."""
    if not body.strip():
        return {}
    try:
        value = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise bad_params(f"Malformed JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_params("The body must be a JSON object.")
    return value


async def read_params(request: web.Request) -> dict[str, Any]:
    """Query and JSON body together, the body winning: parameters moved between the two from release to release.

    A query key that is given several times becomes a list.
    """
    query: dict[str, Any] = {}
    for key in request.query:
        values = request.query.getall(key)
        query[key] = values[0] if len(values) == 1 else values
    is_json = request.content_type in {"application/json", "text/plain", "application/octet-stream"}
    return query | (await read_object(request) if is_json and request.can_read_body else {})


def text(params: Mapping[str, Any], *names: str, default: str | None = None) -> str:
    """The first of the parameters that is given, as text; raises `Problem` 400 when it is missing or not text."""
    value = first(params, *names)
    if value is None:
        if default is None:
            raise bad_params(f"{names[0]} is required.")
        return default
    if not isinstance(value, str):
        raise bad_params(f"{names[0]} must be text.")
    return value


def flag(params: Mapping[str, Any], *names: str, default: bool = False) -> bool:
    """The first of the parameters that is given, as yes or no; raises `Problem` 400."""
    value = first(params, *names)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in {"true", "yes", "y", "t", "1", "on"}:
        return True
    if word in {"false", "no", "n", "f", "0", "off", ""}:
        return False
    raise bad_params(f"{names[0]} must be true or false.")


def first(params: Mapping[str, Any], *names: str) -> Any:
    """The value of the first name that has one other than null."""
    return next((params[name] for name in names if params.get(name) is not None), None)
