"""The first frame, and every short command, wait for no package that they do not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp", "graphql", "ipykernel", "IPython", "jupyter_client", "matplotlib", "PIL", "psutil", "ptyprocess",
    "pyghostty", "pyperclip", "resvg_py", "textual_image", "tomli_w", "yarl", "zmq",
}  # fmt: skip


def packages_of(*modules: str) -> set[str]:
    """The packages outside the standard library that importing these modules brings."""
    code = f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return {name for name in done.stdout.split() if not name.startswith("_")} - sys.stdlib_module_names


def test_the_first_frame_waits_for_nothing_heavy() -> None:
    found = packages_of("workbench.cli.app", "workbench.ui.app")
    assert "textual" in found
    assert found & HEAVY == set()


def test_the_command_itself_needs_only_its_command_line() -> None:
    assert packages_of("workbench.cli.main") == {"click", "workbench"}


@pytest.mark.parametrize("name", ["run", "ls", "rm", "logs", "local", "config", "commands", "doctor"])
def test_a_headless_command_waits_for_no_screen_and_nothing_heavy(name: str) -> None:
    assert packages_of(f"workbench.cli.{name}") & {*HEAVY, "textual", "rich"} == set()
