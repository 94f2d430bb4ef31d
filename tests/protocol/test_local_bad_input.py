"""Whatever a client sends, the answer is a problem document and the server lives on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.protocol.rawclient import RawClient

JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[]", b'"text"', b"null", b"[" * 100_000, b'{"a":' * 50_000, b'{"name": NaN}', b"1" * 10_000],
    ids=["cut off", "bytes", "list", "text", "null", "deep list", "deep object", "NaN", "long number"],
)
async def test_a_body_that_is_no_json_object_is_refused(api: RawClient, body: bytes) -> None:
    (await api.call("POST", "/session", data=body, content_type=JSON)).problem(400, "invalid-api-params")
    (await api.call("POST", "/admin/gql", data=body, content_type=JSON)).problem(400, "invalid-api-params")


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/session/nobody-here", None),
        ("POST", "/session/nobody-here", {"mode": "query", "code": "1"}),
        ("DELETE", "/session/nobody-here", None),
        ("PATCH", "/session/nobody-here", None),
        ("POST", "/session/nobody-here/rename", {"name": "other-name"}),
        ("POST", "/session/nobody-here/interrupt", None),
        ("POST", "/session/nobody-here/complete", {"code": "x"}),
        ("GET", "/session/nobody-here/logs", None),
        ("GET", "/session/nobody-here/status-history", None),
        ("POST", "/session/nobody-here/upload", None),
        ("POST", "/session/nobody-here/download", {"files": ["x"]}),
        ("GET", "/session/nobody-here/files?path=.", None),
        ("GET", "/session/..%2F..%2Fetc", None),
        ("GET", "/session/%00", None),
        ("GET", "/session/%FF%FE", None),
        ("GET", "/session/00000000-0000-0000-0000-000000000000", None),
        ("GET", "/stream/session/nobody-here/execute", None),
        ("GET", "/stream/session/nobody-here/pty", None),
        ("GET", "/stream/session/nobody-here/apps", None),
        ("GET", "/stream/session/nobody-here/tcpproxy?app=sshd", None),
    ],
)
async def test_an_unknown_session_is_not_found(api: RawClient, method: str, target: str, body: Any) -> None:
    (await api.call(method, target, body=body)).problem(404, "entity-not-found")


async def test_a_body_over_the_limit_is_refused_and_the_server_lives_on(api: RawClient) -> None:
    hundred = b'{"name": "mysession", "image": "' + b"x" * 100_000_000 + b'"}'
    (await api.call("POST", "/session", data=hundred, content_type=JSON)).problem(413, "content-too-large")
    assert (await api.call("GET", "/auth/test?echo=1")).status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n",
        b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /auth/test HTTP/1.1\r\nHost: \xff\xfe\r\nDate: \xff\r\nX-BackendAI-Version: v9.20250722\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_bytes_that_are_no_http_do_not_hurt(api: RawClient, raw: bytes) -> None:
    host, _, port = api.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    assert b"Traceback" not in answer
    assert (await api.call("GET", "/auth/test?echo=1")).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{ nothing }",
        "query { compute_session_list { items { id } } }",
        "{ compute_session_list(limit: 1, offset: 0) { items { shoe_size } total_count } }",
        '{ compute_session_list(limit: 1, offset: 0, status: "SLEEPY") { total_count } }',
        "{ compute_session_list(limit: -1, offset: 0) { total_count } }",
        '{ compute_session_list(limit: 1, offset: 0, filter: "((((") { total_count } }',
        '{ compute_session_list(limit: 1, offset: 0, order: "-shoe_size") { total_count } }',
        "query a { groups { name } } query b { groups { name } }",
        "{ ...A } fragment A on Query { ...A }",
        "{" * 3000,
        "{ a: groups { name } " * 2000 + "}" * 2000,
        "mutation { drop }",
    ],
)
async def test_a_query_that_makes_no_sense_has_errors_and_no_trace(api: RawClient, query: str) -> None:
    reply = await api.call("POST", "/admin/gql", body={"query": query, "variables": {}})
    assert reply.status == 200
    assert reply.json["errors"]
    assert all("Traceback" not in error["message"] for error in reply.json["errors"])


@pytest.mark.parametrize("body", [{}, {"query": 7}, {"query": "{ groups { name } }", "variables": [1]}])
async def test_a_query_body_of_the_wrong_shape_is_refused(api: RawClient, body: Any) -> None:
    (await api.call("POST", "/admin/gql", body=body)).problem(400, "invalid-api-params")


async def test_restart_is_not_implemented_and_services_do_not_exist(api: RawClient) -> None:
    ref = (await api.create())["sessionName"]
    (await api.call("PATCH", f"/session/{ref}")).problem(501, "not-implemented")
    (await api.call("POST", f"/session/{ref}/start-service", body={"app": "ttyd"})).problem(404, "app-not-found")
    (await api.call("GET", f"/stream/session/{ref}/httpproxy?app=ttyd")).problem(404, "app-not-found")
    apps = await api.call("GET", f"/stream/session/{ref}/apps")
    assert (apps.status, apps.json) == (200, [])
