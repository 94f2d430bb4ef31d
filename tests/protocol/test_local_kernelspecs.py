"""Kernels that do not start: the session says why, its name is free again, and nothing is left running."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.protocol.rawclient import RawClient, eventually
from workbench.local import process
from workbench.local.process import LocalServer

ClientOf = Callable[[LocalServer], RawClient]


@pytest.fixture
async def api(runtime: Path, tmp_path: Path, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> RawClient:
    """A server of a machine with odd kernelspecs."""
    specs = {
        "failing": [sys.executable, "-c", "raise SystemExit('the licence has expired')"],
        "launched": ["sh", "-c", "(sleep 0.3; echo the licence has expired >&2) & exit 1"],
        "silent": [sys.executable, "-c", "import time; time.sleep(600)", "{connection_file}"],
        "missing": ["/no/such/program"],
    }
    for name, argv in specs.items():
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": argv, "display_name": name, "language": name}
        (folder / "kernel.json").write_text(json.dumps(spec))
    (tmp_path / "kernels" / "broken").mkdir()
    (tmp_path / "kernels" / "broken" / "kernel.json").write_text("{")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return client_of(await asyncio.to_thread(process.ensure_running))


def running(argument: str, server: LocalServer) -> list[int]:
    children = psutil.Process(server.pid).children(recursive=True)
    return [child.pid for child in children if any(argument in word for word in child.cmdline())]


async def test_only_kernelspecs_that_can_run_are_images(api: RawClient) -> None:
    names = {image["name"] for image in (await api.gql("{ images { name } }"))["images"]}
    assert {"python3", "failing", "silent"} <= names
    assert not names & {"broken", "missing"}


async def test_a_kernel_that_fails_says_why_and_its_name_is_free(api: RawClient) -> None:
    body = {"name": "mysession", "image": "failing"}
    document = (await api.call("POST", "/session", body=body)).problem(500, "kernel-creation-failed")
    assert "the licence has expired" in document["msg"]
    [item] = await api.list("status status_info", status="ERROR")
    assert item["status_info"].startswith("failed-to-start")
    logs = await api.call("GET", "/session/mysession/logs")
    assert "the licence has expired" in logs.json["result"]["logs"]
    (await api.call("POST", "/session/mysession", body={"mode": "query", "code": "1"})).problem(409)
    created = await api.create("mysession")
    assert (created["created"], created["status"]) == (True, "RUNNING")


async def test_why_a_kernel_fails_is_told_although_it_comes_after_its_end(api: RawClient) -> None:
    document = (await api.call("POST", "/session", body={"name": "mysession", "image": "launched"})).problem(500)
    assert "the licence has expired" in document["msg"]


async def test_a_kernel_that_never_answers_can_be_cancelled_and_leaves_nothing(api: RawClient) -> None:
    waiting = asyncio.create_task(api.call("POST", "/session", body={"name": "mysession", "image": "silent"}))

    async def started() -> list[int]:
        return await asyncio.to_thread(running, "time.sleep(600)", api.server)

    [pid] = await eventually(started)
    assert (await api.call("DELETE", "/session/mysession")).json == {"stats": {"status": "cancelled"}}
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    (await waiting).problem(404, "entity-not-found")
    [item] = await api.list("status", filter='name == "mysession"')
    assert item["status"] == "CANCELLED"


async def test_a_server_with_a_starting_kernel_stops_without_rest(api: RawClient) -> None:
    await api.create("mysession", image="silent", enqueueOnly=True)

    async def started() -> list[int]:
        return await asyncio.to_thread(running, "time.sleep(600)", api.server)

    pids = await eventually(started)
    await asyncio.to_thread(process.stop)
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
