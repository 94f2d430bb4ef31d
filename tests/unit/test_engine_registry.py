"""The list of sessions: order, hints, what is put between two lists, a server that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from workbench.domain.idle import IdleCheck
from workbench.domain.session import Session, SessionStatus
from workbench.engine import registry as module
from workbench.engine.registry import SessionRegistry
from workbench.wire.errors import ConnectionFailed


def session(number: int, *, minute: int = 0, **more: object) -> Session:
    return Session(
        id=f"id-{number}",
        name=f"name-{number}",
        status=SessionStatus.RUNNING,
        created_at=datetime(2026, 11, 23, 10, minute, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )


class Server:
    """A list that a test changes, and a stream of events it sends."""

    def __init__(self, *sessions: Session) -> None:
        self.sessions = list(sessions)
        self.lists = 0
        self.hangs = False
        self.fails = False
        self.hint = asyncio.Event()
        self.listed = asyncio.Event()

    async def list_sessions(self) -> list[Session]:
        self.lists += 1
        self.listed.set()
        if self.fails:
            raise ConnectionFailed("broke")
        answer = list(self.sessions)
        await asyncio.sleep(0)
        if self.hangs:
            await asyncio.Event().wait()
        return answer

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[object]]:
        yield self._events()

    async def _events(self) -> AsyncIterator[object]:
        while True:
            await self.hint.wait()
            self.hint.clear()
            yield object()


async def settled(registry: SessionRegistry, count: int) -> None:
    async with asyncio.timeout(10):
        await registry.until(lambda: len(registry.sessions) == count)


async def test_sessions_keep_their_order_and_new_ones_come_last() -> None:
    server = Server(session(3, minute=3), session(1, minute=1), session(2, minute=2))
    registry = SessionRegistry(debounce=0.01, poll=0.05)
    following = asyncio.ensure_future(registry.follow(server))
    await settled(registry, 3)
    assert list(registry.sessions) == ["id-1", "id-2", "id-3"]
    server.sessions = [session(4, minute=4), *server.sessions]
    await settled(registry, 4)
    assert list(registry.sessions) == ["id-1", "id-2", "id-3", "id-4"]
    following.cancel()
    await asyncio.wait([following])


async def test_many_hints_are_one_list_and_no_change_is_no_signal() -> None:
    server = Server(session(1))
    registry = SessionRegistry(debounce=0.05, poll=60)
    following = asyncio.ensure_future(registry.follow(server))
    await settled(registry, 1)
    changes: list[None] = []
    registry.changed.connect(changes.append)
    lists: list[float] = []
    registry.listed.connect(lists.append)
    for _ in range(100):
        registry.hint()
    server.sessions.append(session(2, minute=1))
    server.hint.set()
    await settled(registry, 2)
    assert len(lists) <= 2
    assert len(changes) == 1
    following.cancel()
    await asyncio.wait([following])


async def test_what_was_put_while_a_list_was_on_its_way_stays() -> None:
    server = Server(session(1))
    registry = SessionRegistry(debounce=0.01, poll=60)
    following = asyncio.ensure_future(registry.follow(server))
    await settled(registry, 1)
    server.listed.clear()
    listing = asyncio.ensure_future(registry.refresh())
    await server.listed.wait()
    made = session(2, minute=1)
    server.sessions.append(made)
    registry.put(made)
    await listing
    assert list(registry.sessions) == ["id-1", "id-2"]
    following.cancel()
    await asyncio.wait([following])


async def test_a_session_that_is_gone_is_told_once_and_a_lost_connection_is_stale_until_the_next_list() -> None:
    server = Server(session(1), session(2, minute=1))
    registry = SessionRegistry(debounce=0.01, poll=0.02)
    ended: list[str] = []
    registry.ended.connect(ended.append)
    following = asyncio.ensure_future(registry.follow(server))
    await settled(registry, 2)
    del server.sessions[0]
    await settled(registry, 1)
    server.fails = True
    with pytest.raises(ConnectionFailed):
        await following
    registry.lost()
    assert registry.stale_since is not None
    assert list(registry.sessions) == ["id-2"]
    server.fails = False
    following = asyncio.ensure_future(registry.follow(server))
    async with asyncio.timeout(10):
        await registry.until(lambda: registry.stale_since is None)
    assert ended == ["id-1"]
    following.cancel()
    await asyncio.wait([following])


async def test_a_server_that_hangs_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIST_SECONDS", 0.05)
    server = Server(session(1))
    server.hangs = True
    with pytest.raises(ConnectionFailed, match="does not answer"):
        await SessionRegistry().follow(server)


async def test_a_deadline_counts_down_between_lists_and_the_interpreter_is_remembered() -> None:
    due = IdleCheck(name="network_timeout", remaining=100.0)
    server = Server(session(1, idle_checks=(due,)))
    registry = SessionRegistry(debounce=0.01, poll=60)
    registry.put(session(1, interpreter="/usr/bin/python3"))
    following = asyncio.ensure_future(registry.follow(server))
    async with asyncio.timeout(10):
        await registry.until(lambda: bool(registry.sessions["id-1"].idle_checks))
    first = registry.remaining(registry.sessions["id-1"])
    second = registry.remaining(registry.sessions["id-1"])
    assert first is not None
    assert second is not None
    assert 99 < second < first <= 100
    assert registry.sessions["id-1"].interpreter == "/usr/bin/python3"
    following.cancel()
    await asyncio.wait([following])
