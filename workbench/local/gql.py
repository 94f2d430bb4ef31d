"""GraphQL lists over the live state: `POST /admin/gql`."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from aiohttp import web

from workbench.domain.session import SessionStatus
from workbench.local.bodies import read_object, text
from workbench.local.create import architecture, machine_slots
from workbench.local.listing import ListingError, parse_filter, parse_order
from workbench.local.problems import bad_params
from workbench.local.rows import EMAIL, FILTERABLE, GROUP_ID, USER_ID, image_row, session_row
from workbench.local.schema import SDL
from workbench.local.service import LocalService, service_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLSchema

    from workbench.local.kernelspecs import LocalImage

_MAX_TOKENS = 4000
_MAX_LIMIT = 100


async def graphql(request: web.Request) -> web.Response:
    """Answer a query; what is wrong with it is in `errors`, with status 200; source: protocol.md §3.4."""
    service = service_of(request)
    body = await read_object(request)
    query = text(body, "query")
    variables = body.get("variables") or {}
    operation = body.get("operationName")
    if not isinstance(variables, dict) or not isinstance(operation, str | None):
        raise bad_params("variables must be an object and operationName text.")
    schema = await asyncio.to_thread(_schema)
    await service.stats.refresh(service.sessions.live())
    root = _Root(service, await service.images() if "image" in query else [])
    data, errors = execute(schema, root, query, variables, operation)
    return web.json_response({"data": data, "errors": errors})


@cache
def _schema() -> GraphQLSchema:
    # Loaded with the first query, off the event loop: the library takes longer to load than the server to start.
    from graphql import build_schema

    return build_schema(SDL)


def execute(
    schema: GraphQLSchema, root: Any, query: str, variables: dict[str, Any], operation: str | None
) -> tuple[dict[str, Any] | None, list[Any] | None]:
    """Data and errors of one query."""
    from graphql import ExecutionResult, GraphQLError, parse, validate
    from graphql import execute as run

    try:
        document = parse(query, max_tokens=_MAX_TOKENS)
        if problems := validate(schema, document, max_errors=20):
            return None, [problem.formatted for problem in problems]
        result = run(schema, document, root_value=root, variable_values=variables, operation_name=operation)
    except GraphQLError as error:
        return None, [error.formatted]
    except RecursionError:
        return None, [{"message": "The query is nested too deeply."}]
    assert isinstance(result, ExecutionResult)
    return result.data, [error.formatted for error in result.errors] if result.errors else None


class _Root:
    """Resolvers of the query type: graphql-core calls the attribute of a field's name."""

    def __init__(self, service: LocalService, images: list[LocalImage]) -> None:
        self._service = service
        self._images = images

    def compute_session_list(
        self,
        _info: Any,
        *,
        limit: int,
        offset: int,
        status: str | None = None,
        access_key: str | None = None,
        filter: str | None = None,  # noqa: A002 - the argument's name on the wire
        order: str | None = None,
        **_scope: Any,
    ) -> dict[str, Any]:
        rows = self._rows(_statuses(status), access_key)
        if filter:
            test = _listing(parse_filter, filter)
            rows = [row for row in rows if test(row)]
        if order:
            rows = _listing(parse_order, order)(rows)
        if limit < 0 or offset < 0:
            raise ListingError("limit and offset cannot be negative.")
        return {"items": rows[offset : offset + min(limit, _MAX_LIMIT)], "total_count": len(rows)}

    def _rows(self, statuses: set[str] | None, access_key: str | None) -> list[dict[str, Any]]:
        sessions = [
            session
            for session in self._service.sessions
            if (statuses is None or session.status.value in statuses) and access_key in {None, session.access_key}
        ]
        sessions.sort(key=lambda session: session.changed_at, reverse=True)
        return [session_row(self._service, session) for session in sessions]

    def compute_session(self, _info: Any, id: str, **_scope: Any) -> dict[str, Any] | None:  # noqa: A002
        sessions = self._service.sessions
        session = sessions.find_live(str(id)) or sessions.find_ended(str(id))
        return session_row(self._service, session) if session else None

    def images(self, _info: Any, is_installed: bool | None = None, **_filters: Any) -> list[dict[str, Any]]:  # noqa: FBT001
        return [] if is_installed is False else [image_row(image) for image in self._images]

    def image(self, _info: Any, **wanted: Any) -> dict[str, Any] | None:
        rows = ((image.reference, image_row(image)) for image in self._images)
        if wanted.get("architecture") not in {None, architecture()}:
            return None
        asked = {wanted.get("reference"), wanted.get("id")}
        return next((row for reference, row in rows if asked & {reference, row["id"]}), None)

    def user(self, _info: Any, **_scope: Any) -> dict[str, Any]:
        return {
            "id": USER_ID,
            "uuid": USER_ID,
            "email": EMAIL,
            "username": "local",
            "full_name": "local user",
            "role": "user",
            "status": "active",
            "is_active": True,
            "domain_name": "default",
            "groups": [{"id": GROUP_ID, "name": "default"}],
        }

    def keypair(self, _info: Any, access_key: str | None = None, **_scope: Any) -> dict[str, Any] | None:
        if access_key not in {None, self._service.access_key}:
            return None
        live = self._service.sessions.live()
        return {
            "id": self._service.access_key,
            "user_id": EMAIL,
            "access_key": self._service.access_key,
            "is_active": True,
            "is_admin": False,
            "resource_policy": "default",
            "rate_limit": 0,
            "concurrency_used": len(live),
            "num_queries": sum(session.num_queries for session in live),
        }

    def keypairs(self, info: Any, **_scope: Any) -> list[dict[str, Any] | None]:
        return [self.keypair(info)]

    def keypair_resource_policy(self, _info: Any, name: str | None = None) -> dict[str, Any] | None:
        settings = self._service.settings
        return {
            "name": name or "default",
            "default_for_unspecified": "LIMITED",
            "total_resource_slots": json.dumps({slot: f"{amount:.0f}" for slot, amount in machine_slots().items()}),
            "max_concurrent_sessions": None,
            "max_containers_per_session": 1,
            "max_session_lifetime": int(settings.session_lifetime),
            "idle_timeout": int(settings.network_timeout),
            "allowed_vfolder_hosts": "{}",
        }

    def group(self, _info: Any, id: str, **_scope: Any) -> dict[str, Any] | None:  # noqa: A002
        return _GROUP if id == GROUP_ID else None

    def groups(self, _info: Any, **_scope: Any) -> list[dict[str, Any]]:
        return [_GROUP]

    def domain(self, _info: Any, name: str | None = None) -> dict[str, Any] | None:
        return (
            {"name": "default", "is_active": True, "scaling_groups": ["default"]} if name in {None, "default"} else None
        )

    def scaling_groups(self, _info: Any, **_scope: Any) -> list[dict[str, Any]]:
        return [{"name": "default", "description": "this machine", "is_active": True}]


_GROUP = {"id": GROUP_ID, "name": "default", "description": "this machine", "is_active": True, "domain_name": "default"}


_RARE = {"DEPRIORITIZING", "RESERVED", "PREEMPTED", "RESCHEDULING"}
"""Statuses a client may ask for that no session here ever has."""


def _statuses(text: str | None) -> set[str] | None:
    if not text:
        return None
    names = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := sorted(name for name in names - _RARE if SessionStatus(name) is SessionStatus.UNKNOWN):
        raise ListingError(f"Unknown session status: {', '.join(unknown)}")
    return names


def _listing(parse: Callable[[str, frozenset[str]], Any], source: str) -> Any:
    return parse(source, FILTERABLE)
