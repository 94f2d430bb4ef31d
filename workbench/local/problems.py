"""Errors as the API documents them: `application/problem+json`, never a stack trace."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)

_PROBLEMS = "https://api.backend.ai/probs/"


class Problem(Exception):  # noqa: N818 - named after the document it becomes
    """One refused call; source: protocol.md §2.5 and the observed error bodies."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        msg: str | None = None,
        *,
        code: str = "",
        data: Any = None,
    ) -> None:
        """`kind` is the suffix of the type URI; `code` the machine word (`kind` with underscores when "")."""
        super().__init__(msg or title)
        self.status = status
        self.kind = kind
        self.title = title
        self.msg = msg
        self.code = code or kind.replace("-", "_")
        self.data = data

    def body(self) -> dict[str, Any]:
        """The document that is sent."""
        document = {
            "type": _PROBLEMS + self.kind,
            "title": self.title,
            "error_code": self.code,
            "msg": self.msg or self.title,
        }
        if self.data is not None:
            document["data"] = self.data
        return document

    def response(self) -> web.Response:
        """The answer to the call."""
        return web.Response(
            status=self.status, body=json.dumps(self.body()).encode(), content_type="application/problem+json"
        )

    def stream_message(self) -> dict[str, str]:
        """The last frame of a stream that this ends; source: rig, stream_execute with a bad mode."""
        name = "".join(word.capitalize() for word in self.kind.split("-"))
        detail = f" ({self.msg})" if self.msg else ""
        return {"status": "error", "msg": f"BackendError: <{name}({self.status}): {self.title}{detail}>"}


def bad_params(msg: str) -> Problem:
    """400: a parameter or body that does not fit."""
    return Problem(
        400, "invalid-api-params", "Missing or invalid API parameters.", msg, code="api_parsing_invalid-parameters"
    )


def bad_auth(msg: str) -> Problem:
    """400: credentials, date or version that make no sense."""
    return Problem(
        400, "invalid-auth-params", "Missing or invalid authorization parameters.", msg, code="auth_parsing_bad-request"
    )


def auth_failed(msg: str) -> Problem:
    """401: credentials that make sense and are wrong."""
    return Problem(401, "auth-failed", "Credential/signature mismatch.", msg, code="auth_access_unauthorized")


def session_not_found() -> Problem:
    """404: no such session."""
    return Problem(
        404,
        "entity-not-found",
        "No such session.",
        "No SessionRow matches the given key",
        code="session_read_not-found",
    )


def not_running(msg: str) -> Problem:
    """409: the session cannot do this in its present status."""
    return Problem(409, "invalid-kernel-status", "The session is not running.", msg)


def invalid_session_data(msg: str) -> Problem:
    """500: an execute call whose mode or run ID cannot be; the status is what the API uses for it."""
    return Problem(
        500,
        "invalid-session-data",
        "Session data is malformed or incomplete.",
        msg,
        code="session_parsing_invalid-data-format",
    )


def invalid_mode(msg: str = "mode has an invalid value.") -> Problem:
    """400 of a stream whose first frame has no usable mode."""
    return Problem(400, "invalid-stream-mode", "Invalid or missing stream mode parameter.", msg)


def too_large(msg: str) -> Problem:
    """413: a body over the limit of the server."""
    return Problem(413, "content-too-large", "Request body too large.", msg, code="api_parsing_content-too-large")


def _of_http(error: web.HTTPException) -> Problem:
    match error.status:
        case 404:
            return Problem(404, "url-not-found", "Unknown URL path.", code="api_generic_not-found")
        case 405:
            return Problem(405, "method-not-allowed", "HTTP Method Not Allowed.", code="api_generic_not-allowed")
        case 413:
            return too_large("The body is larger than this server accepts.")
        case status:
            return Problem(status, "generic-bad-request", error.reason)


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a `Problem`, and any bug, into its document."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _of_http(error).response()
    except Exception:  # noqa: BLE001 - a bug in one call must not reach the client or end the server
        _log.exception("%s %s failed", request.method, request.path)
        return Problem(
            500,
            "internal-server-error",
            "Internal server error.",
            "The server failed on this call; its log has the details.",
        ).response()
