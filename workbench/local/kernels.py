"""Kernels for sessions: a pool that keeps one warm."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.local.bootstrap import COMPLETION_WARM_UP, INLINE_BACKEND, WARM_UP, hand_over, needs_fresh_start
from workbench.local.guardian import Guardian
from workbench.local.kernel import Kernel, KernelFailed
from workbench.local.kernelspecs import LocalImage, embedded_image, find_images, resolve_image
from workbench.local.processes import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Kernel", "KernelFailed", "KernelPool", "LocalImage", "embedded_image", "find_images", "resolve_image"]

_log = logging.getLogger(__name__)

_LONGEST_SOCKET = 100
"""Bytes a socket's path may have: macOS allows 103, Linux 107."""


class KernelPool:
    """Starts kernels; one of the embedded image is kept warm so that the next session need not wait."""

    def __init__(self, folder: Path | None = None, *, keep_warm: bool = True) -> None:
        """`folder` gets the sockets and is made 0700; a path too long for sockets, or None, is a folder in /tmp."""
        self.guardian = Guardian()
        self._wanted = folder
        self._folder: Path | None = None
        self._keep_warm = keep_warm
        self._warm: asyncio.Task[Kernel] | None = None
        self._closed = False

    @property
    def folder(self) -> Path:
        """The folder of the sockets; made when first asked for."""
        if self._folder is None:
            self._folder = _socket_folder(self._wanted)
        return self._folder

    def open(self) -> None:
        """Start to warm a kernel, in the background."""
        if self._keep_warm and not self._closed and self._warm is None:
            self._warm = asyncio.create_task(self._launch(embedded_image(), Path("/"), _warm_environ()))
            self._warm.add_done_callback(_seen)

    async def take(self, image: LocalImage, folder: Path, environ: Mapping[str, str]) -> Kernel:
        """A kernel that runs in `folder` with exactly `environ`; raises KernelFailed."""
        wanted = {**environ, **image.env}
        if image.language == "python" and "MPLBACKEND" not in wanted:
            wanted["MPLBACKEND"] = INLINE_BACKEND
        kernel = await self._take_warm(image, wanted)
        if kernel is None:
            return await self._launch(image, folder, wanted)
        try:
            await _run_silently(kernel, hand_over(wanted, folder))
        except KernelFailed:
            await self.release(kernel)
            return await self._launch(image, folder, wanted)
        return kernel

    async def release(self, kernel: Kernel) -> None:
        """End a kernel that came from here, with all it started."""
        await kernel.close()
        if hasattr(kernel, "pid"):
            self.guardian.remove(kernel.pid)

    async def close(self) -> None:
        """End the warm kernel and remove the folder; sessions end theirs."""
        self._closed = True
        if self._warm is not None:
            warm, self._warm = self._warm, None
            with contextlib.suppress(KernelFailed):
                await self.release(await warm)
        self.guardian.close()
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _take_warm(self, image: LocalImage, wanted: Mapping[str, str]) -> Kernel | None:
        if self._warm is None or not image.embedded or needs_fresh_start(_warm_environ(), wanted):
            return None
        warm, self._warm = self._warm, None
        try:
            kernel = await asyncio.shield(warm)
        except KernelFailed as error:
            _log.warning("%s", error)
            return None
        except asyncio.CancelledError:
            self._warm = warm
            raise
        finally:
            self.open()
        if kernel.is_alive:
            return kernel
        await self.release(kernel)
        return None

    async def _launch(self, image: LocalImage, cwd: Path, environ: Mapping[str, str]) -> Kernel:
        environ = {**environ, MARK: environ.get(MARK) or secrets.token_hex(8)}
        kernel = await Kernel.launch(image, self.folder, secrets.token_hex(4), cwd, environ)
        self.guardian.add(kernel.pid, kernel.mark)
        if image.is_ipykernel:
            for code in WARM_UP:
                await _run_silently(kernel, code)
            with contextlib.suppress(KernelFailed):
                await kernel.complete(COMPLETION_WARM_UP, len(COMPLETION_WARM_UP), busy=False, patience=10)
        return kernel


def _seen(task: asyncio.Task[Any]) -> None:
    # Whoever takes the kernel hears of its failure; nobody may, so it is marked as seen.
    if not task.cancelled():
        task.exception()


def _warm_environ() -> dict[str, str]:
    return {"MPLBACKEND": INLINE_BACKEND, **server_environ()}


def server_environ() -> dict[str, str]:
    """The server's environment as its sessions inherit it."""
    # With this one set, ipykernel does not capture what programs print.
    return {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}


async def _run_silently(kernel: Kernel, code: str) -> None:
    content = {"code": code, "silent": True, "store_history": False, "allow_stdin": False, "stop_on_error": False}
    async with asyncio.timeout(30):
        reply = await kernel.request("execute_request", content)
    if reply.get("status") != "ok":
        raise KernelFailed(f"The kernel refused its set-up: {reply.get('ename')}: {reply.get('evalue')}")


def _socket_folder(wanted: Path | None) -> Path:
    if wanted is not None and len(os.fsencode(wanted)) + len("/01234567-ipc-5") <= _LONGEST_SOCKET:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted.chmod(0o700)
        return wanted
    return Path(tempfile.mkdtemp(prefix="btui-", dir="/tmp"))
