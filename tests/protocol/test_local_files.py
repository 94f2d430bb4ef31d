"""Files go in and out of a session's folder, and nowhere else."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from tests.protocol.rawclient import RawClient, Reply

ONE_MIB = 1024 * 1024
ODD_ENCODING = (
    b'--edge\r\nContent-Disposition: form-data; filename="a"\r\nContent-Transfer-Encoding: odd\r\n\r\n!\r\n--edge--'
)


def form(files: dict[str, bytes], *, quoted: bool = False) -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=quoted)
    for name, content in files.items():
        data.add_field("src", content, filename=name, content_type="application/octet-stream")
    return data


def raw_form(filename: bytes, content: bytes = b"x") -> tuple[bytes, str]:
    head = b'--edge\r\nContent-Disposition: form-data; name="src"; filename="' + filename + b'"\r\n\r\n'
    return head + content + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


async def upload(api: RawClient, ref: str, files: dict[str, bytes], *, quoted: bool = False) -> Reply:
    return await api.call("POST", f"/session/{ref}/upload", data=form(files, quoted=quoted))


async def folder_of(api: RawClient, ref: str) -> Path:
    return Path((await api.call("GET", f"/session/{ref}/files?path=.")).json["abspath"])


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def parts(reply: Reply) -> list[tarfile.TarFile]:
    assert reply.status == 200, reply.body
    assert reply.content_type == "multipart/mixed"
    boundary = reply.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
    found = []
    for part in reply.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        assert b"application/octet-stream" in head
        found.append(tarfile.open(fileobj=io.BytesIO(content.removesuffix(b"\r\n"))))  # noqa: SIM115
    return found


@pytest.fixture
async def ref(api: RawClient, lasting_session: str) -> AsyncIterator[str]:
    """A session with an empty folder."""
    yield lasting_session
    folder = await folder_of(api, lasting_session)
    for path in await asyncio.to_thread(lambda: list(folder.iterdir())):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def exists(path: Path) -> bool:
    return os.path.lexists(path)


def empty(folder: Path) -> bool:
    return not list(folder.iterdir())


async def test_what_is_uploaded_is_there_for_code_and_comes_back(api: RawClient, ref: str) -> None:
    content = bytes(range(256)) * 100
    assert (await upload(api, ref, {"a.bin": content, "sub/deep/b.txt": b"hello"})).status == 204
    printed, _ = await api.run(ref, "print(len(open('a.bin','rb').read()), open('sub/deep/b.txt').read())")
    assert printed == f"{len(content)} hello\n"
    one, two = await parts(await api.call("POST", f"/session/{ref}/download", body={"files": ["a.bin", "sub"]}))
    member = one.extractfile("a.bin")
    assert member is not None
    assert member.read() == content
    assert sorted(two.getnames()) == ["sub", "sub/deep", "sub/deep/b.txt"]
    single = await api.call("POST", f"/session/{ref}/download_single?file=a.bin")
    assert (single.status, single.body) == (200, content)


async def test_downloads_are_asked_for_in_the_query_or_in_the_body(api: RawClient, ref: str) -> None:
    await upload(api, ref, {"a": b"1", "b": b"2"})
    queried = await parts(await api.call("POST", f"/session/{ref}/download?files=a&files=b"))
    assert [archive.getnames() for archive in queried] == [["a"], ["b"]]
    single = await api.call("POST", f"/session/{ref}/download_single", body={"file": "b"})
    assert single.body == b"2"


async def test_names_that_the_published_sdk_encodes_land_where_they_were_meant(api: RawClient, ref: str) -> None:
    assert (await upload(api, ref, {"sub/two words.bin": b"x"}, quoted=True)).status == 204
    assert tree(await folder_of(api, ref)) == ["sub", "sub/two words.bin"]


@pytest.mark.parametrize(
    "name",
    [
        b"/etc/cron.d/evil",
        b"//evil",
        b"../evil",
        b"a/../../evil",
        b"..%2F..%2Fevil",
        b"%2Fetc%2Fevil",
        b"%2E%2E%2Fevil",
        b"evil%00",
        b"evil\x00.txt",
        b"link/evil",
        b"up/evil",
        b"dangling",
        b"",
        b".",
        b"..",
        b"a/",
        b"x" * 300,
        b"\xff\xfe",
    ],
    ids=str,
)
async def test_an_escaping_upload_is_refused_and_nothing_is_written_anywhere(
    api: RawClient, ref: str, tmp_path: Path, name: bytes
) -> None:
    folder = await folder_of(api, ref)
    (folder / "link").symlink_to(tmp_path)
    (folder / "up").symlink_to("..")
    (folder / "dangling").symlink_to(tmp_path / "made")
    before = tree(folder.parent)
    body, content_type = raw_form(name)
    refused = await api.call("POST", f"/session/{ref}/upload", data=body, content_type=content_type)
    refused.problem(400, "invalid-api-params")
    assert tree(folder.parent) == before
    assert empty(tmp_path)
    assert not exists(Path("/etc/cron.d/evil"))


async def test_an_encoding_that_is_none_is_a_name_like_any_other(api: RawClient, ref: str) -> None:
    body, content_type = raw_form(b"%2e%2e/100%")
    assert (await api.call("POST", f"/session/{ref}/upload", data=body, content_type=content_type)).status == 204
    assert tree(await folder_of(api, ref)) == ["%2e%2e", "%2e%2e/100%"]


async def test_one_bad_name_among_good_ones_writes_nothing(api: RawClient, ref: str) -> None:
    (await upload(api, ref, {"good": b"1", "../bad": b"2", "fine": b"3"})).problem(400)
    assert tree(await folder_of(api, ref)) == []


async def test_the_limits_of_an_upload_are_kept(api: RawClient, ref: str) -> None:
    assert (await upload(api, ref, {"just": b"x" * (ONE_MIB - 1)})).status == 204
    assert "Too large" in (await upload(api, ref, {"over": b"x" * ONE_MIB})).problem(400)["msg"]
    assert "Too large" in (await upload(api, ref, {"far": b"x" * 50 * ONE_MIB})).problem(400)["msg"]
    assert (await upload(api, ref, {f"f{n}": b"x" for n in range(20)})).status == 204
    assert "Too many" in (await upload(api, ref, {f"g{n}": b"x" for n in range(21)})).problem(400)["msg"]
    assert tree(await folder_of(api, ref)) == sorted(["just", *(f"f{n}" for n in range(20))])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ODD_ENCODING, "multipart/form-data; boundary=edge"),
        (b"", "multipart/form-data; boundary=edge"),
        (b"garbage", "multipart/form-data; boundary=edge"),
        (b"--edge\r\n", "multipart/form-data; boundary=edge"),
        (b"x", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"--edge\r\n\r\nno name\r\n--edge--\r\n", "multipart/form-data; boundary=edge"),
        (
            b"--edge\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\nx\r\n--in--\r\n--edge--\r\n",
            "multipart/form-data; boundary=edge",
        ),
    ],
)
async def test_a_body_that_is_no_upload_is_refused(api: RawClient, ref: str, body: bytes, content_type: str) -> None:
    reply = await api.call("POST", f"/session/{ref}/upload", data=body, content_type=content_type)
    reply.problem(400, "invalid-api-params")
    assert tree(await folder_of(api, ref)) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"files": []}, 400),
        ({"files": [1]}, 400),
        ({"files": {"a": 1}}, 400),
        ({"files": ["a"] * 6}, 400),
        ({"files": ["missing"]}, 404),
        ({"files": ["../../../etc/passwd"]}, 400),
        ({"files": ["/etc/passwd"]}, 400),
        ({"files": ["link"]}, 400),
        ({"files": ["big"]}, 400),
    ],
)
async def test_a_download_that_cannot_be_is_refused(api: RawClient, ref: str, body: object, status: int) -> None:
    folder = await folder_of(api, ref)
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "big").write_bytes(b"x" * (ONE_MIB + 1))
    (await api.call("POST", f"/session/{ref}/download", body=body)).problem(status)


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", "link", "missing", "fifo", "."])
async def test_a_single_download_stays_in_the_folder(api: RawClient, ref: str, name: str) -> None:
    folder = await folder_of(api, ref)
    (folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "fifo")
    reply = await api.call("POST", f"/session/{ref}/download_single?file={quote(name)}")
    reply.problem(404 if name == "missing" else 400)


@pytest.mark.parametrize("place", ["query", "body"])
async def test_a_listing_is_json_text_in_json(api: RawClient, ref: str, place: str) -> None:
    await upload(api, ref, {"sub/a.txt": b"12345"})
    in_query = place == "query"
    reply = await api.call(
        "GET",
        f"/session/{ref}/files?path=sub" if in_query else f"/session/{ref}/files",
        body=None if in_query else {"path": "sub"},
    )
    [entry] = json.loads(reply.json["files"])
    assert (entry["filename"], entry["size"], entry["mode"]) == ("a.txt", 5, "-rw-r--r--")
    assert {"ctime", "mtime", "atime"} <= entry.keys()
    assert reply.json["abspath"].endswith("/sub")


async def test_a_listing_of_nothing_says_so_and_one_outside_is_refused(api: RawClient, ref: str) -> None:
    answer = (await api.call("GET", f"/session/{ref}/files?path=nothing")).json
    assert (answer["files"], answer["errors"]) == ("", "nothing: No such file or directory")
    (await api.call("GET", f"/session/{ref}/files?path=../..")).problem(400)
    (await api.call("GET", f"/session/{ref}/files?path=/etc")).problem(400)
