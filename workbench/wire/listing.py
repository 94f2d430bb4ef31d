"""Lists of sessions and images over GraphQL; source: protocol.md §3.4 and §3.8."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from workbench.domain.idle import IdleCheck
from workbench.domain.image import Image
from workbench.domain.session import LIVE_STATUSES, Session, SessionStatus
from workbench.wire.errors import ApiError, Problem, ProtocolError, one_line
from workbench.wire.transport import Transport, version_key

PAGE = 100
"""What a server gives at most in one answer."""

SESSION_FIELDS = (
    "id", "session_id", "name", "type", "status", "status_info", "image", "created_at", "terminated_at", "group_name",
    "access_key", "occupying_slots", "num_queries", "idle_checks", "status_data", "containers { live_stat }",
)  # fmt: skip

IMAGE_FIELDS = (
    "name", "registry", "tag", "architecture", "installed", "size_bytes", "aliases", "labels { key value }",
)  # fmt: skip

_UNKNOWN_FIELD = re.compile(r"Cannot query field ['\"]?(\w+)")


async def query(transport: Transport, text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of one GraphQL query; raises `ApiError` for what the server finds wrong with it."""
    await transport.negotiate()
    modern = (version_key(transport.version) or (9, 0)) >= (6, 20210815)
    path = "/admin/gql" if modern else "/admin/graphql"
    reply = (
        await transport.request("POST", path, json={"query": text, "variables": dict(variables)}, retry=True)
    ).object()
    if errors := reply.get("errors"):
        raise GraphQLError([_message(error) for error in (errors if isinstance(errors, list) else [errors])])
    data = reply.get("data", reply)
    if not isinstance(data, dict):
        raise ProtocolError("The server's reply to a query has no data.")
    return data


def _message(error: Any) -> str:
    return str(error.get("message", "")) if isinstance(error, dict) else str(error)


