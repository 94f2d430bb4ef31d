"""One session of the embedded server: its kernel, run queue, terminal and log tail."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.local.batch import Batch
from workbench.local.completion import complete
from workbench.local.kernel import Kernel, KernelFailed
from workbench.local.kernels import server_environ
from workbench.local.limits import RunLimits
from workbench.local.logs import LogTail
from workbench.local.processes import MARK, kill_family
from workbench.local.pty import PtyHub
from workbench.local.query import Query, death_of
from workbench.local.runs import RunQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.local.kernels import KernelPool
    from workbench.local.kernelspecs import LocalImage
    from workbench.local.messages import Message
    from workbench.local.run import Run


class SessionRuntime:
    """What the handlers of a session's calls work with; all of it belongs to one event loop."""

    kernel: Kernel

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
        self.environ = session_environ(image, environ, self.mark)
        self.on_activity = on_activity
        self.queue = RunQueue(self, self.limits, self.logs.add, on_activity)
        self.pty = PtyHub(folder, self.environ, on_activity)
        self._on_exit = on_exit
        self._doing: Query | Batch | None = None
        self._kernel_is_there = asyncio.Event()
        self._notice = ""
        self._watch: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def interpreter(self) -> str:
        """Path of the program that runs the code."""
        return self.image.interpreter

    @property
    def is_busy(self) -> bool:
        """Whether a run is active or waits."""
        return self.queue.is_busy

    # -- life

    async def start(self, pool: KernelPool) -> None:
        """Take a kernel from the pool; it runs in the session's folder with its environment when this returns.

        Raises KernelFailed with a sentence when no kernel could be started.
        """
        self._pool = pool
        self.pty.guardian = pool.guardian
        await self._take_kernel()

    async def close(self) -> None:
        """End every process of the session: kernel, terminal, batch steps and what they started."""
        if self._closing:
            return
        self._closing = True
        await self.queue.close("The session was destroyed.")
        await self.pty.close()
        if self._watch is not None:
            self._watch.cancel()
        marks = {self.mark}
        if hasattr(self, "kernel"):
            marks.add(self.kernel.mark)
            await self._pool.release(self.kernel)
        await asyncio.to_thread(kill_family, [], marks)

    async def _take_kernel(self) -> None:
        kernel = await self._pool.take(self.image, self.folder, self.environ)
        if self._closing:
            await self._pool.release(kernel)
            return
        self.kernel = kernel
        kernel.listener = self._on_stray
        self._watch = asyncio.create_task(self._watch_kernel(kernel))
        self._kernel_is_there.set()

    async def _watch_kernel(self, kernel: Kernel) -> None:
        await kernel.exited.wait()
        _, sentence = death_of(kernel)
        words = kernel.last_words.decode("utf-8", "replace").strip()
        self.logs.note(f"{sentence} {words}".rstrip())
        if self.queue.active is not None and isinstance(self._doing, Query):
            await self.queue.active.ended.wait()
        self._on_exit(sentence)

    def _on_stray(self, message: Message) -> None:
        # What a thread prints between runs belongs to no reply; the logs still have it.
        if message.kind == "stream":
            self.logs.add(message.stream().text)

    # -- what the run queue asks for

    async def execute(self, run: Run) -> int:
        """Run it in the kernel or the shell; the exit code."""
        if self._notice:
            run.writer.notice(self._notice)
            self._notice = ""
        if run.mode == "batch":
            batch = Batch(run, self.image, self.folder, self.environ, self._pool.guardian)
            return await self._do(batch)
        await self._kernel_is_there.wait()
        kernel = self.kernel
        try:
            return await self._do(Query(kernel, run))
        except KernelFailed:
            return await self._after_death(run, kernel)
        finally:
            kernel.listener = self._on_stray

    async def _do(self, doing: Query | Batch) -> int:
        self._doing = doing
        try:
            return await doing.execute()
        finally:
            self._doing = None

    async def _after_death(self, run: Run, kernel: Kernel) -> int:
        if not self._kernel_is_there.is_set():
            # Ended by force: the kernel that takes its place is on its way.
            run.writer.notice(_FORCED)
            return 130
        await kernel.exited.wait()
        code, sentence = death_of(kernel)
        run.writer.notice(f"{sentence} The session ends with it.")
        return code

    async def interrupt(self, run: Run | None = None) -> None:
        """Send what Ctrl-C would send to the active run; nothing happens without one."""
        if run is None:
            await self.queue.interrupt()
        elif self._doing is not None and run is self.queue.active:
            await self._doing.interrupt()

    async def force(self, run: Run) -> None:
        """End the active run by force; a query's kernel is started anew, and the session stays."""
        doing = self._doing
        if run is not self.queue.active or doing is None:
            return
        if isinstance(doing, Batch):
            await doing.kill()
            return
        if run.is_abandoned:
            self._notice = _FORCED
        self._kernel_is_there.clear()
        if self._watch is not None:
            self._watch.cancel()
        await self._pool.release(self.kernel)
        try:
            await self._take_kernel()
        except KernelFailed as error:
            self._on_exit(str(error))

    # -- the rest of the API

    async def complete(self, code: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`{"status", "error", "suggestions"}` for the text up to the cursor; source: protocol.md §4.10."""
        self.on_activity()
        return await complete(self.kernel, code, options or {}, busy=self.queue.active is not None)


_FORCED = "The code did not stop when it was interrupted, so the kernel was started anew: its variables are gone"


def session_environ(image: LocalImage, extra: Mapping[str, str], mark: str) -> dict[str, str]:
    """The environment of a session's processes: the server's own, `extra`, and `python` being the image's."""
    environ = {**server_environ(), **extra, MARK: mark}
    if image.language == "python":
        # So that `!pip`, the terminal and batch commands mean the interpreter that runs the code.
        home = str(Path(image.interpreter).parent)
        path = environ.get("PATH", os.defpath)
        if path.split(os.pathsep)[0] != home:
            environ["PATH"] = f"{home}{os.pathsep}{path}"
    return environ
