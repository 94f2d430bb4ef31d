"""One step of a batch run, as code for a Python kernel: a shell command with its output and its exit code.

Agents since 25.12 lose what a batch run says between two of its steps, its end among it (protocol.md §4.6); a query
loses nothing. Must run on every Python that images have.
"""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import subprocess
import sys
from typing import Any

HOME = "/home/work"
KILL_AFTER = 3.0
"""Seconds an interrupted command has to end by itself."""


def chosen(command: str, step: str) -> Any:
    """What `*` means here, as the runner reads it; None for nothing to do."""
    if command != "*":
        return command
    if step == "build" and os.path.isfile("Makefile"):  # noqa: PTH113
        return "make"
    if step == "build" and os.path.isfile("setup.py"):  # noqa: PTH113
        return [sys.executable, "-m", "pip", "install", "--user", "-e", "."]
    if step == "exec" and os.path.isfile("main.py"):  # noqa: PTH113
        return [sys.executable, "-u", "main.py"]
    return None


def run(command: str, step: str) -> int:
    """Run the command and pass on what it prints, as it comes; returns its exit code, negative for a signal."""
    os.chdir(HOME)
    found = chosen(command, step)
    if found is None:
        if step == "exec":
            sys.stderr.write('There is no "main.py" to run.\n')
            return 127
        return 0
    environ = dict(os.environ, _BACKEND_BATCH_MODE="1", PYTHONUNBUFFERED="1")
    process = subprocess.Popen(
        found,
        shell=isinstance(found, str),
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        pump(process)
        return process.wait()
    except KeyboardInterrupt:
        return stopped(process)


def pump(process: Any) -> None:
    """Copy both outputs until they are closed."""
    with selectors.DefaultSelector() as waiting:
        for pipe, stream in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
            decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
            waiting.register(pipe, selectors.EVENT_READ, (stream, decoder))
        while waiting.get_map():
            for key, _ in waiting.select():
                stream, decoder = key.data
                data = os.read(key.fileobj.fileno(), 65536)  # type: ignore[union-attr]
                stream.write(decoder.decode(data, final=not data))
                if not data:
                    waiting.unregister(key.fileobj)
            sys.stdout.flush()
            sys.stderr.flush()


def stopped(process: Any) -> int:
    """Pass the interrupt on to the command and everything it started."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            return int(process.wait(KILL_AFTER))
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            break
    return int(process.wait())