class GraphQLError(ApiError):
    """The server refused a query."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__(400, Problem(title=f"The server refused the query: {one_line('; '.join(messages))}"))


async def _query_leniently(
    transport: Transport,
    build: Callable[[Sequence[str]], str],
    fields: Sequence[str],
    variables: dict[str, Any],
) -> dict[str, Any]:
    """Ask for fewer fields, or statuses, when the server does not know some; raises what else is wrong."""
    wanted = list(fields)
    while True:
        try:
            return await query(transport, build(wanted), variables)
        except ApiError as error:
            said = " ".join(error.messages) if isinstance(error, GraphQLError) else str(error)
            if not (_drop_fields(wanted, said) or _drop_statuses(variables, said)):
                raise


def _drop_fields(wanted: list[str], said: str) -> bool:
    unknown = set(_UNKNOWN_FIELD.findall(said))
    kept = [field for field in wanted if not unknown & set(re.findall(r"\w+", field))]
    changed = bool(kept) and len(kept) < len(wanted)
    if changed:
        wanted[:] = kept
    return changed


def _drop_statuses(variables: dict[str, Any], said: str) -> bool:
    asked = str(variables.get("status", "")).split(",")
    kept = [status for status in asked if not re.search(rf"\b{status}\b", said)]
    changed = bool(kept) and len(kept) < len(asked)
    if changed:
        variables["status"] = ",".join(kept)
    return changed


async def list_sessions(
    transport: Transport,
    statuses: Iterable[SessionStatus | str] = LIVE_STATUSES,
    limit: int | None = None,
) -> list[Session]:
    """Own sessions with these statuses, newest first as the server orders them; all of them when `limit` is None."""
    sessions: dict[str, Session] = {}
    offset = 0
    while limit is None or len(sessions) < limit:
        items, total = await session_page(transport, statuses, offset=offset, size=PAGE)
        sessions.update((session.id, session) for session in items)
        offset += PAGE
        if not items or offset >= total:
            break
    return list(sessions.values())[:limit]


async def session_page(
    transport: Transport, statuses: Iterable[SessionStatus | str] = LIVE_STATUSES, *, offset: int = 0, size: int = PAGE
) -> tuple[list[Session], int]:
    """One page of own sessions, and how many there are in all."""

    def build(fields: Sequence[str]) -> str:
        return (
            "query($limit:Int!, $offset:Int!, $status:String, $access_key:String) {"
            " compute_session_list(limit:$limit, offset:$offset, status:$status, access_key:$access_key) {"
            f" items {{ {' '.join(fields)} }} total_count }} }}"
        )

    variables: dict[str, Any] = {
        "limit": min(size, PAGE),
        "offset": offset,
        "status": ",".join(str(status) for status in statuses),
        "access_key": transport.endpoint.access_key or None,
    }
    data = await _query_leniently(transport, build, SESSION_FIELDS, variables)
    page = data.get("compute_session_list")
    if not isinstance(page, dict) or not isinstance(items := page.get("items"), list):
        raise ProtocolError("The server's list of sessions is not what the API describes.")
    total = page.get("total_count")
    sessions = [session for item in items if isinstance(item, dict) and (session := session_of(item))]
    return sessions, total if isinstance(total, int) else 0


def session_of(item: Mapping[str, Any]) -> Session | None:
    """One listed session; None when it has no ID."""
    session_id = item.get("session_id") or item.get("id")
    if not isinstance(session_id, str):
        return None
    containers = item.get("containers")
    first = containers[0] if isinstance(containers, list) and containers else None
    stat = _json_object(first.get("live_stat")) if isinstance(first, dict) else {}
    info = _text(item, "status_info")
    queries = item.get("num_queries")
    return Session(
        id=session_id,
        name=_text(item, "name") or session_id,
        status=SessionStatus(_text(item, "status")),
        status_info="" if info == "None" else info,
        image=_text(item, "image"),
        type=_text(item, "type").lower() or "interactive",
        project=_text(item, "group_name"),
        access_key=_text(item, "access_key"),
        created_at=_time(item.get("created_at")),
        terminated_at=_time(item.get("terminated_at")),
        occupied_slots={slot: str(amount) for slot, amount in _json_object(item.get("occupying_slots")).items()},
        live_stat={
            metric: {key: str(value) for key, value in values.items()}
            for metric, values in stat.items()
            if isinstance(values, dict)
        },
        idle_checks=tuple(_idle_checks(_json_object(item.get("idle_checks")))),
        num_queries=queries if isinstance(queries, int) else 0,
        interpreter=_text(_json_object(item.get("status_data")), "interpreter"),
    )


def _idle_checks(checks: Mapping[str, Any]) -> Iterable[IdleCheck]:
    for name, check in checks.items():
        if isinstance(check, dict):
            remaining = check.get("remaining")
            yield IdleCheck(
                name=name,
                remaining=float(remaining) if isinstance(remaining, int | float) else None,
                kind=str(check.get("remaining_time_type") or "expire_after"),
            )


async def list_images(transport: Transport, *, installed_only: bool = False) -> list[Image]:
    """The images that sessions can be made from."""

    def build(fields: Sequence[str]) -> str:
        return f"query {{ images {{ {' '.join(fields)} }} }}"

    data = await _query_leniently(transport, build, IMAGE_FIELDS, {})
    items = data.get("images")
    if not isinstance(items, list):
        raise ProtocolError("The server's list of images is not what the API describes.")
    images = [image_of(item) for item in items if isinstance(item, dict)]
    return [image for image in images if image.installed or not installed_only]


def image_of(item: Mapping[str, Any]) -> Image:
    """One listed image."""
    registry, name, tag = _text(item, "registry"), _text(item, "name"), _text(item, "tag")
    labels, aliases, size = item.get("labels"), item.get("aliases"), item.get("size_bytes")
    return Image(
        reference=(f"{registry}/" if registry else "") + name + (f":{tag}" if tag else ""),
        architecture=_text(item, "architecture"),
        installed=bool(item.get("installed")),
        aliases=tuple(str(alias) for alias in aliases) if isinstance(aliases, list) else (),
        labels={
            str(label["key"]): str(label.get("value", ""))
            for label in (labels if isinstance(labels, list) else [])
            if isinstance(label, dict) and "key" in label
        },
        size_bytes=size if isinstance(size, int) else 0,
    )


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _json_object(value: Any) -> dict[str, Any]:
    """A JSONString field, decoded once more; {} for null and for what is no object."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
