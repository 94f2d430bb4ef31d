"""Frames of a run's stream; source: protocol.md §4.3 and §5."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from workbench.domain.run import BatchCommands, Mode, Phase
from workbench.wire.errors import ProtocolError

FINAL = frozenset({"finished", "exec-timeout", "error", "server-restarting"})
"""Statuses after which a stream has nothing more to say."""

PHASES = {"clean-finished": Phase.CLEAN, "build-finished": Phase.BUILD}

TIMED_OUT = "The server ended the run: it took longer than it may."
RESTARTING = "The server is restarting; what the run does now is not known."


class Frame(Struct, rename="camel"):
    """One message of the server about a run."""

    status: str = ""
    console: list[Any] | None = None
    exit_code: int | None = None
    options: dict[str, Any] | None = None
    msg: str | None = None
    """Only of `error` and `server-restarting`."""

    @property
    def is_password(self) -> bool:
        """Whether the line that the code waits for must not be shown."""
        return bool(self.options and self.options.get("is_password"))


_decoder = msgspec.json.Decoder(Frame)


def read_frame(data: bytes | str) -> Frame:
    """Decode one message; raises `ProtocolError`."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProtocolError("The server sent something else than a frame of a run.") from None


def first_frame(mode: str, code: str, options: dict[str, Any]) -> str:
    """What opens a run."""
    return msgspec.json.encode({"mode": mode, "code": code, "options": options}).decode()


def batch_options(commands: BatchCommands) -> dict[str, Any]:
    """The options of a batch run; a step without a command is null."""
    return {"clean": commands.clean or None, "build": commands.build or None, "exec": commands.exec or None}


def start_options(mode: str, opts: dict[str, Any] | None) -> dict[str, Any]:
    """The options that go with a call of a mode: only a first batch call and a completion have any."""
    given = dict(opts or {})
    if mode == Mode.BATCH:
        return {key: given.get(key) for key in ("clean", "build", "exec")} | {
            "buildLog": bool(given.get("buildLog", False))
        }
    return given if mode == "complete" else {}
