"""Create or attach to a session: `POST /session`; source: protocol.md §3.2 and the rig's observations."""

from __future__ import annotations

import asyncio
import os
import platform
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web
from msgspec import Struct

from workbench.domain.names import name_problem
from workbench.domain.session import SessionStatus
from workbench.local.bodies import first, flag, read_object, text
from workbench.local.problems import Problem, bad_params
from workbench.local.service import LocalService, service_of
from workbench.local.sessions import LocalSession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.local.kernelspecs import LocalImage

DEFAULT_SLOTS = {"cpu": "1", "mem": "268435456"}
"""What a session that asks for nothing is said to hold; the embedded server does not fence sessions in."""

_IN_THE_WAY = {SessionStatus.TERMINATING, SessionStatus.ERROR}
_ARCHITECTURES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtpe]?)(?:i?b)?", re.IGNORECASE)


def architecture(name: str | None = None) -> str:
    """The API's word for a machine type; this machine's by default."""
    word = (name or platform.machine()).lower()
    return _ARCHITECTURES.get(word, word)


class Wish(Struct, frozen=True, kw_only=True):
    """A checked create call."""

    name: str
    image: str
    architecture: str
    reuse: bool
    enqueue_only: bool
    max_wait: float
    environ: dict[str, str]
    resources: dict[str, str]
    tag: str | None
    keep_folder: bool


async def create_session(request: web.Request) -> web.Response:
    """Answer the call; the session goes on starting when the caller goes away."""
    service = service_of(request)
    service.refuse_when_stopping()
    wish = parse_wish(await read_object(request))
    image = await service.image(wish.image)
    if image is None or wish.architecture != architecture():
        raise Problem(
            404,
            "image-not-found",
            "Unknown image reference.",
            f"Unknown image reference: {wish.image} ({wish.architecture})",
            code="image_read_not-found",
        )
    session, is_new = await _get_or_create(service, wish, image)
    status = session.status.value
    if is_new and not wish.enqueue_only:
        status = await _wait(session, wish.max_wait)
    return web.json_response(_reply(session, status, is_new=is_new), status=201)


async def _get_or_create(service: LocalService, wish: Wish, image: LocalImage) -> tuple[LocalSession, bool]:
    while (existing := service.sessions.find_live(wish.name)) and existing.status in _IN_THE_WAY:
        # The stock server hands out the dying or failed session; here its name is free a moment later.
        await asyncio.shield(service.sessions.end(existing, "user-requested"))
    if existing is not None:
        if not wish.reuse or existing.image.reference != image.reference:
            raise already_exists(existing)
        return existing, False
    service.refuse_when_stopping()
    session = LocalSession(
        wish.name,
        image,
        access_key=service.access_key,
        environ=wish.environ,
        resources=DEFAULT_SLOTS | wish.resources,
        tag=wish.tag,
        keep_folder=wish.keep_folder,
    )
    service.sessions.create(session)
    return session, True


def already_exists(session: LocalSession) -> Problem:
    """400: the name is taken; the data says by whom."""
    return Problem(
        400,
        "session-already-exists",
        "The session already exists.",
        f"The session {session.name} already exists.",
        code="session_create_already-exists",
        data={"existingSessionId": session.id},
    )


async def _wait(session: LocalSession, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds or None):
            await session.settled.wait()
    except TimeoutError:
        return "TIMEOUT"
    if session.status is SessionStatus.ERROR:
        raise Problem(500, "kernel-creation-failed", "Kernel creation has failed.", session.status_info)
    if not session.status.is_running:
        raise Problem(404, "entity-not-found", "No such session.", "The session was destroyed while it started.")
    return session.status.value


def _reply(session: LocalSession, status: str, *, is_new: bool) -> dict[str, Any]:
    return {
        "sessionId": session.id,
        "sessionName": session.name,
        "status": status,
        "servicePorts": [],
        "service_ports": [],
        "created": is_new,
        "interpreter": session.image.interpreter,
        "image": session.image.reference,
        "statusInfo": session.status_info or None,
    }


