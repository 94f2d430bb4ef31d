"""A signature is exactly what the published vectors say."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta, timezone

import pytest
from yarl import URL

from workbench.wire.endpoint import Endpoint, Secret
from workbench.wire.signing import sign
from workbench.wire.transport import Transport, join, segment

HOST = "api.example.com:8081"
DATE = datetime.fromisoformat("2026-08-23T01:23:45.678901+00:00")
ACCESS, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

VECTORS: list[tuple[str, str, list[tuple[str, str]], str, str]] = [
    ("POST", "/session", [], "application/json", "40c1351c8fa067563ee4fa8db6c3529208e5fd7cd5dae313d47c392d715f32a0"),
    (
        "GET",
        "/stream/session/mysession-01/execute",
        [],
        "application/octet-stream",
        "76d14dba3e9486b704c71ef974151b3b1596a478c8a250ec26d21bc83e2fafe3",
    ),
    (
        "POST",
        "/session/mysession-01/download?files=a.txt&files=b%20c.txt",
        [],
        "text/plain",
        "cf84b5ad52e428796da988500b02555290bf7a0db1ec47c9ec89299e49a1cde4",
    ),
]


@pytest.mark.parametrize(("method", "path", "params", "content_type", "signature"), VECTORS)
def test_the_published_vectors_come_out(
    method: str, path: str, params: list[tuple[str, str]], content_type: str, signature: str
) -> None:
    url = join(URL(f"https://{HOST}"), path, params)
    headers = sign(method, url.raw_path_qs, HOST, DATE, content_type, "v9.20250722", ACCESS, SECRET)
    assert headers == {
        "Date": "2026-08-23T01:23:45.678901+00:00",
        "X-BackendAI-Version": "v9.20250722",
        "Authorization": f"BackendAI signMethod=HMAC-SHA256, credential={ACCESS}:{signature}",
    }


def test_a_transport_signs_with_its_own_host_version_and_keypair() -> None:
    endpoint = Endpoint(url=f"http://{HOST}", access_key=ACCESS, secret_key=Secret(SECRET))
    transport = Transport(endpoint, clock=lambda: DATE)
    headers = transport._headers("POST", URL(f"http://{HOST}/session"), "application/json")
    assert headers["Authorization"].endswith(VECTORS[0][4])
    assert headers["Host"] == HOST
    assert headers["X-BackendAI-Domain"] == "default"


def test_without_an_access_key_nothing_is_signed() -> None:
    headers = Transport(Endpoint(url="http://host"))._headers("GET", URL("http://host/session"), "text/plain")
    assert "Authorization" not in headers
    assert headers["X-BackendAI-Version"] == "v9.20250722"


def test_the_key_is_made_from_the_day_in_the_dates_own_zone() -> None:
    seoul = DATE.replace(hour=20).astimezone(timezone(timedelta(hours=9)))
    headers = sign("GET", "/", HOST, seoul, "text/plain", "v9.20250722", ACCESS, SECRET)
    assert headers["Date"] == "2026-08-24T05:23:45.678901+09:00"
    text = "\n".join(
        (
            "GET",
            "/",
            headers["Date"],
            f"host:{HOST}",
            "content-type:text/plain",
            "x-backendai-version:v9.20250722",
            EMPTY,
        )
    )
    day = hmac.digest(SECRET.encode(), b"20260824", "sha256")
    expected = hmac.digest(hmac.digest(day, HOST.encode(), "sha256"), text.encode(), "sha256").hex()
    assert headers["Authorization"].endswith(f":{expected}")


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("https://api.example.com:443", "api.example.com"),
        ("http://api.example.com:80/prefix", "api.example.com"),
        ("http://[::1]:8090", "[::1]:8090"),
        ("https://api.example.com:8081", HOST),
    ],
)
def test_the_signed_host_has_no_default_port_and_brackets_for_ipv6(base: str, host: str) -> None:
    endpoint = Endpoint(url=base)
    assert Transport(endpoint)._headers("GET", URL(base), "text/plain")["Host"] == host


def test_a_path_prefix_of_the_endpoint_is_part_of_what_is_signed() -> None:
    assert join(URL("https://host/api/"), "/session/x", []).raw_path_qs == "/api/session/x"


def test_parameters_are_encoded_once() -> None:
    url = join(URL("http://host"), "/session/x/download", [("files", "a b.txt"), ("files", "ü/%41&.txt")])
    assert url.raw_path_qs == "/session/x/download?files=a+b.txt&files=%C3%BC/%2541%26.txt"


@pytest.mark.parametrize(
    ("name", "written"),
    [("plain-1.x", "plain-1.x"), ("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("%2e", "%252e"), ("두", "%EB%91%90")],
)
def test_a_session_name_is_one_segment_of_the_path_whatever_it_holds(name: str, written: str) -> None:
    assert segment(name) == written
    assert join(URL("http://host"), f"/session/{segment(name)}", []).raw_path_qs == f"/session/{written}"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_be_another_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        segment(name)
