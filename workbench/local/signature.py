"""The HMAC signature of the API: pure functions over what is on the wire."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

VERSION = "v9.20250722"
"""What this server speaks."""

VALID_VERSIONS = frozenset(
    {
        "v4.20181215",
        "v4.20190115",
        "v4.20190315",
        "v4.20190615",
        "v5.20191215",
        "v6.20200815",
        "v6.20220315",
        "v6.20220615",
        "v6.20221201",
        "v6.20230315",
        "v7.20230615",
        "v8.20240315",
        "v8.20240915",
        VERSION,
    }
)
"""What it accepts; source: protocol.md §2.1."""

HASHES = frozenset(name for name in hashlib.algorithms_guaranteed if not name.startswith("shake"))
"""Hashes a client may sign with; those of no fixed length cannot key an HMAC."""


def wire_bytes(text: str) -> bytes:
    """The bytes of a header or target as they came; whatever a client sends there can be encoded again."""
    return text.encode("utf-8", "surrogateescape")


def parse_date(text: str) -> datetime | None:
    """The instant a `Date` header names, in its own zone (UTC when it names none); None when it makes no sense."""
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def signature(
    *,
    method: str,
    target: str,
    date: str,
    day: str,
    host: str,
    content_type: str,
    version: str,
    secret: str,
    hash_name: str,
) -> str:
    """The signature of one call; source: protocol.md §2.3 (the body is never signed).

    `target` is path and query exactly as sent, `date` the header exactly as sent, `day` its YYYYMMDD in its own zone.
    """
    text = "\n".join(
        (
            method.upper(),
            target,
            date,
            f"host:{host}",
            f"content-type:{content_type}",
            f"x-backendai-version:{version}",
            hashlib.new(hash_name, b"").hexdigest(),
        )
    )
    key = hmac.digest(secret.encode(), day.encode(), hash_name)
    key = hmac.digest(key, wire_bytes(host), hash_name)
    return hmac.new(key, wire_bytes(text), hash_name).hexdigest()


def sign_headers(
    *,
    method: str,
    target: str,
    host: str,
    access_key: str,
    secret_key: str,
    content_type: str = "application/octet-stream",
) -> dict[str, str]:
    """Headers of a signed call made now; what a probe of the own server and its tests send."""
    now = datetime.now(UTC)
    date = now.isoformat()
    digest = signature(
        method=method,
        target=target,
        date=date,
        day=now.strftime("%Y%m%d"),
        host=host,
        content_type=content_type,
        version=VERSION,
        secret=secret_key,
        hash_name="sha256",
    )
    return {
        "Date": date,
        "X-BackendAI-Version": VERSION,
        "Authorization": f"BackendAI signMethod=HMAC-SHA256, credential={access_key}:{digest}",
    }


def proof(secret: str, echo: str, pid: int) -> str:
    """What only a server that holds the secret can answer to a probe: a stranger on its old port cannot."""
    return hmac.new(secret.encode(), f"backend-tui local server\n{pid}\n{echo}".encode(), "sha256").hexdigest()
