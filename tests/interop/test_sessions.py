"""Lists, lives and refusals on a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.interop.conftest import IMAGE, found, new_name
from tests.protocol.engine import code, until
from workbench.domain.run import RunState
from workbench.domain.session import NewSession, SessionStatus
from workbench.engine.desk import Desk
from workbench.engine.workbench import Workbench
from workbench.wire import AsyncSession, Endpoint
from workbench.wire.compute import ComputeSession
from workbench.wire.endpoint import Secret
from workbench.wire.errors import ApiError, AuthError, Conflict, NotFound


async def test_a_session_is_listed_with_what_a_person_wants_to_know(wire: AsyncSession, shared_name: str) -> None:
    (session,) = [each for each in await wire.ComputeSession.list() if each.name == shared_name]
    assert session.status is SessionStatus.RUNNING
    assert session.short_image == IMAGE
    assert session.created_at is not None
    assert float(session.occupied_slots["cpu"]) >= 1
    assert int(session.occupied_slots["mem"]) > 0
    assert session.access_key == wire.endpoint.access_key


async def test_the_offer_has_images_presets_and_what_is_left(bench: Workbench) -> None:
    offer = await bench.offer()
    assert any(IMAGE in image.aliases or IMAGE in image.reference for image in offer.images)
    assert offer.presets


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"secret_key": Secret("wrong")}, "does not accept the keypair"),
        ({"access_key": "AKIANOBODYHASTHISKEY"}, "does not accept the keypair"),
    ],
)
async def test_a_refused_key_is_one_clear_sentence(
    endpoint: Endpoint, changes: dict[str, object], sentence: str
) -> None:
    async with AsyncSession(replace(endpoint, **changes)) as session:
        with pytest.raises(AuthError, match=sentence) as refused:
            await session.ComputeSession.list()
        assert "wrong" not in str(refused.value)
        with pytest.raises(AuthError):
            async with session.ComputeSession("interop-none").stream_execute("1"):
                pass


async def test_an_unknown_session_image_and_a_taken_name_say_so(wire: AsyncSession, shared_name: str) -> None:
    with pytest.raises(NotFound):
        await wire.ComputeSession("interop-nobody").get_info()
    with pytest.raises(NotFound, match="no/such:image"):
        await wire.ComputeSession.get_or_create("no/such:image", name=new_name())
    with pytest.raises(Conflict) as taken:
        await wire.ComputeSession.get_or_create(IMAGE, name=shared_name, no_reuse=True)
    assert taken.value.existing_session_id


async def test_a_version_the_server_does_not_know_is_never_sent(endpoint: Endpoint) -> None:
    async with AsyncSession(replace(endpoint, api_version="v99.20990101")) as session:
        await session.check_auth()
        assert session.transport.server is not None
        assert session.transport.version == session.transport.server.version


async def test_the_first_address_that_answers_is_used(endpoint: Endpoint) -> None:
    async with AsyncSession(replace(endpoint, url="http://127.0.0.1:9", alternates=(endpoint.url,))) as session:
        await session.check_auth()


async def test_a_session_is_renamed_and_found_again(wire: AsyncSession, own: ComputeSession) -> None:
    fresh = new_name("fresh")
    await own.rename(fresh)
    assert (await wire.ComputeSession(fresh).get_info())["status"] == "RUNNING"
    assert "RUNNING" in await own.get_status_history()
    assert isinstance(await own.get_logs(), str)


async def test_the_life_of_a_session_is_told_as_it_happens(bench: Workbench) -> None:
    name = new_name("life")
    seen: list[str] = []

    def look(_: None) -> None:
        session = bench.registry.find(name)
        seen.append(session.status.value if session else "gone")

    bench.registry.changed.connect(look)
    made = await bench.create(NewSession(image=IMAGE, name=name))
    run = bench.desk(made.id).runs.submit(code("print('ran as soon as it could')"))
    async with asyncio.timeout(60):
        assert await run.wait() is RunState.FINISHED
    assert found(bench, name).status is SessionStatus.RUNNING
    await bench.destroy([made.id])
    # events bring the end well before the slow poll would
    await until(bench.registry.changed, lambda: bench.registry.find(name) is None, seconds=90)
    assert "RUNNING" in seen


async def test_a_session_destroyed_under_a_run_ends_the_run_with_the_reason(
    bench: Workbench, own: ComputeSession, desk_of: Callable[[str], Desk]
) -> None:
    await bench.registry.refresh()
    desk = desk_of(own.name)
    run = desk.runs.submit(code("import time\nprint('on')\ntime.sleep(100)"))
    await until(desk.runs.changed, lambda: "on" in run.log.text())
    await own.destroy(forced=True)
    async with asyncio.timeout(60):
        await run.wait()
    assert "the session ended" in run.note


async def test_a_name_is_free_again_after_its_session(wire: AsyncSession) -> None:
    name = new_name("again")
    first = await wire.ComputeSession.get_or_create(IMAGE, name=name)
    await first.destroy(forced=True)
    # the server hands out the dying session as if it lived; the client waits for its end
    second = await wire.ComputeSession.get_or_create(IMAGE, name=name)
    assert second.id != first.id
    await second.destroy(forced=True)


async def test_sessions_past_one_page_are_all_listed(wire: AsyncSession) -> None:
    ended = ("TERMINATED", "CANCELLED")
    page = await wire.ComputeSession.paginated_list(ended, page_size=3)
    everything = await wire.ComputeSession.list(ended)
    assert len(everything) == page.total_count
    assert len({session.id for session in everything}) == len(everything)


async def test_a_problem_keeps_the_raw_document(wire: AsyncSession) -> None:
    with pytest.raises(ApiError) as problem:
        await wire.ComputeSession("interop-nobody").get_info()
    assert b"https://api.backend.ai/probs/" in problem.value.problem.raw
