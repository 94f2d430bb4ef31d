"""Scenes of the real app on the embedded server: real kernels, real output, a real editor in a real terminal."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from msgspec.structs import replace

from tests.scenes import Stage
from workbench.config.settings import Settings
from workbench.domain.run import RunState
from workbench.domain.session import NewSession
from workbench.ui.app import WorkbenchApp
from workbench.ui.launch import Launch
from workbench.wire.endpoint import Endpoint, Secret

PLOT = """\
# %% a noisy signal and its moving average
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 12, 400)
noise = np.random.default_rng(7).normal(0, 0.25, x.size)
signal = np.sin(x) + noise

plt.figure(figsize=(9, 3), facecolor="#15181e")
plt.gca().set_facecolor("#15181e")
plt.plot(x, signal, color="#39414f")
plt.plot(x, np.convolve(signal, np.ones(25) / 25, "same"), color="#efb784", linewidth=4)
plt.axis("off")
plt.show()
print(f"mean {signal.mean():+.3f}, deviation {signal.std():.3f}")
"""

PASSWORD = """\
from getpass import getpass

print("Connecting to the registry…")
token = getpass("Password for ada: ")
print("signed in" if token else "no password")
"""

MODEL = '''\
import torch
from torch import nn


class Net(nn.Module):
    """Two layers, one nonlinearity."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.one = nn.Linear(784, width)
        self.two = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.two(self.one(x).relu())
'''

VIM = "vim -u NONE -i NONE -N -n -c 'syntax on' -c 'set number ruler background=dark laststatus=2' model.py\r"


async def embedded() -> Endpoint:
    """The embedded server of this process's environment."""
    from workbench.local.process import ensure_running

    server = await asyncio.to_thread(ensure_running)
    secret = Secret(server.secret_key)
    return Endpoint(url=server.url, access_key=server.access_key, secret_key=secret, label="local")


@contextmanager
def own_machine(root: Path) -> Iterator[None]:
    """A home and an embedded server that are nobody else's."""
    from workbench.local.process import stop

    names = ("BACKEND_", "XDG_", "MPL", "VIM", "NO_COLOR")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    environ |= {"HOME": str(root), "BACKEND_TUI_RUNTIME_DIR": str(root / "run"), "SHELL": "/bin/sh", "PS1": "$ "}
    with patch.dict(os.environ, environ, clear=True):
        try:
            yield
        finally:
            stop()


EXAMPLES = {"plot": PLOT, "password": PASSWORD}
"""What the first buffer holds, by scene, where it is not the usual example."""


def live_app(state_dir: Path) -> WorkbenchApp:
    """The app as it opens with nothing configured."""
    first = NewSession(image="python", name="scratch")
    launch = Launch(connect=embedded, state_dir=state_dir, settings=Settings(), label="local", first_session=first)
    return WorkbenchApp(launch)


async def _opened(stage: Stage) -> None:
    """The first session is ready."""
    await stage.until(lambda: stage.screen.open_id and stage.screen.editor.area is not None)
    await stage.until(lambda: all(each.status.is_running for each in stage.bench.registry.sessions.values()))


async def _ran(stage: Stage, state: RunState, seconds: float) -> None:
    """F5 was pressed, and the run came so far in so many seconds of a clock that stands still."""
    runs = stage.bench.desk(stage.screen.open_id).runs
    before = len(runs.runs)
    await stage.pilot.press("f5")
    await stage.until(lambda: len(runs.runs) > before and runs.runs[-1].started_at is not None)
    stage.clock.advance(seconds)
    await stage.until(lambda: runs.runs[-1].state is state)


async def first_minute(stage: Stage) -> None:
    """The example ran: it printed, drew, and asks."""
    await _opened(stage)
    await _ran(stage, RunState.WAITING, 0.34)


async def plot(stage: Stage) -> None:
    """A plot under the code that made it."""
    await _opened(stage)
    await _ran(stage, RunState.FINISHED, 0.62)
    stage.screen.panes.grow("output", 4)


async def password(stage: Stage) -> None:
    """Code asks for a password while a person reads: F12 asks in front of everything."""
    await _opened(stage)
    await _ran(stage, RunState.WAITING, 0.08)
    await stage.pilot.press("f3", "f12")
    await stage.pilot.press(*"hunter22")


async def terminal(stage: Stage) -> None:
    """Vim in the session's terminal."""
    await _opened(stage)
    files = stage.bench.desk(stage.screen.open_id).files
    await files.upload_bytes("model.py", MODEL.encode())
    stage.screen.layout_state.weights |= {"editor": 2.0, "output": 0.7, "terminal": 5.0}
    await stage.pilot.press("f4")
    await stage.until(lambda: stage.screen.terminal.current is not None)
    view = stage.screen.terminal.current
    assert view is not None
    await stage.until(lambda: "$" in view.emulator.text())
    stage.bench.desk(stage.screen.open_id).terminal.write(VIM.encode())
    await stage.until(lambda: "relu" in view.emulator.text() and "All" in view.emulator.text())
    await stage.pilot.press("1", "4", "G", "A")
    await stage.until(lambda: "INSERT" in view.emulator.text())


async def drawn(stage: Stage) -> None:
    """Return when the screen is drawn; what differs from time to time is what it always is here."""
    stage.say(replace(stage.bench.link, latency_ms=3.0))
    await stage.settle()


SCENES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "first-minute": first_minute,
    "plot": plot,
    "password": password,
    "terminal": terminal,
}


def possible(name: str) -> bool:
    """Whether this machine has what the scene needs."""
    return name != "terminal" or shutil.which("vim") is not None
