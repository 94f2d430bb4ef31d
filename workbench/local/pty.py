"""The one terminal of a session, shared by everyone attached.

Its size follows whoever typed or resized last, as tmux does with `window-size latest`. Whoever attaches late, or falls
far behind, gets the present screen instead of what was missed. The program is held only while everyone is behind.
"""

from __future__ import annotations

import asyncio
import re
from binascii import b2a_base64
from collections import deque
from typing import TYPE_CHECKING

from workbench.local.processes import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workbench.local.guardian import Guardian
    from workbench.local.pty_screen import PtyScreen
    from workbench.local.pty_shell import Shell

_FRAME = 128 * 1024
"""Output that is sent without waiting for more."""
_COALESCE = 0.003
"""Seconds for which output after a frame is collected into the next."""
_BEHIND = 768 * 1024
"""Bytes waiting for a client that is behind; when all are, the program is held."""
_LOST = 4 * 1024 * 1024
"""Bytes waiting for a client that is dropped, to get a fresh screen when it reads again."""
_SETTLE = 0.05
"""Seconds a late joiner waits for an escape sequence in progress to end."""
_REPLIES = re.compile(
    rb"(?:\x1b\[[?>=]?[\d;]*(?:[cRnt]|\$y)|\x1b\[\?[\d;]*u|\x1b\][\d;]+;[^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\)+"
)
"""What a terminal emulator answers by itself: reports of attributes, cursor, modes, colours."""


class PtyClient:
    """One attached client: frames that wait to be sent to it."""

    def __init__(self, rows: int = 24, cols: int = 80) -> None:
        """The size is the client's own."""
        self.rows = rows
        self.cols = cols
        self.waiting = 0
        self.is_lost = False
        self._frames: deque[bytes] = deque()
        self._ready = asyncio.Event()
        self._ended = False

    def push(self, frame: bytes) -> None:
        """Queue a frame, or give up on queueing when too much waits."""
        if self.is_lost:
            return
        if self.waiting > _LOST:
            self.is_lost = True
            self._frames.clear()
            self.waiting = 0
        else:
            self._frames.append(frame)
            self.waiting += len(frame)
        self._ready.set()

    def end(self) -> None:
        """Nothing comes after what waits now."""
        self._ended = True
        self._ready.set()

    async def next(self, hub: PtyHub) -> bytes | None:
        """The next frame to send; None at the end."""
        while not self._frames:
            if self.is_lost:
                self.is_lost = False
                hub.show_screen(self)
            elif self._ended:
                return None
            else:
                self._ready.clear()
                await self._ready.wait()
        frame = self._frames.popleft()
        self.waiting -= len(frame)
        hub.sent()
        return frame


