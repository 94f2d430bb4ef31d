"""Run the embedded server in this process until it is told to stop or has nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from aiohttp import web

from workbench.local.app import build_app
from workbench.local.auth import new_keypair
from workbench.local.service import LocalService
from workbench.local.settings import Settings
from workbench.local.state import (
    SERVER_FILE,
    SERVER_LOCK,
    LocalServer,
    LocalServerError,
    hold_lock,
    private_folder,
    read_server_file,
    runtime_dir,
    sessions_dir,
    write_server_file,
)

_log = logging.getLogger(__name__)


def run(settings: Settings, ready_fd: int | None) -> None:
    """Serve; raises `LocalServerError` when another server of this user runs already, or a folder cannot be used."""
    folder = private_folder(runtime_dir())
    read_server_file(folder)  # refuses a file that is not ours alone, before anything is written beside it
    if not hold_lock(folder / SERVER_LOCK):
        raise LocalServerError("The embedded server runs already.")
    try:
        asyncio.run(_serve(folder, settings, ready_fd))
    finally:
        (folder / SERVER_FILE).unlink(missing_ok=True)


async def _serve(folder: Path, settings: Settings, ready_fd: int | None) -> None:
    stop = _stop_signal()
    access_key, secret_key = new_keypair()
    service = LocalService(
        runtime_dir=folder,
        sessions_dir=sessions_dir(),
        settings=settings,
        access_key=access_key,
        secret_key=secret_key,
    )
    # Requests that are still held when the sessions have been closed have nothing to wait for.
    runner = web.AppRunner(build_app(service), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        write_server_file(folder, LocalServer(f"http://{host}:{port}", access_key, secret_key, os.getpid()))
        tell(ready_fd, "ready")
        _log.info("listening on %s:%s as process %s", host, port, os.getpid())
        await service.open()
        await _first(stop.wait(), service.idle_for_too_long.wait())
        _log.info("stopping")
    finally:
        await service.close()
        await runner.cleanup()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return stop


async def _first(*waits: object) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def tell(ready_fd: int | None, word: str) -> None:
    """Tell whoever started the server how that went, once."""
    if ready_fd is not None:
        with contextlib.suppress(OSError):
            os.write(ready_fd, f"{word}\n".encode())
            os.close(ready_fd)
