"""The routes of the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from workbench.local import create, files, gql, lifecycle, resources
from workbench.local.auth import auth_middleware
from workbench.local.problems import problem_middleware
from workbench.local.service import SERVICE, LocalService, service_of
from workbench.local.settings import MAX_BODY

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


def build_app(service: LocalService) -> web.Application:
    """The application that serves one `LocalService`."""
    app = web.Application(
        middlewares=[problem_middleware, auth_middleware(service.access_key, service.secret_key), _presence],
        client_max_size=MAX_BODY,
    )
    app[SERVICE] = service
    app.add_routes(_routes(service))
    return app


@web.middleware
async def _presence(request: web.Request, handler: Handler) -> web.StreamResponse:
    with service_of(request).client():
        return await handler(request)


def _routes(service: LocalService) -> list[web.RouteDef]:
    return [*_machine_routes(service), *_session_routes()]


def _machine_routes(service: LocalService) -> list[web.RouteDef]:
    return [
        web.get("/", resources.version),
        web.get("/auth/test", resources.auth_test),
        web.post("/auth/test", resources.auth_test),
        web.get("/auth/role", resources.auth_role),
        web.get("/manager/announcement", resources.announcement),
        web.get("/manager/status", resources.manager_status),
        web.get("/config/resource-slots", resources.slot_types),
        web.get("/config/resource-slots/details", resources.slot_details),
        web.get("/resource/presets", resources.presets),
        web.post("/resource/check-presets", resources.check_presets),
        web.get("/scaling-groups", resources.scaling_groups),
        web.get("/folders", resources.folders),
        web.post("/admin/gql", gql.graphql),
        web.post("/admin/graphql", gql.graphql),
        web.get("/events/session", service.hub.serve, allow_head=False),
    ]


def _session_routes() -> list[web.RouteDef]:
    return [
        web.post("/session", create.create_session),
        web.post("/session/_/create", create.create_session),
        web.get("/session/_/match", lifecycle.match),
        web.get("/session/{ref}", lifecycle.info),
        web.post("/session/{ref}", lifecycle.execute),
        web.patch("/session/{ref}", lifecycle.restart),
        web.delete("/session/{ref}", lifecycle.destroy),
        web.post("/session/{ref}/rename", lifecycle.rename),
        web.post("/session/{ref}/interrupt", lifecycle.interrupt),
        web.post("/session/{ref}/complete", lifecycle.complete),
        web.get("/session/{ref}/logs", lifecycle.logs),
        web.get("/session/{ref}/status-history", lifecycle.status_history),
        web.post("/session/{ref}/upload", files.upload),
        web.post("/session/{ref}/download", files.download),
        web.post("/session/{ref}/download_single", files.download_single),
        web.get("/session/{ref}/files", files.list_files),
        web.post("/session/{ref}/start-service", lifecycle.no_app),
        web.post("/session/{ref}/shutdown-service", lifecycle.no_app),
        web.get("/stream/session/{ref}/execute", lifecycle.stream_execute),
        web.get("/stream/session/{ref}/pty", lifecycle.stream_pty),
        web.get("/stream/session/{ref}/apps", lifecycle.apps),
        web.get("/stream/session/{ref}/tcpproxy", lifecycle.no_app),
        web.get("/stream/session/{ref}/httpproxy", lifecycle.no_app),
    ]
