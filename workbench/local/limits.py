"""Times and sizes of the embedded server's run queue."""

from __future__ import annotations

from msgspec import Struct

MIB = 1024 * 1024


class RunLimits(Struct, frozen=True, kw_only=True):
    """How long things may take and how much is held; seconds and bytes."""

    stream_window: float = 0.2
    """A stream sends `continued` at least this often; source: protocol.md §4.5."""
    http_window: float = 2.0
    """A poll is held this long; source: protocol.md §4.5."""
    latency: float = 0.02
    """Output is collected this long before a stream sends it."""
    poll_silence: float = 60.0
    """An HTTP run that is not polled for this long is abandoned."""
    prompt_silence: float = 600.0
    """The same while the run waits for input: a person is typing."""
    interrupt_grace: float = 5.0
    """How long a run may take to end after its interrupt. Then an abandoned run is ended by force, and any other when
    it is interrupted once more: its kernel is started anew, and the session stays."""
    heartbeat: float = 30.0
    """A stream is pinged this often; no answer for half of it means that the client is gone."""
    frame_bytes: int = 1 * MIB
    """Text in one reply of a stream."""
    reply_bytes: int = 2 * MIB
    """Text in one HTTP reply; a poll is answered at once when so much is there."""
    held_bytes: int = 32 * MIB
    """Text held for a client; a kernel that printed more is paused until half of it is fetched."""
    code_bytes: int = 16 * MIB
    """A first frame or body larger than this is refused; source: protocol.md §5.4."""
    input_bytes: int = 1 * MIB
    """Input that may wait for code to ask for it."""
    logs: int = 1 * MIB
    """Characters kept for `logs`."""