# -- checking


def parse_wish(params: Mapping[str, Any]) -> Wish:
    """Check the body of a create call; raises `Problem` 400, 404 or 501 with the reason."""
    name = text(params, "name", "session_name", "clientSessionToken")
    if problem := name_problem(name):
        raise bad_params(problem)
    _check_kind(params)
    config = _mapping(params, "config")
    if first(config, "mounts", "mount_map", "mount_ids", "mount_id_map"):
        raise Problem(404, "vfolder-not-found", "No such virtual folder.", "This server has no virtual folders.")
    return Wish(
        name=name,
        image=text(params, "image", "lang"),
        architecture=architecture(text(params, "architecture", "arch", default="")),
        reuse=flag(params, "reuseIfExists", "reuse", default=True),
        enqueue_only=flag(params, "enqueueOnly", "enqueue_only"),
        max_wait=_seconds(first(params, "maxWaitSeconds", "max_wait_seconds")),
        environ=_environ(_mapping(config, "environ")),
        resources=_resources(_mapping(config, "resources")),
        tag=text(params, "tag", default="") or None,
        keep_folder=flag(params, "keepFolder", "keep_folder"),
    )


def _check_kind(params: Mapping[str, Any]) -> None:
    kind = text(params, "type", "session_type", "sessionType", default="interactive")
    if kind.lower() not in {"interactive", "batch", "inference", "system"}:
        raise bad_params(f"There is no session type {kind!r}.")
    if kind.lower() != "interactive":
        raise _not_served(f"sessions of type {kind}")
    if first(params, "clusterSize", "cluster_size") not in (None, 1):
        raise _not_served("clusters of several nodes")
    if first(params, "bootstrap_script", "bootstrapScript"):
        raise _not_served("bootstrap scripts")
    for key in ("group", "domain"):
        value = first(params, key, f"{key}Name", f"{key}_name")
        if value is not None and text(params, key, f"{key}Name", f"{key}_name") not in {"", "default"}:
            raise bad_params(f"Invalid {key}: this server has only the {key} default.")


def _not_served(what: str) -> Problem:
    return Problem(501, "not-implemented", "Not implemented.", f"The embedded server has no {what}.")


def _mapping(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_params(f"{name} must be an object.")
    return value


def _seconds(value: Any) -> float:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise bad_params("maxWaitSeconds must be a number of seconds, 0 or more.")
    return float(value)


def _environ(raw: Mapping[str, Any]) -> dict[str, str]:
    environ = {}
    for key, value in raw.items():
        if not key or "=" in key or "\0" in key:
            raise bad_params(f"{key!r} cannot be the name of an environment variable.")
        if not isinstance(value, str | int | float) or "\0" in str(value):
            raise bad_params(f"The environment variable {key} must be text.")
        environ[key] = str(value)
    return environ


def _resources(raw: Mapping[str, Any]) -> dict[str, str]:
    limits = machine_slots()
    slots = {}
    for name, value in raw.items():
        if name not in limits:
            raise bad_params(f"Unknown resource slot: {name}")
        amount = slot_amount(str(value))
        if amount is None:
            raise bad_params(f"{value!r} is not an amount of {name}.")
        if amount > limits[name]:
            raise bad_params(f"This machine has less {name} than {value}.")
        slots[name] = f"{amount:g}" if name == "cpu" else f"{amount:.0f}"
    return slots


def slot_amount(value: str) -> float | None:
    """The number that `2`, `512m` or `4g` stands for (binary suffixes); None when it is not an amount."""
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        return None
    exponent = " kmgtpe".index(match[2].lower() or " ")
    return float(match[1]) * float(1024**exponent)


def machine_slots() -> dict[str, float]:
    """What this machine has."""
    return {
        "cpu": float(os.cpu_count() or 1),
        "mem": float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")),
    }
