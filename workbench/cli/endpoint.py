"""Which server a command talks to: the one of `BACKEND_*`, else the embedded one."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from workbench.config.settings import LocalSettings
    from workbench.local.process import LocalServer
    from workbench.local.settings import Settings as ServerSettings
    from workbench.wire.endpoint import Endpoint

T = TypeVar("T")


async def find_endpoint(limits: LocalSettings | None = None) -> Endpoint:
    """The configured endpoint, else the embedded server, started with these limits when it does not run.

    Raises `EndpointError` for settings that make no sense, `ConnectionFailed` when the server does not start.
    """
    endpoint = configured_endpoint()
    if endpoint is None:
        from workbench.local.process import ensure_running

        settings = server_settings(limits) if limits else None
        endpoint = _embedded(await _ask(lambda: ensure_running(settings=settings)))
    return endpoint


async def find_running() -> Endpoint | None:
    """The configured endpoint, else the embedded server when it runs; None when it does not. Raises as above."""
    endpoint = configured_endpoint()
    if endpoint is None:
        from workbench.local.process import status

        server = await _ask(status)
        endpoint = _embedded(server) if server else None
    return endpoint


def configured_endpoint() -> Endpoint | None:
    """The endpoint that the environment names; raises `EndpointError`."""
    from workbench.wire.endpoint import Endpoint

    return Endpoint.from_env(os.environ)


def server_settings(limits: LocalSettings) -> ServerSettings:
    """The embedded server's own settings for those of the settings tree."""
    from workbench.local.settings import Settings

    return Settings(
        idle_exit=limits.idle_exit,
        network_timeout=limits.network_timeout,
        session_lifetime=limits.session_lifetime,
    )


def _embedded(server: LocalServer) -> Endpoint:
    from workbench.wire.endpoint import Endpoint, Secret

    return Endpoint(url=server.url, access_key=server.access_key, secret_key=Secret(server.secret_key), label="local")


async def _ask(call: Callable[[], T]) -> T:
    """Call in a thread that nobody has to wait for when the program ends meanwhile."""
    from workbench.local.state import LocalServerError
    from workbench.wire.errors import ConnectionFailed

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(value)  # type: ignore[arg-type]

    def work() -> None:
        value, failure = None, None
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - handed on to who waits
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=work, name="embedded server", daemon=True).start()
    try:
        return await answer
    except (LocalServerError, OSError) as error:
        raise ConnectionFailed(str(error)) from None
