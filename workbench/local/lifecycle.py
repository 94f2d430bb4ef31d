"""Calls about one session: info, rename, logs, history, destroy, and those that need its runtime."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from workbench.domain.names import name_problem
from workbench.domain.session import SessionStatus
from workbench.local.bodies import flag, read_params, text
from workbench.local.create import already_exists, architecture
from workbench.local.idle import report
from workbench.local.problems import Problem, bad_params, session_not_found
from workbench.local.service import LocalService, service_of

if TYPE_CHECKING:
    from workbench.local.sessions import LocalSession

_DESTROY_PATIENCE = 10.0
"""Seconds a destroy call is held while the processes end; the session goes on ending after it."""


async def info(request: web.Request) -> web.Response:
    """`GET /session/{ref}`; source: protocol.md §3.3 (several fields are Python reprs there, so here too)."""
    service = service_of(request)
    session = service.session(request.match_info["ref"])
    await service.stats.refresh([session])
    slots = str(session.resources)
    return web.json_response(
        {
            "age": int(session.age * 1000),
            "domainName": "default",
            "groupId": None,
            "userId": None,
            "lang": session.image.reference,
            "image": session.image.reference,
            "architecture": architecture(),
            "registry": "local",
            "tag": session.tag,
            "containerId": session.id,
            "occupiedSlots": slots,
            "occupyingSlots": slots,
            "requestedSlots": slots,
            "occupiedShares": "{}",
            "environ": str(session.environ),
            "resourceOpts": "{}",
            "status": session.status.value,
            "statusInfo": session.status_info or "None",
            "statusData": details(session),
            "creationTime": session.created_at.isoformat(),
            "terminationTime": iso(session.ended_at),
            "numQueriesExecuted": session.num_queries,
            "lastStat": session.live_stat,
            "idleChecks": report(session.idle_checks(service.settings)),
            "sessionId": session.id,
            "sessionName": session.name,
            "interpreter": session.image.interpreter,
        }
    )


def details(session: LocalSession) -> dict[str, str]:
    """What only this server knows of a session: the program that runs its code, and its folder."""
    return {
        "interpreter": session.image.interpreter,
        "display_name": session.image.display_name,
        "folder": str(session.folder or ""),
    }


def iso(date: datetime | None) -> str | None:
    """A date as the API writes it."""
    return date.isoformat() if date else None


async def rename(request: web.Request) -> web.Response:
    """`POST /session/{ref}/rename`; the name may be in the query or in the body."""
    service = service_of(request)
    session, _ = service.running(request.match_info["ref"])
    name = text(await read_params(request), "name", "session_name")
    if problem := name_problem(name):
        raise bad_params(problem)
    other = service.sessions.find_live(name)
    if other is not None and other is not session:
        raise already_exists(other)
    session.name = name
    return web.Response(status=204)


async def logs(request: web.Request) -> web.Response:
    """`GET /session/{ref}/logs`; a UUID also reaches an ended session."""
    session = _known(request)
    return web.json_response({"result": {"logs": session.logs()}})


async def status_history(request: web.Request) -> web.Response:
    """`GET /session/{ref}/status-history`: status to time, flat."""
    return web.json_response(_known(request).history)


def _known(request: web.Request) -> LocalSession:
    service, ref = service_of(request), request.match_info["ref"]
    session = service.sessions.find_live(ref) or service.sessions.find_ended(ref)
    if session is None:
        raise session_not_found()
    return session


async def destroy(request: web.Request) -> web.Response:
    """`DELETE /session/{ref}`; answers when no process is left. Repeating it is harmless.

    `keep_folder=true` keeps the working folder; the answer says where it is.
    """
    service, ref = service_of(request), request.match_info["ref"]
    params = await read_params(request)
    keep = flag(params, "keep_folder", "keepFolder")
    for name in ("forced", "recursive"):
        flag(params, name)
    session = service.sessions.find_live(ref)
    if session is None:
        if service.sessions.find_ended(ref, by_name=True):
            return web.json_response({"stats": {}})
        raise session_not_found()
    return web.json_response({"stats": await _end(service, session, keep=keep)})


async def _end(service: LocalService, session: LocalSession, *, keep: bool) -> dict[str, Any]:
    session.keep_folder = session.keep_folder or keep
    is_first = session.status is not SessionStatus.TERMINATING
    word = "cancelled" if session.status.is_starting else "terminated"
    task = service.sessions.end(session, "user-requested")
    await asyncio.wait({task}, timeout=_DESTROY_PATIENCE)
    stats: dict[str, Any] = {"status": word} if is_first else {}
    if session.keep_folder and session.folder is not None:
        stats["folder"] = str(session.folder)
    return stats


async def restart(request: web.Request) -> web.Response:
    """`PATCH /session/{ref}`: gone from the API."""
    service_of(request).session(request.match_info["ref"])
    raise Problem(
        501,
        "not-implemented",
        "Not implemented.",
        "Session restart is no longer supported. Destroy the session and create it again.",
    )


async def match(request: web.Request) -> web.Response:
    """`GET /session/_/match?id=`: live sessions whose name or UUID begins so."""
    prefix = text(request.query, "id")
    found = [
        {"id": session.id, "name": session.name, "status": session.status.value}
        for session in service_of(request).sessions.live()
        if session.name.startswith(prefix) or session.id.startswith(prefix.lower())
    ]
    return web.json_response({"matches": found[:10]})


async def apps(request: web.Request) -> web.Response:
    """`GET /stream/session/{ref}/apps`: sessions here have no services."""
    service_of(request).session(request.match_info["ref"])
    return web.json_response([])


async def no_app(request: web.Request) -> web.Response:
    """The service calls and tunnels: there is no app to reach."""
    service_of(request).session(request.match_info["ref"])
    app = request.query.get("app", "")
    raise Problem(404, "app-not-found", "No such app.", f"Sessions of the embedded server have no app {app!r}.")


# -- calls that need the runtime


async def execute(request: web.Request) -> web.StreamResponse:
    """`POST /session/{ref}`: run code, poll for its output."""
    from workbench.local.execute import handle_execute

    session, runtime = service_of(request).running(request.match_info["ref"])
    session.num_queries += 1
    session.touch()
    return await handle_execute(request, runtime)


async def stream_execute(request: web.Request) -> web.StreamResponse:
    """`GET /stream/session/{ref}/execute`: run code over a WebSocket."""
    from workbench.local.stream_execute import handle_stream_execute

    session, runtime = service_of(request).running(request.match_info["ref"])
    session.num_queries += 1
    session.touch()
    return await handle_stream_execute(request, runtime)


async def stream_pty(request: web.Request) -> web.StreamResponse:
    """`GET /stream/session/{ref}/pty`: the session's terminal."""
    from workbench.local.stream_pty import handle_stream_pty

    session, runtime = service_of(request).running(request.match_info["ref"])
    session.touch()
    return await handle_stream_pty(request, runtime)


async def interrupt(request: web.Request) -> web.StreamResponse:
    """`POST /session/{ref}/interrupt`."""
    from workbench.local.execute import handle_interrupt

    _, runtime = service_of(request).running(request.match_info["ref"])
    return await handle_interrupt(request, runtime)


async def complete(request: web.Request) -> web.StreamResponse:
    """`POST /session/{ref}/complete`."""
    from workbench.local.execute import handle_complete

    _, runtime = service_of(request).running(request.match_info["ref"])
    return await handle_complete(request, runtime)
