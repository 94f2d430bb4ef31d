"""What happens to sessions is told to everybody who listens; idle sessions are reclaimed and that is told too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.protocol.rawclient import RawClient, eventually
from workbench.local import process
from workbench.local.process import LocalServer
from workbench.local.settings import Settings

ClientOf = Callable[[LocalServer], RawClient]
Told = tuple[str, dict[str, Any]]


async def told(stream: aiohttp.ClientResponse) -> AsyncIterator[Told]:
    """Events as they come."""
    name = ""
    async for line in stream.content:
        assert line.endswith(b"\r\n")
        if line.startswith(b"event: "):
            name = line[7:].strip().decode()
        elif line.startswith(b"data: "):
            yield name, json.loads(line[6:])


async def until(stream: aiohttp.ClientResponse, last: str, session_id: str = "") -> list[Told]:
    """All events up to one of that name (of that session)."""
    seen = []
    async with asyncio.timeout(30):
        async for event in told(stream):
            if not session_id or event[1]["sessionId"] == session_id:
                seen.append(event)
                if event[0] == last:
                    return seen
    raise AssertionError(f"the stream ended before {last}")


async def listening(stream: aiohttp.ClientResponse) -> None:
    assert stream.status == 200
    assert stream.content_type == "text/event-stream"
    assert (await stream.content.readline()).startswith(b":")


async def test_the_life_of_a_session_is_told_in_order(api: RawClient) -> None:
    async with api.events() as stream:
        await listening(stream)
        created = await api.create()
        seen = await until(stream, "session_started", created["sessionId"])
        assert [name for name, _ in seen] == [
            "session_pending",
            "session_preparing",
            "session_creating",
            "kernel_started",
            "session_started",
        ]
        _, data = seen[-1]
        assert data["sessionName"] == created["sessionName"]
        assert data["ownerAccessKey"] == api.server.access_key
        assert {"reason", "exitCode"} <= data.keys()
        await api.call("DELETE", f"/session/{created['sessionName']}")
        seen = await until(stream, "session_terminated", created["sessionId"])
        assert [name for name, _ in seen] == ["session_terminating", "kernel_terminated", "session_terminated"]
        assert {data["reason"] for _, data in seen} == {"user-requested"}


async def test_every_listener_is_told(api: RawClient) -> None:
    async with api.events() as one, api.events() as two:
        await listening(one)
        await listening(two)
        created = await api.create()
        for stream in (one, two):
            assert await until(stream, "session_started", created["sessionId"])


async def test_a_listener_may_ask_for_one_session_or_one_scope(api: RawClient) -> None:
    wanted = "wanted-session"
    async with (
        api.events(f"/events/session?sessionName={wanted}") as named,
        api.events("/events/session?scope=kernel") as kernels,
    ):
        await listening(named)
        await listening(kernels)
        await api.create()
        created = await api.create(wanted)
        seen = await until(named, "session_started")
        assert {data["sessionId"] for _, data in seen} == {created["sessionId"]}
        seen = await until(kernels, "kernel_started", created["sessionId"])
        assert {name for name, _ in seen} == {"kernel_started"}


async def test_a_listener_that_leaves_or_never_reads_hurts_nobody(api: RawClient) -> None:
    async with api.events() as lazy:
        await listening(lazy)
        async with api.events() as leaving:
            await listening(leaving)
        created = await api.create()
        assert (await api.run(created["sessionName"], "print(1)"))[0] == "1\n"


# -- idle checks


async def idle_checks(api: RawClient, session_id: str) -> dict[str, Any]:
    [item] = await api.list("idle_checks", filter=f'id == "{session_id}"')
    checks: dict[str, Any] = json.loads(item["idle_checks"])
    return checks


async def test_a_silent_session_is_reclaimed_and_a_busy_one_is_not(runtime: Path, client_of: ClientOf) -> None:
    limit = 4
    server = await asyncio.to_thread(process.ensure_running, 30, Settings(network_timeout=limit))
    api = client_of(server)
    async with api.events() as stream, api.events() as second:
        await listening(stream)
        await listening(second)
        busy = await api.create()
        async with api.socket(f"/stream/session/{busy['sessionName']}/execute") as run:
            await run.send_json({"mode": "query", "code": "input('name? ')", "options": {}})
            silent = await api.create()
            checks = await idle_checks(api, silent["sessionId"])
            assert list(checks) == ["network_timeout"]
            assert checks["network_timeout"]["remaining_time_type"] == "expire_after"
            assert 0 < checks["network_timeout"]["remaining"] <= limit
            seen = await until(stream, "session_terminated", silent["sessionId"])
            assert [name for name, _ in seen][-3:] == ["session_terminating", "kernel_terminated", "session_terminated"]
            assert {data["reason"] for _, data in seen if data["reason"]} == {"idle-timeout"}
            # The busy one has been silent for longer, and its whole time is still before it.
            assert (await idle_checks(api, busy["sessionId"]))["network_timeout"]["remaining"] == limit
        # Its run was abandoned with the stream, so now it is silent, too.
        seen = await until(second, "session_terminated", busy["sessionId"])
        assert seen[-1][1]["reason"] == "idle-timeout"


async def test_looking_at_a_session_is_not_using_it_but_running_code_is(runtime: Path, client_of: ClientOf) -> None:
    api = client_of(await asyncio.to_thread(process.ensure_running, 30, Settings(network_timeout=60)))
    created = await api.create()

    async def left() -> float:
        return float((await idle_checks(api, created["sessionId"]))["network_timeout"]["remaining"])

    async def looked_at_in_vain() -> bool:
        await api.call("GET", f"/session/{created['sessionName']}")
        return await left() < 59

    await eventually(looked_at_in_vain)
    await api.run(created["sessionName"], "1")
    assert await left() > 59


async def test_a_session_lives_no_longer_than_its_lifetime(runtime: Path, client_of: ClientOf) -> None:
    api = client_of(await asyncio.to_thread(process.ensure_running, 30, Settings(session_lifetime=4)))
    async with api.events() as stream:
        await listening(stream)
        created = await api.create()
        assert list(await idle_checks(api, created["sessionId"])) == ["session_lifetime"]
        seen = await until(stream, "session_terminated", created["sessionId"])
        assert seen[-1][1]["reason"] == "idle-session-lifetime"
        [item] = await api.list("status_info", filter=f'id == "{created["sessionId"]}"')
        assert item["status_info"] == "idle-session-lifetime"
