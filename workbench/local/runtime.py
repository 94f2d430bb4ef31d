"""One session of the embedded server: its kernel, run queue, terminal and log tail."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any

from workbench.local.limits import RunLimits
from workbench.local.logs import LogTail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workbench.local.kernels import KernelPool
    from workbench.local.kernelspecs import LocalImage
    from workbench.local.pty import PtyHub
    from workbench.local.runs import RunQueue


class SessionRuntime:
    """What the handlers of a session's calls work with; all of it belongs to one event loop."""

    queue: RunQueue
    pty: PtyHub

    def __init__(  # noqa: PLR0917 - the order is the contract with the session registry
        self,
        folder: Path,
        environ: Mapping[str, str],
        image: LocalImage,
        session_name: str,
        on_activity: Callable[[], None],
        on_exit: Callable[[str], None],
        *,
        limits: RunLimits | None = None,
    ) -> None:
        """`environ` is laid over the server's own; `folder` must exist.

        `on_activity` is called for each thing a person or their code did; `on_exit(reason)` once, when the kernel
        died by itself (never because of `close`).
        """
        self.folder = folder
        self.image = image
        self.session_name = session_name
        self.limits = limits or RunLimits()
        self.logs = LogTail(self.limits.logs)
        self.mark = secrets.token_hex(8)
        self.environ = {**os.environ, **environ}
        self._on_activity = on_activity
        self._on_exit = on_exit

    @property
    def interpreter(self) -> str:
        """Path of the program that runs the code."""
        return self.image.interpreter

    @property
    def is_busy(self) -> bool:
        """Whether a run is active or waits."""
        return self.queue.is_busy

    async def start(self, pool: KernelPool) -> None:
        """Take a kernel from the pool; it runs in the session's folder with its environment when this returns.

        Raises KernelFailed with a sentence when no kernel could be started.
        """
        self.kernel = await pool.take(self.image, self.folder, self.environ)

    async def close(self) -> None:
        """End every process of the session: kernel, terminal, batch steps and what they started."""
        await self.kernel.close()

    async def interrupt(self) -> None:
        """Send what Ctrl-C would send to the active run; nothing happens without one."""
        await self.queue.interrupt()

    async def complete(self, code: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`{"status", "error", "suggestions"}` for the text up to the cursor; source: protocol.md §4.10."""
        return await self.kernel.complete(code, options or {})
