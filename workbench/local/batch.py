"""Batch runs: the clean, build and exec steps as shell commands in the session's folder.

The commands' stdin is closed (empty): only query runs can ask for input.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import shlex
import signal
from typing import TYPE_CHECKING

from workbench.local.processes import MARK, kill_family, signal_group

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.local.guardian import Guardian
    from workbench.local.kernelspecs import LocalImage
    from workbench.local.run import Run

_STEPS = (("clean", "clean-finished"), ("build", "build-finished"), ("exec", "finished"))
_NOT_RUN = 127
_INTERRUPTED = 130
_CHUNK = 64 * 1024
_PACKAGES = ".packages"
"""Where the heuristic build of a Python project installs it: in the session, not in this server's environment."""


class Batch:
    """The three steps of one batch run, always in order, each with its exit code."""

    def __init__(
        self, run: Run, image: LocalImage, folder: Path, environ: Mapping[str, str], guardian: Guardian
    ) -> None:
        """`environ` must carry the session's mark."""
        self._run = run
        self._image = image
        self._folder = folder
        self._environ = environ
        self._guardian = guardian
        self._process: asyncio.subprocess.Process | None = None
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._interrupted = False

    async def execute(self) -> int:
        """Run the steps and return the exit code of the last; the phases before it are marked on the run."""
        self._run.hold = self._hold
        failed = False
        code = 0
        try:
            for step, status in _STEPS:
                if self._interrupted:
                    code = _INTERRUPTED
                elif step == "exec" and failed:
                    code = _NOT_RUN
                else:
                    code = await self._step(step)
                failed = step == "build" and code != 0
                if step != "exec":
                    self._run.end_phase(status, code)
            return code
        finally:
            self._run.hold = None

    async def interrupt(self) -> None:
        """SIGINT for the step that runs; the steps after it are not run."""
        self._interrupted = True
        if self._process is not None:
            signal_group(self._process.pid, signal.SIGINT)

    async def kill(self) -> None:
        """End the step that runs, with all it started."""
        self._interrupted = True
        if self._process is not None:
            await asyncio.to_thread(kill_family, [self._process.pid])

    def _hold(self, wait: bool) -> None:  # noqa: FBT001 - a callback's one argument
        if wait:
            self._may_read.clear()
        else:
            self._may_read.set()

    async def _step(self, step: str) -> int:
        command = self._run.options.get(step)
        if command == "*":
            command = self._guess(step)
            if command is None:
                return _NOT_RUN
        return await self._shell(command) if isinstance(command, str) and command.strip() else 0

    def _guess(self, step: str) -> str | None:
        python = shlex.quote(self._image.interpreter)
        has = {name for name in ("Makefile", "setup.py", "pyproject.toml", "main.py") if (self._folder / name).exists()}
        is_python = self._image.language == "python"
        match step:
            case "build" if "Makefile" in has:
                return "make"
            case "build" if is_python and has & {"setup.py", "pyproject.toml"}:
                pip = f"{python} -m pip install --disable-pip-version-check --quiet --upgrade"
                return f"{pip} --target {_PACKAGES} ."
            case "build":
                self._run.writer.notice("There is neither a Makefile nor a Python project to build.")
                return ""
            case "exec" if is_python and "main.py" in has:
                return f"{python} main.py"
            case "exec":
                self._run.writer.notice("There is no main.py to run.")
                return None
            case _:
                return ""

    async def _shell(self, command: str) -> int:
        environ = {"PYTHONUNBUFFERED": "1", **self._environ}
        packages = self._folder / _PACKAGES
        if packages.is_dir():
            environ["PYTHONPATH"] = ":".join(filter(None, (str(packages), environ.get("PYTHONPATH", ""))))
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder,
            env=environ,
            start_new_session=True,
        )
        self._process = process
        self._guardian.add(process.pid, environ[MARK])
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            asyncio.create_task(self._read("stdout", process.stdout)),
            asyncio.create_task(self._read("stderr", process.stderr)),
        ]
        try:
            return await self._ended(process, readers)
        finally:
            self._process = None
            self._guardian.remove(process.pid)

    async def _ended(self, process: asyncio.subprocess.Process, readers: list[asyncio.Task[None]]) -> int:
        try:
            code = await process.wait()
            # A background process may hold the pipes open for ever; what the command itself wrote is there at once.
            while any(not reader.done() for reader in readers) and not self._may_read.is_set():
                await self._may_read.wait()
            await asyncio.wait(readers, timeout=0.2)
        except asyncio.CancelledError:
            await asyncio.to_thread(kill_family, [process.pid])
            raise
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
            _close_pipes(process)
        return code if code >= 0 else 128 - code

    async def _read(self, kind: str, pipe: asyncio.StreamReader) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while data := await pipe.read(_CHUNK):
            self._run.writer.text(kind, decoder.decode(data))
            await self._may_read.wait()
        self._run.writer.text(kind, decoder.decode(b"", final=True))


def _close_pipes(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(AttributeError, ProcessLookupError):
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