class PtyHub:
    """The terminal: starts its shell when the first client attaches, and anew after it ended."""

    def __init__(self, folder: Path, environ: Mapping[str, str], on_activity: Callable[[], None]) -> None:
        """`environ` is the session's, with its mark."""
        self.guardian: Guardian | None = None
        self.clients: list[PtyClient] = []
        self._folder = folder
        self._environ = environ
        self._on_activity = on_activity
        self._latest: PtyClient | None = None
        self._shell: Shell | None = None
        self._screen: PtyScreen | None = None
        self._size = (24, 80)
        self._pending = bytearray()
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0
        self._joining: list[PtyClient] = []
        self._held = False
        self._restarting = False

    @property
    def is_running(self) -> bool:
        """Whether there is a shell."""
        return self._shell is not None

    # -- clients

    def attach(self, client: PtyClient) -> None:
        """Show the terminal to one more client; raises OSError when no shell can be started."""
        self._on_activity()
        self.clients.append(client)
        is_new = self._shell is None
        if is_new:
            self._size = (client.rows, client.cols)
            try:
                self._start()
            except OSError:
                self.clients.remove(client)
                raise
        self._lead(client)
        if not is_new:
            self.show_screen(client)

    def detach(self, client: PtyClient) -> None:
        """The client is gone; the shell stays."""
        if client in self.clients:
            self.clients.remove(client)
        if client in self._joining:
            self._joining.remove(client)
        if self._latest is client:
            self._latest = None
        self._on_activity()
        self.sent()

    async def type(self, client: PtyClient, data: bytes) -> None:
        """Pass on what a client typed; returns when the program has taken it."""
        if self._shell is None or not data:
            return
        if _REPLIES.fullmatch(data):
            # Every emulator attached answers a question of the program; one answer is enough.
            if self._latest not in {None, client}:
                return
        else:
            self._on_activity()
            self._lead(client)
        self._shell.write(data)
        await self._shell.drained()

    def resize(self, client: PtyClient, rows: int, cols: int) -> None:
        """A client has a new size."""
        client.rows, client.cols = rows, cols
        if client in self.clients:
            self._lead(client)

    def show_screen(self, client: PtyClient) -> None:
        """Send the present screen, as soon as no escape sequence is in the middle of its way."""
        self._flush()
        if self._screen is None:
            return
        if self._screen.is_between_sequences:
            client.push(encode(self._screen.snapshot()))
        elif client not in self._joining:
            self._joining.append(client)
            asyncio.get_running_loop().call_later(_SETTLE, self._join)

    def sent(self) -> None:
        """A frame left, or a client: perhaps the program may go on."""
        if self._held and not self._all_behind(_BEHIND // 2):
            self._held = False
            if self._shell is not None:
                self._shell.resume()

    async def restart(self) -> None:
        """End the shell and all it started, and start a new one for those attached."""
        if self._restarting:
            return
        self._restarting = True
        try:
            await self._stop()
            if self.clients:
                self._start()
        except OSError:
            self._end_clients()  # there is nothing to be attached to
        finally:
            self._restarting = False
        for client in self.clients:
            client.push(encode(b"\x1bc"))

    async def close(self) -> None:
        """End the shell and all it started; everyone attached gets the end."""
        await self._stop()
        self._end_clients()

    # -- shell

    def _start(self) -> None:
        from workbench.local.pty_screen import PtyScreen
        from workbench.local.pty_shell import Shell

        rows, cols = self._size
        self._shell = Shell(self._folder, self._environ, rows, cols, on_data=self._on_data, on_exit=self._on_shell_exit)
        self._screen = PtyScreen(rows, cols, self._on_reply)
        self._held = False
        if self.guardian is not None:
            self.guardian.add(self._shell.pid, self._environ.get(MARK, "-"))

    async def _stop(self) -> None:
        shell, self._shell = self._shell, None
        if shell is not None:
            await shell.close()
            self._forget(shell)

    def _forget(self, shell: Shell) -> None:
        self._flush()
        if self.guardian is not None:
            self.guardian.remove(shell.pid)
        if self._screen is not None:
            self._screen.close()
            self._screen = None

    def _on_shell_exit(self) -> None:
        shell, self._shell = self._shell, None
        if shell is not None:
            self._forget(shell)
            self._end_clients()
            self._on_activity()

    def _end_clients(self) -> None:
        for client in self.clients:
            client.is_lost = False
            client.end()
        self.clients = []
        self._joining = []

    def _lead(self, client: PtyClient) -> None:
        self._latest = client
        size = (client.rows, client.cols)
        if size != self._size and self._shell is not None and self._screen is not None:
            self._flush()
            self._size = size
            self._screen.resize(*size)
            self._shell.resize(*size)

    # -- output

    def _on_data(self, data: bytes) -> None:
        self._pending += data
        loop = asyncio.get_running_loop()
        wait = self._flushed_at + _COALESCE - loop.time()
        if len(self._pending) >= _FRAME or wait <= 0:
            self._flush()
        elif self._flush_timer is None:
            self._flush_timer = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if not self._pending or self._screen is None:
            return
        data = bytes(self._pending)
        self._pending.clear()
        self._flushed_at = asyncio.get_running_loop().time()
        if self._joining:
            done = self._screen.feed_to_ground(data)
            self._send(data[:done])
            self._join()
            data = data[done:]
        self._screen.feed(data)
        self._send(data)
        if self._shell is not None and self._all_behind(_BEHIND):
            self._held = True
            self._shell.pause()

    def _join(self) -> None:
        joining, self._joining = self._joining, []
        if self._screen is not None and joining:
            frame = encode(self._screen.snapshot())
            for client in joining:
                client.push(frame)

    def _send(self, data: bytes) -> None:
        clients = [client for client in self.clients if client not in self._joining]
        if data and clients:
            frame = encode(data)
            for client in clients:
                client.push(frame)

    def _all_behind(self, limit: int) -> bool:
        following = [client for client in self.clients if not client.is_lost]
        return bool(following) and all(client.waiting > limit for client in following)

    def _on_reply(self, data: bytes) -> None:
        # With nobody attached the program still gets its answers, else it would wait for them for ever.
        if not self.clients and self._shell is not None:
            self._shell.write(data)


def encode(data: bytes) -> bytes:
    """One `out` message; source: protocol.md §6.2."""
    return b'{"type":"out","data":"%s"}' % b2a_base64(data, newline=False)
