"""One running Jupyter kernel and its sockets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING, Any

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from workbench.local.messages import Message, decode
from workbench.local.processes import MARK, family, kill_family, signal_group, wait_exit

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workbench.local.kernelspecs import LocalImage

_log = logging.getLogger(__name__)

_CHANNELS = ("iopub", "shell", "stdin", "control")

_WAITING = 32
"""Messages that may wait to be read, of about a megabyte at most each."""

_LAST_WORDS = 1.0
"""Seconds that the end of a kernel waits for what it wrote last."""

_BATCH = 128
"""Messages read in one go before others get their turn."""


class KernelFailed(Exception):  # noqa: N818 - a sentence about what happened, as elsewhere
    """A kernel that did not start or did not do what it was asked; the text is a sentence."""


class _Manager(AsyncKernelManager):
    """A kernel manager whose kernelspec is an image, so that images need no folder to be found in."""

    image: LocalImage

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = list(self.image.argv)
        if self.image.is_ipykernel:
            # Sessions are not the person's IPython history, and a thread and a database less start faster.
            argv.append("--HistoryManager.enabled=False")
        return KernelSpec(
            argv=argv,
            env=self.image.env,
            display_name=self.image.display_name,
            language=self.image.language,
            interrupt_mode=self.image.interrupt_mode,
        )


class Kernel:
    """A kernel process in its own session and process group, reached over IPC sockets.

    `listener` gets every iopub message, `on_input` every request for input.
    """

    def __init__(self, image: LocalImage, manager: _Manager, environ: Mapping[str, str]) -> None:
        """Use `Kernel.launch`."""
        self.image = image
        self.environ = environ
        self.mark = environ[MARK]
        self.info: dict[str, Any] = {}
        self.listener: Callable[[Message], None] | None = None
        self.on_input: Callable[[Message], None] | None = None
        self.exit_code: int | None = None
        self.exited = asyncio.Event()
        self.last_words = b""
        self._manager = manager
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._barriers: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self._saw_iopub = asyncio.Event()
        self._paused = False
        self._subshell: str | None = None
        self._closing = False

    @classmethod
    async def launch(cls, image: LocalImage, sockets: Path, name: str, cwd: Path, environ: Mapping[str, str]) -> Kernel:
        """Start a kernel whose sockets are `sockets/name-ipc-N`, and wait until it answers.

        `environ` is everything it gets, with MARK in it. Raises KernelFailed.
        """
        manager = _Manager(
            kernel_name=image.kernelspec,
            context=zmq.asyncio.Context.instance(),  # else each manager starts threads of its own
            transport="ipc",
            connection_file=str(sockets / f"{name}.json"),
            shutdown_wait_time=0.5,
        )
        manager.image = image
        kernel = cls(image, manager, environ)
        try:
            await kernel._start(cwd)
            async with asyncio.timeout(60):  # `wait_for` may swallow a cancellation
                await kernel._ready()
        except (OSError, RuntimeError, TimeoutError, KernelFailed) as error:
            words = kernel.last_words.decode("utf-8", "replace").strip().splitlines()
            await kernel.close()
            reason = words[-1] if words else (str(error) or "it did not answer")
            raise KernelFailed(f"The kernel {image.reference} could not be started: {reason}") from error
        except BaseException:  # the session was destroyed before its kernel answered
            await kernel.close()
            raise
        return kernel

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The kernel's process."""
        provisioner: Any = self._manager.provisioner
        process: subprocess.Popen[bytes] = provisioner.process
        return process

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return not self.exited.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether it is held because nobody takes what it prints."""
        return self._paused

    # -- start and end

    async def _start(self, cwd: Path) -> None:
        import subprocess

        await self._manager.start_kernel(
            cwd=str(cwd), env=dict(self.environ), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.pid = self.process.pid
        self._process = self.process
        words = asyncio.create_task(self._read_words())
        self._tasks = [asyncio.create_task(self._watch(words)), words]
        for channel in _CHANNELS:
            self._sockets[channel] = self._connect(channel)
            self._listen(channel)

    def _connect(self, channel: str) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB if channel == "iopub" else zmq.DEALER)
        socket.linger = 0
        socket.identity = self._manager.session.bsession
        socket.sndhwm = 0
        # Every kernel but ours drops what does not fit, so nothing of theirs may wait on their side.
        socket.rcvhwm = _WAITING if channel == "iopub" and self.image.is_ipykernel else 0
        socket.reconnect_ivl = 10
        if channel == "iopub":
            socket.subscribe(b"")
        socket.connect(f"ipc://{self._manager.ip}-{getattr(self._manager, f'{channel}_port')}")
        return socket

    async def _ready(self) -> None:
        self.info = await self.request("kernel_info_request", {})
        while not self._saw_iopub.is_set():
            # Without a welcome message, only a message that arrives proves that the subscription is there.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await self._saw_iopub.wait()
                return
            await self.request("kernel_info_request", {})

    async def close(self) -> None:
        """Kill the kernel and everything it started."""
        if self._closing:
            return
        self._closing = True
        if hasattr(self, "pid"):
            await asyncio.to_thread(kill_family, [self.pid, *self._family()], {self.mark})
            await self.exited.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._close_sockets()
        self._fail_replies()
        with contextlib.suppress(OSError):
            self._manager.cleanup_connection_file()
            self._manager.cleanup_ipc_files()

    def _close_sockets(self) -> None:
        while self._sockets:
            _, socket = self._sockets.popitem()
            asyncio.get_running_loop().remove_reader(socket.fileno())
            socket.close(0)

    def _family(self) -> list[int]:
        return [process.pid for process in family([self.pid])]

    async def _watch(self, words: asyncio.Task[None]) -> None:
        exit_code = await wait_exit(self.pid, self._process.poll)
        # Why it died is often still in the pipe, which a process of its own may hold open for ever.
        await asyncio.wait([words], timeout=_LAST_WORDS)
        self.exit_code = exit_code
        self.exited.set()
        self._fail_replies()

    def _fail_replies(self) -> None:
        replies, self._replies = self._replies, {}
        for reply in replies.values():
            if not reply.done():
                reply.set_exception(KernelFailed("The kernel died."))
                reply.exception()

    async def _read_words(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while data := await reader.read(65536):
                self.last_words = (self.last_words + data)[-4096:]
        finally:
            transport.close()

    # -- messages

    async def request(self, kind: str, content: Mapping[str, Any], channel: str = "shell") -> dict[str, Any]:
        """Send a request and return the content of its reply; raises KernelFailed when the kernel dies."""
        return await self.send(kind, content, channel)[1]

    def send(
        self, kind: str, content: Mapping[str, Any], channel: str = "shell", *, subshell: str | None = None
    ) -> tuple[str, asyncio.Future[dict[str, Any]]]:
        """Send a request; returns its message id and the reply to come."""
        session = self._manager.session
        message = session.msg(kind, dict(content))
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        msg_id: str = message["header"]["msg_id"]
        if not self.is_alive or channel not in self._sockets:
            reply.set_exception(KernelFailed("The kernel died."))
            reply.exception()
            return msg_id, reply
        self._replies[msg_id] = reply
        session.send(self._sockets[channel], message)
        self._read_soon(channel)
        return msg_id, reply

    def forget(self, msg_id: str) -> None:
        """Wait no more for the reply to this request."""
        self._replies.pop(msg_id, None)

    def answer(self, text: str) -> None:
        """Give the code that waits its line of input; the text is in no log and no error."""
        if socket := self._sockets.get("stdin"):
            self._manager.session.send(socket, "input_reply", {"value": text})
            self._read_soon("stdin")

    def _listen(self, channel: str) -> None:
        asyncio.get_running_loop().add_reader(self._sockets[channel].fileno(), self._read, channel)
        self._read_soon(channel)

    def _read_soon(self, channel: str) -> None:
        # The descriptor of a socket tells of new messages only once, and sending on it can use that up.
        asyncio.get_running_loop().call_soon(self._read, channel)

    def _read(self, channel: str) -> None:
        # For the same reason everything that is there has to be read.
        handle = {"iopub": self._on_iopub, "stdin": self._on_stdin}.get(channel, self._on_reply)
        for _ in range(_BATCH):
            socket = self._sockets.get(channel)
            if socket is None or (channel == "iopub" and self._paused and self.image.is_ipykernel):
                return
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            message = decode(frames)
            if message is not None:
                self._handle(handle, message)
        self._read_soon(channel)

    def _handle(self, handle: Callable[[Message], None], message: Message) -> None:
        try:
            handle(message)
        except Exception:  # noqa: BLE001
            # One message that makes no sense must not end the reading of all others.
            _log.exception("a %s message of the kernel %s", message.kind, self.image.reference)

    def _on_reply(self, message: Message) -> None:
        reply = self._replies.pop(message.parent_id, None)
        if reply is not None and not reply.done():
            reply.set_result(message.content())

    def _on_iopub(self, message: Message) -> None:
        self._saw_iopub.set()
        if message.kind == "status" and message.parent_id in self._barriers and b'"idle"' in message.raw:
            self._barriers.pop(message.parent_id).set()
        if self.listener is not None:
            self.listener(message)

    def _on_stdin(self, message: Message) -> None:
        if message.kind == "input_request" and self.on_input is not None:
            self.on_input(message)

    async def barrier(self) -> None:
        """Wait until all output that was published before now has been read.

        The control thread of a kernel publishes its `idle` behind that output; a kernel that may have no such thread
        gets a third of a second.
        """
        patience = 60.0 if self.image.is_ipykernel else 0.3
        passed = asyncio.Event()
        msg_id, reply = self.send("kernel_info_request", {}, "control")
        self._barriers[msg_id] = passed
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await passed.wait()
        self._barriers.pop(msg_id, None)
        if not reply.done():
            self._replies.pop(msg_id, None)

    # -- signals

    async def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        if not self.is_alive:
            return
        if not self.image.is_ipykernel:
            self.resume()
        if self.image.interrupt_mode == "message":
            self.send("interrupt_request", {}, "control")
        else:
            signal_group(self.pid, signal.SIGINT)

    def pause(self) -> None:
        """Hold the kernel, as a full pipe holds a program that writes.

        Ours waits when its output is not read; any other would drop it, so its process group is stopped.
        """
        if self._paused or not self.is_alive:
            return
        self._paused = True
        if not self.image.is_ipykernel:
            signal_group(self.pid, signal.SIGSTOP)
        elif iopub := self._sockets.get("iopub"):
            asyncio.get_running_loop().remove_reader(iopub.fileno())

    def resume(self) -> None:
        """Let a held kernel go on."""
        if self._paused:
            self._paused = False
            if not self.image.is_ipykernel:
                signal_group(self.pid, signal.SIGCONT)
            elif "iopub" in self._sockets:
                self._listen("iopub")

    # -- completion

    async def complete(self, code: str, cursor: int, *, busy: bool, patience: float = 2.0) -> dict[str, Any]:
        """The content of a `complete_reply`; raises KernelFailed when none comes in time."""
        subshell = await self._own_subshell() if busy else None
        if busy and subshell is None:
            raise KernelFailed("The session is busy.")
        msg_id, reply = self.send("complete_request", {"code": code, "cursor_pos": cursor}, subshell=subshell)
        try:
            async with asyncio.timeout(patience):
                return await reply
        except TimeoutError:
            self._replies.pop(msg_id, None)
            raise KernelFailed("The kernel did not answer in time.") from None

    async def _own_subshell(self) -> str | None:
        if self._subshell is None and "kernel subshells" in self.info.get("supported_features", ()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    reply = await self.request("create_subshell_request", {}, "control")
                self._subshell = reply.get("subshell_id")
        return self._subshell
