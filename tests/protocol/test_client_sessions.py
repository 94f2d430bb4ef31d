"""Sessions are made, found, listed, renamed and ended through the real server."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from workbench.domain.session import SessionStatus
from workbench.wire import AsyncSession, Endpoint
from workbench.wire.compute import ComputeSession
from workbench.wire.endpoint import Secret
from workbench.wire.errors import AuthError, Conflict, EndpointError, NotFound
from workbench.wire.events import SessionEvent


def fresh_name() -> str:
    """A name that no session has."""
    return f"client-{secrets.token_hex(5)}"


async def test_the_server_says_who_it_is_and_takes_the_keypair(wire: AsyncSession) -> None:
    server = await wire.server()
    assert server.version == "v9.20250722"
    assert server.manager
    await wire.check_auth()


async def test_a_wrong_secret_is_told_so_and_not_shown(endpoint: Endpoint) -> None:
    wrong = Endpoint(url=endpoint.url, access_key=endpoint.access_key, secret_key=Secret("not-the-secret"))
    async with AsyncSession(wrong) as session:
        with pytest.raises(AuthError, match="does not accept the keypair") as caught:
            await session.check_auth()
    assert "not-the-secret" not in f"{caught.value!r} {caught.value} {wrong!r}"


async def test_a_session_is_made_once_per_name(wire: AsyncSession) -> None:
    name = fresh_name()
    first = await wire.ComputeSession.get_or_create("python:3.6-ubuntu18.04", client_token=name)
    try:
        assert (first.created, first.status, first.name) == (True, "RUNNING", name)
        again = await wire.ComputeSession.get_or_create("python:3.6-ubuntu18.04", name=name)
        assert (again.created, again.id) == (False, first.id)
        with pytest.raises(Conflict) as caught:
            await wire.ComputeSession.get_or_create("python", name=name, no_reuse=True)
        assert caught.value.existing_session_id == first.id
    finally:
        await first.destroy(forced=True)


@pytest.mark.parametrize("token", ["abc", "x" * 65, "-bad-", "with space"])
async def test_a_name_that_no_server_takes_is_refused_at_once(wire: AsyncSession, token: str) -> None:
    with pytest.raises(ValueError, match="session name"):
        await wire.ComputeSession.get_or_create("python", client_token=token)


async def test_an_unknown_image_is_not_found(wire: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await wire.ComputeSession.get_or_create("no/such:image")


async def test_environment_variables_reach_the_code(wire: AsyncSession) -> None:
    kern = await wire.ComputeSession.get_or_create(
        "python", envs={"COLOUR": "blå"}, resources={"cpu": 1, "mem": "512m"}
    )
    try:
        result = await kern.execute(None, "import os; print(os.environ['COLOUR'])")
        assert ["stdout", "blå\n"] in result["console"]
    finally:
        await kern.destroy(forced=True)


async def test_images_are_listed_and_say_which_interpreter_is_meant(wire: AsyncSession) -> None:
    images = await wire.images(installed_only=True)
    python = next(image for image in images if "python" in image.aliases)
    assert python.reference.startswith("local/")
    assert python.runs_code


async def test_a_session_is_listed_with_its_details(wire: AsyncSession, kern: ComputeSession) -> None:
    listed = {session.id: session for session in await wire.ComputeSession.list()}
    session = listed[kern.id]
    assert (session.name, session.status) == (kern.name, SessionStatus.RUNNING)
    assert session.access_key == wire.endpoint.access_key
    assert session.created_at is not None
    assert session.interpreter == kern.interpreter != ""
    page = await wire.ComputeSession.paginated_list("RUNNING", page_size=1)
    assert len(page.items) == 1
    assert page.total_count >= 1


async def test_a_renamed_session_answers_to_its_new_name(wire: AsyncSession, kern: ComputeSession) -> None:
    name = fresh_name()
    await kern.rename(name)
    assert kern.name == name
    assert (await wire.ComputeSession(name).get_info())["status"] == "RUNNING"


async def test_history_and_logs(kern: ComputeSession) -> None:
    history = await kern.get_status_history()
    assert list(history)[-1] == "RUNNING"
    assert list(history) == sorted(history, key=history.__getitem__)
    assert isinstance(await kern.get_logs(), str)
    await kern.execute(None, "some_long_name = 1")
    completion = {"status": "failed"}
    async with asyncio.timeout(60):  # the first one on a machine builds the completer's cache
        while completion["status"] != "finished":
            completion = await kern.complete("some_lo", {"row": 0, "col": 7, "line": "some_lo", "post": ""})
    assert "some_long_name" in completion["suggestions"]


async def test_a_destroyed_session_is_gone_and_its_name_is_free(wire: AsyncSession) -> None:
    name = fresh_name()
    kern = await wire.ComputeSession.get_or_create("python", name=name)
    await kern.destroy()
    again = await wire.ComputeSession.get_or_create("python", name=name)
    assert again.created
    assert again.id != kern.id
    await again.destroy(forced=True)
    with pytest.raises(NotFound):
        await ComputeSession(wire.transport, fresh_name()).destroy()


async def test_events_tell_of_a_session_from_its_start_to_its_end(wire: AsyncSession) -> None:
    seen: list[SessionEvent] = []
    name = fresh_name()

    async def listen() -> None:
        async for event in stream:
            if event.session_name == name:
                seen.append(event)
            if event.session_name == name and event.name == "session_terminated":
                return

    async with wire.events() as stream:
        kern = await wire.ComputeSession.get_or_create("python", name=name)
        listening = asyncio.ensure_future(listen())
        await kern.destroy()
        await asyncio.wait_for(listening, 30)
    names = [event.name for event in seen]
    assert names.index("session_started") < names.index("session_terminated")
    assert {event.session_id for event in seen} == {kern.id}


def test_without_an_endpoint_the_client_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("BACKEND_ENDPOINT", "BACKEND_ACCESS_KEY", "SORNA_ENDPOINT", "SORNA_ACCESS_KEY"):
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(EndpointError, match="BACKEND_ENDPOINT"):
        AsyncSession()
