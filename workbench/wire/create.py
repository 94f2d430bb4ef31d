"""Creating a session, or attaching to the one that has the name; source: protocol.md §3.2."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.domain.names import name_problem
from workbench.wire.compute import ComputeSession
from workbench.wire.errors import Conflict, Problem, ProtocolError
from workbench.wire.transport import Transport

_ENDING_SECONDS = 90.0
"""How long the end of a session that has the wanted name is waited for; clusters take up to a minute."""


async def get_or_create(
    transport: Transport,
    image: str,
    *,
    name: str | None = None,
    client_token: str | None = None,
    resources: Mapping[str, str | int] | None = None,
    envs: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    mounts: Sequence[str] | None = None,
    mount_map: Mapping[str, str] | None = None,
    type: str = "interactive",  # noqa: A002 - the wire's own word
    startup_command: str | None = None,
    bootstrap_script: str | None = None,
    tag: str | None = None,
    cluster_size: int = 1,
    cluster_mode: str = "single-node",
    scaling_group: str | None = None,
    architecture: str | None = None,
    resource_opts: Mapping[str, Any] | None = None,
    domain_name: str | None = None,
    group_name: str | None = None,
    enqueue_only: bool = False,
    max_wait: int = 0,
    no_reuse: bool = False,
) -> ComputeSession:
    """Create a session, or attach to the live one of that name.

    `client_token` is the older word for `name`, `envs` for `environ`. With `enqueue_only` it returns at once, else when
    the session runs or `max_wait` seconds are over (0 = however long it takes). Raises `ValueError` for a bad name,
    `Conflict` for a taken one with another image or with `no_reuse`, and other `WireError`s.
    """
    wanted = name or client_token or f"session-{secrets.token_hex(5)}"
    if problem := name_problem(wanted):
        raise ValueError(problem)
    endpoint = transport.endpoint
    config: dict[str, Any] = {
        "mounts": list(mounts if mounts is not None else endpoint.mounts),
        "mount_map": dict(mount_map or {}),
        "environ": dict(environ or envs or {}),
        "resources": {slot: str(amount) for slot, amount in (resources or {}).items()},
        "resource_opts": dict(resource_opts or {}),
        "scalingGroup": scaling_group,
    }
    body = {
        "name": wanted,
        "image": image,
        "type": type,
        "group": group_name or endpoint.project,
        "domain": domain_name or endpoint.domain,
        "clusterSize": cluster_size,
        "clusterMode": cluster_mode,
        "enqueueOnly": enqueue_only,
        "maxWaitSeconds": max_wait,
        "reuseIfExists": not no_reuse,
        "startupCommand": startup_command,
        "bootstrap_script": bootstrap_script,
        "tag": tag,
        "architecture": architecture,
        "config": {key: value for key, value in config.items() if value},
    }
    body = {key: value for key, value in body.items() if value is not None}
    return await _create(transport, wanted, body)


async def _create(transport: Transport, wanted: str, body: dict[str, Any]) -> ComputeSession:
    deadline = time.monotonic() + _ENDING_SECONDS
    # attaching by name may be asked twice; a session that must be new may not
    retry = bool(body["reuseIfExists"])
    while True:
        reply = await transport.request("POST", "/session", json=body, timeout=None, retry=retry)
        session = _session_of(transport, wanted, reply.object())
        if session.created or session.status not in {"TERMINATING", "TERMINATED", "CANCELLED"}:
            return session
        # a session that was just destroyed still has the name, and is handed out as if it lived
        if time.monotonic() > deadline:
            raise Conflict(409, Problem(title=f"The last session named {wanted} has not ended yet."))
        await asyncio.sleep(0.5)


def _session_of(transport: Transport, wanted: str, reply: Mapping[str, Any]) -> ComputeSession:
    session_id = reply.get("sessionId") or reply.get("kernelId")
    if not isinstance(session_id, str):
        raise ProtocolError("The server's reply to a new session has no ID.")
    ports = reply.get("servicePorts") or reply.get("service_ports") or []
    interpreter = reply.get("interpreter")
    return ComputeSession(
        transport,
        str(reply.get("sessionName") or wanted),
        id=session_id,
        created=bool(reply.get("created", True)),
        status=str(reply.get("status") or "RUNNING"),
        service_ports=[port for port in ports if isinstance(port, dict)] if isinstance(ports, list) else [],
        interpreter=interpreter if isinstance(interpreter, str) else "",
    )
