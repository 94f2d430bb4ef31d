"""A real embedded server, its keys, and a client that knows only the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.protocol.rawclient import RawClient
from workbench.local import process
from workbench.local.process import LocalServer
from workbench.local.settings import Settings
from workbench.wire import AsyncSession, Endpoint, Session
from workbench.wire.compute import ComputeSession
from workbench.wire.endpoint import Secret

RUNTIME_ENV = "BACKEND_TUI_RUNTIME_DIR"


@contextlib.contextmanager
def private_runtime() -> Iterator[Path]:
    """A runtime folder of its own, short enough for sockets; whatever runs there is stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bt-", dir="/tmp"))
    try:
        yield folder
    finally:
        with in_runtime(folder), contextlib.suppress(process.LocalServerError):
            process.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def in_runtime(folder: Path) -> Iterator[None]:
    """While the block runs, the process API means the server of this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RUNTIME_ENV, str(folder))
        home = folder / "home"
        home.mkdir(exist_ok=True)
        patch.setenv("HOME", str(home))  # a shell's start must not hang on what this account's start files do
        yield


@pytest.fixture(scope="session")
def local_runtime() -> Iterator[Path]:
    """The runtime folder of the server that the tests of one worker share."""
    with private_runtime() as folder:
        yield folder


@pytest.fixture(scope="session")
def local_server(local_runtime: Path) -> LocalServer:
    """A real embedded server process and its keypair, shared by the tests of one worker."""
    with in_runtime(local_runtime):
        return process.ensure_running(settings=Settings())


@pytest.fixture(scope="session")
def lasting_session(local_server: LocalServer) -> str:
    """The name of a session that lives as long as the shared server, for tests that only need some session."""

    async def create() -> str:
        async with aiohttp.ClientSession() as http:
            return str((await RawClient(local_server, http).create("lasting-session"))["sessionName"])

    return asyncio.run(create())


@pytest.fixture
async def api(local_server: LocalServer) -> AsyncIterator[RawClient]:
    """A signed client of the shared server; the sessions that a test leaves are destroyed after it."""
    async with aiohttp.ClientSession() as http:
        client = RawClient(local_server, http)
        before = {item["id"] for item in await client.list("id status", status="RUNNING,ERROR,PENDING,TERMINATING")}
        yield client
        for item in await client.list("id status", status="RUNNING,ERROR,PENDING,PREPARING,CREATING,TERMINATING"):
            if item["id"] not in before:
                await client.call("DELETE", f"/session/{item['id']}?forced=true")


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A runtime folder for a test that needs a server of its own; the process API means this one."""
    with private_runtime() as folder, in_runtime(folder):
        yield folder


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[[LocalServer], RawClient]]:
    """Makes signed clients of any server."""
    async with aiohttp.ClientSession() as http:
        yield lambda server: RawClient(server, http)


@pytest.fixture
def endpoint(local_server: LocalServer) -> Endpoint:
    """Where the shared server is, for the project's own client."""
    secret = Secret(local_server.secret_key)
    return Endpoint(url=local_server.url, access_key=local_server.access_key, secret_key=secret)


@pytest.fixture
async def wire(endpoint: Endpoint) -> AsyncIterator[AsyncSession]:
    """The project's own client of the shared server."""
    async with AsyncSession(endpoint) as session:
        yield session


@pytest.fixture(scope="session")
def shared_session_id(local_server: LocalServer) -> str:
    """One session for tests that leave no trace in it; it ends with the server."""
    secret = Secret(local_server.secret_key)
    with Session(Endpoint(url=local_server.url, access_key=local_server.access_key, secret_key=secret)) as session:
        return session.ComputeSession.get_or_create("python", name="shared-by-tests").id


@pytest.fixture
def shared(wire: AsyncSession, shared_session_id: str) -> ComputeSession:
    """The shared session."""
    return wire.ComputeSession(shared_session_id)


@pytest.fixture
async def kern(wire: AsyncSession) -> AsyncIterator[ComputeSession]:
    """A session for one test."""
    session = await wire.ComputeSession.get_or_create("python")
    yield session
    await session.destroy(forced=True)


@pytest.fixture
def env(local_server: LocalServer) -> dict[str, str]:
    """The environment of the commands: the shared server, named as any cluster is."""
    return {
        **os.environ,
        "BACKEND_ENDPOINT": local_server.url,
        "BACKEND_ACCESS_KEY": local_server.access_key,
        "BACKEND_SECRET_KEY": local_server.secret_key,
    }
