"""The connection, the list of sessions and the calls of the workbench, on the real embedded server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.protocol.engine import FAST, Wire, code, live, make, opened, until
from tests.protocol.servers import serving
from workbench.domain.run import RunState
from workbench.domain.session import NewSession
from workbench.engine.files import Transfer
from workbench.engine.link import Link, LinkState
from workbench.engine.workbench import Workbench
from workbench.local import process
from workbench.wire import AsyncSession, Endpoint
from workbench.wire.endpoint import Secret
from workbench.wire.errors import ConnectionFailed, WireError


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Workbench]:
    async with opened(endpoint) as bench:
        yield bench


async def test_it_opens_at_once_and_connects_behind(endpoint: Endpoint) -> None:
    asked = asyncio.Event()

    async def connect() -> Endpoint:
        await asked.wait()
        return endpoint

    bench = Workbench(connect, None)
    await bench.open()
    assert bench.link.state is LinkState.CONNECTING
    with pytest.raises(ConnectionFailed, match="Not connected"):
        await bench.images()
    asked.set()
    await live(bench)
    assert bench.link.server
    assert bench.link.latency_ms is not None
    assert any(image.reference.startswith("local/") for image in await bench.images())
    offer = await bench.offer()
    assert {preset.name for preset in offer.presets} >= {"small", "machine"}
    assert set(offer.left) == {"cpu", "mem"}
    assert offer.projects == ("default",)
    assert offer.folders == ()
    await bench.close()


async def test_a_server_that_does_not_answer_is_said_with_a_reason_and_a_countdown() -> None:
    links: list[Link] = []
    bench = Workbench(Endpoint(url="http://127.0.0.1:9"), None)
    bench.link_changed.connect(links.append)
    await bench.open()
    await until(bench.link_changed, lambda: bench.link.state is LinkState.DOWN)
    assert bench.link.retry_at is not None
    assert 0 < bench.link.retry_at - time.time() <= 0.5
    assert "Cannot connect" in bench.link.reason
    await until(bench.link_changed, lambda: len([link for link in links if link.retry_at]) >= 2)
    bench.retry_now()
    await bench.close()


async def test_a_way_to_connect_that_fails_oddly_is_a_reason_too() -> None:
    async def connect() -> Endpoint:
        raise RuntimeError("the moon is wrong")

    bench = Workbench(connect, None, backoff=FAST)
    await bench.open()
    await until(bench.link_changed, lambda: bench.link.state is LinkState.DOWN)
    assert bench.link.reason == "the moon is wrong"
    await bench.close()


async def test_a_cut_connection_is_stale_says_since_when_and_comes_back_with_what_changed(
    endpoint: Endpoint, wire: AsyncSession
) -> None:
    async with Wire(endpoint) as proxy, opened(proxy.endpoint) as bench:
        session, _ = await make(bench, "engine-stale")
        proxy.refuses = True
        proxy.cut()
        await until(bench.link_changed, lambda: bench.link.state is LinkState.STALE)
        assert bench.registry.stale_since
        assert session.id in bench.registry.sessions
        other = await wire.ComputeSession.get_or_create("python", name="engine-meanwhile")
        run = bench.desk(session.id).runs.submit(code("print('waited')"))
        assert "starts when it is back" in run.note
        proxy.refuses = False
        await live(bench)
        assert not bench.registry.stale_since
        assert other.id in bench.registry.sessions
        assert await asyncio.wait_for(run.wait(), 20) is RunState.FINISHED
        await bench.destroy([session.id, other.id], forced=True)


async def test_what_others_create_rename_and_destroy_shows_without_asking(bench: Workbench, wire: AsyncSession) -> None:
    changed, registry = bench.registry.changed, bench.registry
    began = time.monotonic()
    made = await wire.ComputeSession.get_or_create("python", name="engine-by-other")
    await until(changed, lambda: made.id in registry.sessions and registry.sessions[made.id].status == "RUNNING")
    await made.rename("engine-renamed")
    await until(changed, lambda: registry.sessions[made.id].name == "engine-renamed")
    assert registry.find("engine-renamed") == registry.get(made.id)
    await made.destroy(forced=True)
    await until(changed, lambda: made.id not in registry.sessions)
    assert time.monotonic() - began < 15


async def test_a_new_session_shows_at_once_and_runs_what_was_submitted_before_it_was_ready(bench: Workbench) -> None:
    session = await bench.create(NewSession(image="python", name="engine-new", environ={"COLOUR": "blue"}))
    assert session.id in bench.registry.sessions
    run = bench.desk(session.id).runs.submit(code("import os; print(os.environ['COLOUR'])"))
    assert await asyncio.wait_for(run.wait(), 30) is RunState.FINISHED
    assert run.log.text() == "blue\n"
    assert bench.desk(session.id).session == bench.registry.get(session.id)
    again = await bench.create(NewSession(image="python", name="engine-new"))
    assert again.id == session.id
    await bench.rename(session.id, "engine-newer")
    assert bench.registry.sessions[session.id].name == "engine-newer"
    assert "RUNNING" in await bench.status_history(session.id)
    assert isinstance(await bench.logs(session.id), str)
    await bench.destroy([session.id])
    await until(bench.registry.changed, lambda: session.id not in bench.registry.sessions)


async def test_what_cannot_be_done_is_one_sentence(bench: Workbench) -> None:
    with pytest.raises(WireError, match="at least 4 characters"):
        await bench.create(NewSession(image="python", name="ab"))
    with pytest.raises(WireError):
        await bench.create(NewSession(image="no/such:image", name="engine-none"))
    with pytest.raises(WireError):
        await bench.logs("00000000-0000-0000-0000-000000000000")
    run = bench.desk("00000000-0000-0000-0000-000000000000").runs.submit(code("1"))
    assert await run.wait() is RunState.REFUSED
    assert "has ended" in run.note


async def test_files_go_there_and_back_and_the_limit_is_explained(bench: Workbench, tmp_path: Path) -> None:
    session, desk = await make(bench, "engine-files")
    sources = [tmp_path / f"f{number}.txt" for number in range(25)]
    for source in sources:
        source.write_text(source.name * 100)
    steps: list[Transfer] = []
    desk.files.progress.connect(steps.append)
    await desk.files.upload(sources)
    assert steps[-1].is_over
    assert not steps[-1].problem
    assert steps[-1].done_bytes >= sum(source.stat().st_size for source in sources)
    names = {entry.name for entry in await desk.files.list()}
    assert {source.name for source in sources} <= names
    (back,) = await desk.files.download(["f7.txt"], tmp_path / "back")
    assert back.read_text() == "f7.txt" * 100
    assert await desk.files.read("f8.txt") == b"f8.txt" * 100
    (tmp_path / "big.bin").write_bytes(b"x" * 1024 * 1024)
    with pytest.raises(WireError, match=r"big\.bin has 1\.0 MB; a session takes files smaller than 1 MiB, 20 in a"):
        await desk.files.upload([tmp_path / "big.bin"])
    assert any(step.problem for step in steps)
    with pytest.raises(WireError, match="is not a file"):
        await desk.files.upload([tmp_path / "missing"])
    await bench.destroy([session.id], forced=True)


async def test_a_thousand_sessions_are_listed_without_holding_the_loop_up() -> None:
    item: dict[str, object] = {
        "type": "INTERACTIVE", "status": "RUNNING", "status_info": "", "image": "cr.backend.ai/stable/python:3.13",
        "created_at": "2026-11-23T10:00:00+00:00", "terminated_at": None, "group_name": "default", "access_key": "AKIA",
        "occupying_slots": '{"cpu": "1", "mem": "536870912"}', "num_queries": 3, "containers": [],
        "idle_checks": '{"network_timeout": {"remaining": 300, "remaining_time_type": "expire_after", "extra": null}}',
    }  # fmt: skip
    count = 1000

    async def graphql(request: web.Request) -> web.Response:
        asked = (await request.json())["variables"]
        numbers = range(asked["offset"], min(asked["offset"] + asked["limit"], count))
        items = [{**item, "id": f"id-{n:04}", "session_id": f"id-{n:04}", "name": f"s-{n:04}"} for n in numbers]
        return web.json_response({"data": {"compute_session_list": {"items": items, "total_count": count}}})

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await ended.wait()
        return response

    ended = asyncio.Event()
    async with serving(("POST", "/admin/gql", graphql), ("GET", "/events/session", events)) as endpoint:
        async with opened(endpoint) as bench:
            assert list(bench.registry.sessions) == [f"id-{n:04}" for n in range(count)]
            changes: list[None] = []
            bench.registry.changed.connect(changes.append)
            longest, listed = 0.0, asyncio.ensure_future(bench.registry.refresh())
            while not listed.done():
                began = time.perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, time.perf_counter() - began)
            assert changes == []
            assert longest < 0.25
        ended.set()


async def test_a_server_that_stopped_is_found_again_at_its_new_place(runtime: Path) -> None:
    async def connect() -> Endpoint:
        server = await asyncio.to_thread(process.ensure_running)
        return Endpoint(url=server.url, access_key=server.access_key, secret_key=Secret(server.secret_key))

    async with opened(connect) as bench:
        states: list[str] = []
        bench.link_changed.connect(lambda link: states.append(link.state))
        session, desk = await make(bench, "engine-first")
        run = desk.runs.submit(code("import time; print('on'); time.sleep(60)"))
        await until(desk.runs.changed, lambda: "on" in run.log.text())
        await asyncio.to_thread(process.stop)
        assert (await asyncio.wait_for(run.wait(), 20)).is_over
        await until(bench.link_changed, lambda: LinkState.STALE in states and bench.link.state is LinkState.LIVE)
        assert session.id not in bench.registry.sessions
        again, desk = await make(bench, "engine-again")
        assert await asyncio.wait_for(desk.runs.submit(code("1")).wait(), 30) is RunState.FINISHED
        await bench.destroy([again.id], forced=True)
