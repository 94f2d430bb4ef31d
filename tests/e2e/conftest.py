"""The installed command in a world of its own: home, folders and embedded server are private to one test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.e2e.tui import Tui

COMMAND = str(Path(sys.executable).with_name("backend-tui"))


@dataclass(frozen=True)
class World:
    """A fresh machine, as far as the command can see."""

    root: Path
    env: dict[str, str]

    def open(self, *args: str, cols: int = 120, rows: int = 40) -> Tui:
        """The app on a terminal of its own."""
        return Tui([COMMAND, *args], cols=cols, rows=rows, env=self.env, cwd=self.root)

    def command(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command without a terminal."""
        return subprocess.run(
            [COMMAND, *args],
            env=self.env,
            cwd=self.root,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def processes(self) -> list[psutil.Process]:
        """Every process that was started in this world."""
        mark = self.env["BACKEND_TUI_RUNTIME_DIR"]
        found = []
        for process in psutil.process_iter():
            try:
                if (
                    process.status() != psutil.STATUS_ZOMBIE
                    and process.environ().get("BACKEND_TUI_RUNTIME_DIR") == mark
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def world() -> Iterator[World]:
    """A fresh machine; when the test is over its server is stopped and nothing may be left."""
    # Sockets live below it and their paths are limited to about 100 bytes, which tmp_path can exceed.
    root = Path(tempfile.mkdtemp(prefix="bt", dir="/tmp"))
    env = {
        "HOME": str(root),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "SHELL": "/bin/sh",
        "PS1": "$ ",
        "BACKEND_TUI_RUNTIME_DIR": str(root / "run"),
        "MPLCONFIGDIR": str(root / "mpl"),
    }
    here = World(root, env)
    try:
        yield here
        stopped = here.command("local", "stop")
        assert stopped.returncode == 0, stopped.stderr
        gone, alive = psutil.wait_procs(here.processes(), timeout=10)
        assert alive == [], f"left running: {alive} (ended: {gone})"
    finally:
        for process in here.processes():
            process.kill()
        shutil.rmtree(root, ignore_errors=True)
