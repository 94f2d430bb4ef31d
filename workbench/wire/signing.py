"""The HMAC signature of a call; source: protocol.md §2.3."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

_EMPTY_BODY = hashlib.sha256(b"").hexdigest()


def sign(  # noqa: PLR0917 - in the order of the signed text
    method: str,
    rel_url: str,
    host: str,
    date: datetime,
    content_type: str,
    api_version: str,
    access_key: str,
    secret_key: str,
) -> dict[str, str]:
    """The headers that make one call a signed one: `Date`, `X-BackendAI-Version` and `Authorization`.

    `rel_url` is the request target exactly as sent, `host` the Host header exactly as sent, `date` an aware time
    (its own zone's day makes the key), `content_type` without parameters.
    """
    stamp = date.isoformat()
    text = "\n".join(
        (
            method.upper(),
            rel_url,
            stamp,
            f"host:{host}",
            f"content-type:{content_type.lower()}",
            f"x-backendai-version:{api_version}",
            _EMPTY_BODY,
        )
    )
    day_key = _mac(secret_key.encode(), date.strftime("%Y%m%d"))
    signature = _mac(_mac(day_key, host), text).hex()
    return {
        "Date": stamp,
        "X-BackendAI-Version": api_version,
        "Authorization": f"BackendAI signMethod=HMAC-SHA256, credential={access_key}:{signature}",
    }


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
