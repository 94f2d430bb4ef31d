"""A run: one piece of code sent to a session, and what became of it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Mode(StrEnum):
    """How a run starts."""

    QUERY = "query"
    BATCH = "batch"


class Phase(StrEnum):
    """The steps of a batch run; a query run has only `EXEC`."""

    CLEAN = "clean"
    BUILD = "build"
    EXEC = "exec"


class BatchCommands(Struct, frozen=True, kw_only=True):
    """Shell commands of a batch run; "" skips the step, `*` lets the runtime choose."""

    clean: str = ""
    build: str = ""
    exec: str = ""


class RunRequest(Struct, frozen=True, kw_only=True):
    """What a person asked to run."""

    code: str = ""
    mode: Mode = Mode.QUERY
    batch: BatchCommands | None = None
    source: str = ""
    """Where the code came from, for the block's title and for jumping back: a buffer or file name."""
    first_line: int = 1
    """The line of the source at which `code` begins."""

    @property
    def title(self) -> str:
        """The first line worth showing."""
        if self.mode is Mode.BATCH and self.batch:
            return self.batch.exec or self.batch.build or self.batch.clean
        lines = (line.strip() for line in self.code.splitlines())
        return next((line for line in lines if line and not line.startswith("#")), "")


class RunState(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    """It asks for input."""
    FINISHED = "finished"
    """It ended with exit code 0."""
    FAILED = "failed"
    """It ended with another exit code, or with a traceback where the server gives no exit code."""
    INTERRUPTED = "interrupted"
    LOST = "lost"
    """The stream broke; the server may still be running it."""
    REFUSED = "refused"
    """The server did not accept it."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self not in {RunState.QUEUED, RunState.RUNNING, RunState.WAITING}


class InputRequested(Struct, frozen=True, tag=True):
    """The code waits for a line of input; its question came before, as output."""

    is_password: bool = False


class PhaseEnded(Struct, frozen=True, tag=True):
    """A step of a batch run is over."""

    phase: Phase
    exit_code: int


class Finished(Struct, frozen=True, tag=True):
    """The run is over."""

    exit_code: int | None
    """None where the server does not know it."""
