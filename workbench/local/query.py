"""Query runs: code in the session's kernel."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

from workbench.local.kernel import Kernel, KernelFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.local.messages import Message
    from workbench.local.run import Run

_LATE_REPLY = 2.0
"""Seconds that a reply may come behind a later one, for kernels that do several things at once."""


class Query:
    """One execute request and everything that comes back for it."""

    def __init__(self, kernel: Kernel, run: Run) -> None:
        """The kernel must be idle: a session has one run at a time."""
        self._kernel = kernel
        self._run = run
        self._msg_id = ""
        self._idle = asyncio.Event()
        self._started = False
        self._interrupt_wanted = False
        self._asking: asyncio.Task[None] | None = None

    async def execute(self) -> int:
        """Run the code to its end and return the exit code; raises KernelFailed when the kernel dies."""
        kernel = self._kernel
        kernel.listener, kernel.on_input = self._on_output, self._on_input
        self._run.hold = self._hold
        try:
            content = {
                "code": self._run.code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": True,
                "stop_on_error": False,
            }
            self._msg_id, reply = kernel.send("execute_request", content)
            answer = await self._answer(reply)
            await self._until_idle()
            self._page(answer)
            return exit_code_of(answer)
        finally:
            kernel.listener = kernel.on_input = None
            self._run.hold = None
            self._stop_asking()
            kernel.resume()

    async def _answer(self, reply: asyncio.Future[dict[str, Any]]) -> Mapping[str, Any]:
        """The reply; a kernel that was disturbed while it sent it is idle without one."""
        idle = asyncio.create_task(self._idle.wait())
        either: set[asyncio.Future[Any]] = {idle, reply}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
        if not reply.done():
            # Replies come in order, so the next one shows whether this one is still to come.
            await self._kernel.request("kernel_info_request", {})
            await asyncio.wait({reply}, timeout=_LATE_REPLY)
        if reply.done():
            return await reply
        self._kernel.forget(self._msg_id)
        self._run.writer.notice("The kernel did not say how the code ended.")
        return {"status": "error"}

    def _page(self, reply: Mapping[str, Any]) -> None:
        # What `name?` and `%load` show is not published; it comes with the reply.
        for item in reply.get("payload") or ():
            if isinstance(item, dict) and item.get("source") == "page" and isinstance(item.get("data"), dict):
                self._run.writer.bundle({"text/plain": item["data"].get("text/plain", "")})
            elif isinstance(item, dict) and item.get("source") == "set_next_input":
                self._run.writer.text("stdout", str(item.get("text", "")))

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the code, as soon as it has begun."""
        self._stop_asking()
        if self._started:
            await self._kernel.interrupt()
        else:
            # An idle kernel ignores the signal, and this request would go on undisturbed.
            self._interrupt_wanted = True

    def _hold(self, wait: bool) -> None:  # noqa: FBT001 - a callback's one argument
        if wait:
            self._kernel.pause()
        else:
            self._kernel.resume()

    async def _until_idle(self) -> None:
        idle = asyncio.create_task(self._idle.wait())
        died = asyncio.create_task(self._kernel.exited.wait())
        try:
            await asyncio.wait({idle, died}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
            died.cancel()

    def _on_output(self, message: Message) -> None:
        if message.parent_id == self._msg_id:
            if message.kind == "status":
                if b'"idle"' in message.raw:
                    self._idle.set()
                return
            if message.kind == "execute_input":
                self._begin()
                return
        self._run.writer.handle(message)

    def _begin(self) -> None:
        self._started = True
        if self._interrupt_wanted:
            self._interrupt_wanted = False
            signal_now = asyncio.ensure_future(self._kernel.interrupt())
            signal_now.add_done_callback(lambda _: None)

    def _on_input(self, message: Message) -> None:
        self._asking = asyncio.create_task(self._ask(message.content()))

    async def _ask(self, content: Mapping[str, Any]) -> None:
        # The request comes on a socket of its own: what was printed before it has to be there first.
        await self._kernel.barrier()
        self._run.ask(
            self._kernel.answer, is_password=bool(content.get("password")), prompt=str(content.get("prompt", ""))
        )

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        self._run.stop_asking()


def exit_code_of(reply: Mapping[str, Any]) -> int:
    """0, 1 after an exception, N after SystemExit(N); source: protocol.md §4.4."""
    if reply.get("status") == "ok":
        return 0
    if reply.get("ename") != "SystemExit":
        return 1
    value = str(reply.get("evalue", ""))
    if value in {"", "None"}:
        return 0
    try:
        return int(value)
    except ValueError:
        return 1


def death_of(kernel: Kernel) -> tuple[int, str]:
    """The exit code a run gets when its kernel died, and the sentence that says so."""
    code = kernel.exit_code if kernel.exit_code is not None else 1
    if code >= 0:
        return code or 1, f"The kernel ended by itself with exit code {code}."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return 128 - code, f"The kernel was killed by {name}."


__all__ = ["KernelFailed", "Query", "death_of", "exit_code_of"]
