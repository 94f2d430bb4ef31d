"""Files and lists come from every release's shape, and from no shape at all without harm."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.protocol.servers import client_of, names_in, serving
from workbench.wire import AsyncSession
from workbench.wire.compute import ComputeSession
from workbench.wire.errors import (
    ApiError,
    ProtocolError,
    UnsafeArchive,
)


async def test_a_download_that_would_escape_writes_nothing_outside(tmp_path: Path) -> None:
    import io
    import tarfile

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        info = tarfile.TarInfo("../evil")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))

    async def answer(_request: web.Request) -> web.StreamResponse:
        with aiohttp.MultipartWriter("mixed") as writer:
            writer.append(stream.getvalue(), {"Content-Type": "application/octet-stream"})
        return web.Response(body=writer)

    async with client_of(("POST", "/session/work/download", answer)) as transport:
        with pytest.raises(UnsafeArchive):
            await ComputeSession(transport, "work").download(["evil"], tmp_path / "out")
    assert names_in(tmp_path) == ["out"]


@pytest.mark.parametrize("body", [b"--x\r\n\r\nnot a tar\r\n--x--\r\n", b"--x\r\nbroken", b"nothing"])
async def test_a_broken_download_is_one_clear_error(tmp_path: Path, body: bytes) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "multipart/mixed; boundary=x"})

    async with client_of(("POST", "/session/work/download", answer)) as transport:
        with pytest.raises((UnsafeArchive, ProtocolError)):
            await ComputeSession(transport, "work").download(["a"], tmp_path)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("reads", ["query", "body", "get"])
async def test_a_file_is_fetched_from_every_release(reads: str) -> None:
    async def post(request: web.Request) -> web.Response:
        if reads == "get":
            raise web.HTTPMethodNotAllowed("POST", ["GET"])
        body = await request.read()
        if reads == "query":
            if body:
                return web.json_response({"title": "no body here"}, status=400)
            return web.Response(body=request.query["file"].encode())
        return web.Response(body=json.loads(body)["file"].encode())

    async def get(request: web.Request) -> web.Response:
        return web.Response(body=(await request.json())["file"].encode())

    routes = [("POST", "/session/work/download_single", post), ("GET", "/session/work/download_single", get)]
    async with client_of(*routes) as transport:
        assert await ComputeSession(transport, "work").download_single("a b/ü.txt") == "a b/ü.txt".encode()


async def test_an_upload_is_tried_with_absolute_names_where_relative_ones_fail() -> None:
    names: list[str] = []

    async def upload(request: web.Request) -> web.Response:
        reader = await request.multipart()
        part = await reader.next()
        assert isinstance(part, aiohttp.BodyPartReader)
        disposition = part.headers["Content-Disposition"]
        names.append(disposition.partition("filename=")[2])
        assert await part.read() == b"x"
        return web.Response(status=204 if '"/home/work/' in disposition else 500)

    async with client_of(("POST", "/session/work/upload", upload)) as transport:
        await ComputeSession(transport, "work").upload_bytes('sub/한 "글".txt', b"x")
    name = r'sub/한 \"글\".txt"'
    assert names == [f'"{name}', f'"/home/work/{name}']


async def test_all_sessions_are_listed_past_the_hundredth_and_unknown_fields_dropped() -> None:
    async def gql(request: web.Request) -> web.Response:
        body = await request.json()
        if "idle_checks" in body["query"]:
            return web.json_response(
                {"data": None, "errors": [{"message": "Cannot query field 'idle_checks' on type 'ComputeSession'."}]}
            )
        if "RUNNING_DEGRADED" in body["variables"]["status"]:
            return web.json_response({"errors": [{"message": "'RUNNING_DEGRADED'"}]})
        assert body["variables"]["access_key"] == "AKIA"
        offset, limit = body["variables"]["offset"], body["variables"]["limit"]
        items = [{"id": f"id-{number}", "status": "RUNNING"} for number in range(offset, min(offset + limit, 250))]
        return web.json_response({"data": {"compute_session_list": {"items": items, "total_count": 250}}})

    async with serving(("POST", "/admin/gql", gql)) as endpoint, AsyncSession(endpoint) as session:
        sessions = await session.ComputeSession.list()
        assert [item.id for item in sessions] == [f"id-{number}" for number in range(250)]
        page = await session.ComputeSession.paginated_list("RUNNING", page_offset=240, page_size=20)
        assert (len(page.items), page.total_count) == (10, 250)


async def test_a_query_that_stays_wrong_is_an_error() -> None:
    async def gql(_request: web.Request) -> web.Response:
        return web.json_response({"errors": [{"message": "Query depth limit"}]})

    async with serving(("POST", "/admin/gql", gql)) as endpoint, AsyncSession(endpoint) as session:
        with pytest.raises(ApiError, match="Query depth limit"):
            await session.images()


async def test_a_session_that_is_ending_under_the_name_is_waited_for() -> None:
    statuses = iter(["TERMINATING", "RUNNING"])

    async def create(request: web.Request) -> web.Response:
        body = await request.json()
        assert body["name"] == "work"
        status = next(statuses)
        return web.json_response(
            {"sessionId": f"id-{status}", "sessionName": "work", "status": status, "created": status == "RUNNING"},
            status=201,
        )

    async with serving(("POST", "/session", create)) as endpoint, AsyncSession(endpoint) as session:
        kern = await session.ComputeSession.get_or_create("python", name="work")
        assert (kern.id, kern.created) == ("id-RUNNING", True)
