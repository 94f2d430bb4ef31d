"""The server of the environment, sessions on it that are gone afterwards, and a private place for the commands."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.protocol.engine import opened
from workbench.domain.session import Session
from workbench.engine.desk import Desk
from workbench.engine.workbench import Workbench
from workbench.wire import AsyncSession, Endpoint
from workbench.wire import Session as BlockingSession
from workbench.wire.compute import ComputeSession
from workbench.wire.errors import WireError

IMAGE = os.environ.get("INTEROP_IMAGE", "python")
"""The Python image that sessions are made from."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here may wait for a real cluster."""
    for item in items:
        if "interop" in item.path.parts and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="session", autouse=True)
def endpoint() -> Endpoint:
    """The server under test."""
    found = Endpoint.from_env(os.environ)
    if found is None:
        pytest.skip("no server: BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY name one")
    return found


def new_name(what: str = "") -> str:
    """A session name that nobody else has."""
    return f"interop-{what}{'-' if what else ''}{secrets.token_hex(3)}"


@pytest.fixture(scope="session")
def shared_name(endpoint: Endpoint) -> Iterator[str]:
    """A session for tests that leave it able to run code."""
    name = new_name("shared")
    with BlockingSession(endpoint) as session:
        session.ComputeSession.get_or_create(IMAGE, name=name)
        yield name
        with contextlib.suppress(WireError):
            session.ComputeSession(name).destroy(forced=True)


@pytest.fixture
async def wire(endpoint: Endpoint) -> AsyncIterator[AsyncSession]:
    """A client of the server."""
    async with AsyncSession(endpoint) as session:
        yield session


@pytest.fixture
def shared(wire: AsyncSession, shared_name: str) -> ComputeSession:
    """The shared session."""
    return wire.ComputeSession(shared_name)


@pytest.fixture
async def own(wire: AsyncSession) -> AsyncIterator[ComputeSession]:
    """A session of this test alone."""
    session = await wire.ComputeSession.get_or_create(IMAGE, name=new_name())
    yield session
    with contextlib.suppress(WireError):
        await session.destroy(forced=True)


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Workbench]:
    """A connected workbench."""
    async with opened(endpoint) as bench:
        yield bench


def found(bench: Workbench, name: str) -> Session:
    """The session of that name, as the workbench lists it."""
    session = bench.registry.find(name)
    assert session is not None
    return session


@pytest.fixture
def desk_of(bench: Workbench) -> Callable[[str], Desk]:
    """The working place of a session, by its name."""
    return lambda name: bench.desk(found(bench, name).id)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder with nothing in it, short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="bi-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def env(endpoint: Endpoint, home: Path) -> dict[str, str]:
    """The environment of the commands."""
    private = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    return {
        **os.environ,
        **private,
        "HOME": str(home),
        "BACKEND_TUI_RUNTIME_DIR": str(home / "run"),
        "BACKEND_ENDPOINT": endpoint.url,
        "BACKEND_ACCESS_KEY": endpoint.access_key,
        "BACKEND_SECRET_KEY": endpoint.secret_key.reveal(),
    }
