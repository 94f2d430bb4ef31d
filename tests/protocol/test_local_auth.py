"""The embedded server lets in whoever signs, and says to everybody else why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import aiohttp
import pytest

from tests.protocol.rawclient import RawClient
from workbench.local.signature import VALID_VERSIONS, signature

ECHO = "/auth/test?echo=hello"


def signed_at(
    api: RawClient, date: str, day: str, version: str = "v9.20250722", hash_name: str = "sha256"
) -> dict[str, str]:
    digest = signature(
        method="GET",
        target=ECHO,
        date=date,
        day=day,
        host=api.host,
        content_type="text/plain",
        version=version,
        secret=api.server.secret_key,
        hash_name=hash_name,
    )
    return {
        "Date": date,
        "X-BackendAI-Version": version,
        "Authorization": f"BackendAI signMethod=HMAC-{hash_name.upper()}, credential={api.server.access_key}:{digest}",
    }


async def test_the_version_probe_needs_no_signature(api: RawClient) -> None:
    async with api.http.get(api.server.url + "/") as response:
        assert response.status == 200
        assert (await response.json())["version"] == "v9.20250722"


async def test_a_signed_call_is_authorized_and_echoed(api: RawClient) -> None:
    reply = await api.call("GET", ECHO)
    assert reply.status == 200
    assert (reply.json["authorized"], reply.json["echo"]) == ("yes", "hello")
    posted = await api.call("POST", "/auth/test", body={"echo": "posted"})
    assert posted.json["echo"] == "posted"


@pytest.mark.parametrize("version", sorted(VALID_VERSIONS))
async def test_every_version_of_the_api_is_accepted(api: RawClient, version: str) -> None:
    now = datetime.now(UTC)
    headers = signed_at(api, now.isoformat(), now.strftime("%Y%m%d"), version)
    assert (await api.call("GET", ECHO, headers={**headers})).status == 200


@pytest.mark.parametrize(
    ("headers", "status", "kind", "msg"),
    [
        ({"Authorization": None}, 401, "auth-failed", "Unauthorized access"),
        ({"X-BackendAI-Version": None}, 400, "invalid-auth-params", "API version missing in request headers"),
        ({"X-BackendAI-Version": "v99.20990101"}, 400, "invalid-auth-params", "Unsupported API version."),
        ({"Date": None}, 400, "invalid-auth-params", "Date/time sync error"),
        ({"Date": "yesterday"}, 400, "invalid-auth-params", "Date/time sync error"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 400, "invalid-auth-params", "Invalid authorization type name"),
        ({"Authorization": "backendai x"}, 400, "invalid-auth-params", "Invalid authorization type name"),
        ({"Authorization": "BackendAI"}, 400, "invalid-auth-params", "Malformed credential"),
        ({"Authorization": "BackendAI signMethod=HMAC-SHA256, credential=x"}, 400, "invalid-auth-params", "Malformed"),
        (
            {"Authorization": "BackendAI signMethod=HMAC-SHAKE_128, credential=A:00"},
            400,
            "invalid-auth-params",
            "Unsupported hash",
        ),
        (
            {"Authorization": "BackendAI signMethod=HMAC-SHA256, credential=AKIANOBODY:00ff"},
            401,
            "auth-failed",
            "Access key not found",
        ),
        ({"Authorization": "BackendAI signMethod=HMAC-SHA256, credential=é:00ff"}, 401, "auth-failed", "Access key"),
    ],
)
async def test_what_is_wrong_with_a_call_is_said(
    api: RawClient, headers: dict[str, str | None], status: int, kind: str, msg: str
) -> None:
    document = (await api.call("GET", ECHO, headers=headers)).problem(status, kind)
    assert document["msg"].startswith(msg)


async def test_a_wrong_secret_is_a_wrong_signature(api: RawClient) -> None:
    headers = api.signed("GET", ECHO, "text/plain", secret="not-the-secret")
    document = (await api.call("GET", ECHO, headers={**headers})).problem(401, "auth-failed")
    assert document["msg"] == "HMAC signature mismatch"


@pytest.mark.parametrize("changed", ["method", "query", "content-type", "version"])
async def test_every_signed_part_counts(api: RawClient, changed: str) -> None:
    headers: dict[str, str | None] = {**api.signed("GET", ECHO, "text/plain")}
    method, target, content_type = "GET", ECHO, "text/plain"
    match changed:
        case "method":
            method = "POST"
        case "query":
            target = "/auth/test?echo=other"
        case "content-type":
            content_type = "application/json"
        case _:
            headers["X-BackendAI-Version"] = "v8.20240915"
    (await api.call(method, target, headers=headers, content_type=content_type)).problem(401, "auth-failed")


@pytest.mark.parametrize(("minutes", "status"), [(-14, 200), (14, 200), (-16, 400), (16, 400)])
async def test_clocks_may_differ_by_a_quarter_of_an_hour(api: RawClient, minutes: int, status: int) -> None:
    date = datetime.now(UTC) + timedelta(minutes=minutes)
    reply = await api.call("GET", ECHO, headers={**signed_at(api, date.isoformat(), date.strftime("%Y%m%d"))})
    assert reply.status == status
    if status == 400:
        assert reply.problem(400)["msg"] == "Date/time sync error"


async def test_dates_of_other_formats_and_zones_are_fine_if_signed_as_sent(api: RawClient) -> None:
    now = datetime.now(UTC)
    tokyo = now.astimezone(timezone(timedelta(hours=9)))
    for date, day in [
        (now.strftime("%Y-%m-%dT%H:%M:%SZ"), now.strftime("%Y%m%d")),
        (format_datetime(now, usegmt=True), now.strftime("%Y%m%d")),
        (tokyo.isoformat(), tokyo.strftime("%Y%m%d")),
    ]:
        assert (await api.call("GET", ECHO, headers={**signed_at(api, date, day)})).status == 200
    headers = signed_at(api, now.isoformat(), now.strftime("%Y%m%d"))
    headers["X-BackendAI-Date"] = headers.pop("Date")
    assert (await api.call("GET", ECHO, headers={**headers, "Date": None})).status == 200


@pytest.mark.parametrize("hash_name", ["sha512", "sha3_256", "md5"])
async def test_other_hashes_are_fine_if_named(api: RawClient, hash_name: str) -> None:
    now = datetime.now(UTC)
    headers = signed_at(api, now.isoformat(), now.strftime("%Y%m%d"), hash_name=hash_name)
    assert (await api.call("GET", ECHO, headers={**headers})).status == 200


async def test_an_unsigned_websocket_is_refused_before_the_upgrade(api: RawClient) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await api.http.ws_connect(api.server.url + "/stream/session/mysession/execute")
    assert refused.value.status == 400
    headers = api.signed("GET", "/stream/session/mysession/execute", "application/octet-stream", secret="wrong")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await api.http.ws_connect(api.server.url + "/stream/session/mysession/execute", headers=headers)
    assert refused.value.status == 401


async def test_an_unknown_url_or_method_is_said_so(api: RawClient) -> None:
    (await api.call("GET", "/no/such/place")).problem(404, "url-not-found")
    (await api.call("PUT", "/session")).problem(405, "method-not-allowed")
    (await api.call("GET", "/v4/kernel/x")).problem(404, "url-not-found")


async def test_who_am_i(api: RawClient) -> None:
    assert (await api.call("GET", "/auth/role")).json["global_role"] == "user"
    data = await api.gql(
        "{ keypair { access_key is_admin concurrency_used } user { email groups { id name } } groups { name } }"
    )
    assert data["keypair"]["access_key"] == api.server.access_key
    assert data["user"]["groups"][0]["name"] == data["groups"][0]["name"] == "default"
