"""Who may call: API version, clock and signature of every call but the version probe."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from workbench.local.problems import auth_failed, bad_auth
from workbench.local.signature import HASHES, VALID_VERSIONS, parse_date, signature, wire_bytes

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

MAX_SKEW = timedelta(minutes=15)

_CREDENTIAL = re.compile(
    r"signMethod=HMAC-(?P<hash>[\w-]+),\s*credential=(?P<access>[^:,\s]+):(?P<digest>[0-9A-Fa-f]+)"
)


def new_keypair() -> tuple[str, str]:
    """An access key and a secret key nobody has seen."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "AKIA" + "".join(secrets.choice(alphabet) for _ in range(16)), secrets.token_urlsafe(30)


def check(request: web.Request, access_key: str, secret_key: str) -> None:
    """Raise the documented `Problem` unless the call is signed with the keypair; source: protocol.md §2.3."""
    version = request.headers.get("X-BackendAI-Version") or request.headers.get("X-Sorna-Version")
    if not version:
        raise bad_auth("API version missing in request headers")
    if version not in VALID_VERSIONS:
        raise bad_auth("Unsupported API version.")
    date, day = _date(request)
    authorization = request.headers.get("Authorization")
    if not authorization:
        raise auth_failed("Unauthorized access")
    hash_name, access, digest = _credential(authorization)
    if not secrets.compare_digest(wire_bytes(access), access_key.encode()):
        raise auth_failed("Access key not found in HMAC")
    expected = signature(
        method=request.method,
        target=request.raw_path,
        date=date,
        day=day,
        host=request.host,
        content_type=request.content_type,
        version=version,
        secret=secret_key,
        hash_name=hash_name,
    )
    if not secrets.compare_digest(digest.lower().encode(), expected.encode()):
        raise auth_failed("HMAC signature mismatch")


def _date(request: web.Request) -> tuple[str, str]:
    for name in ("Date", "X-BackendAI-Date", "X-Sorna-Date"):
        if text := request.headers.get(name):
            break
    else:
        raise bad_auth("Date/time sync error")
    date = parse_date(text)
    if date is None or abs(datetime.now(UTC) - date) > MAX_SKEW:
        raise bad_auth("Date/time sync error")
    return text, date.strftime("%Y%m%d")


def _credential(authorization: str) -> tuple[str, str, str]:
    scheme, _, parameters = authorization.partition(" ")
    if scheme not in {"BackendAI", "Sorna"}:
        raise bad_auth("Invalid authorization type name")
    match = _CREDENTIAL.fullmatch(parameters.strip())
    if match is None:
        raise bad_auth("Malformed credential in the Authorization header")
    hash_name = match["hash"].lower().replace("-", "_")
    if hash_name not in HASHES:
        raise bad_auth("Unsupported hash in the Authorization header")
    return hash_name, match["access"], match["digest"]


def auth_middleware(access_key: str, secret_key: str) -> Middleware:
    """Let only signed calls through; a URL or method that is not served is told so without a signature."""

    @web.middleware
    async def check_auth(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_probe = request.path == "/" and request.method in {"GET", "HEAD"}
        if not is_probe and request.match_info.http_exception is None:
            check(request, access_key, secret_key)
        return await handler(request)

    return check_auth
