"""What the app is started with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.domain.session import NewSession

if TYPE_CHECKING:
    from workbench.config.settings import Settings
    from workbench.wire.endpoint import Endpoint

SAMPLE = '''\
# F5 runs this buffer, F6 one cell of it; the output appears below.
import math
from IPython.display import SVG, display

print("Hello from a live session!")

# %% a picture
def height(x):
    return 50 - 42 * math.sin(x / 24) * math.exp(-x / 300)

wave = " ".join(f"{x},{height(x):.1f}" for x in range(0, 481, 3))
display(SVG(f"""
<svg xmlns="http://www.w3.org/2000/svg" width="480" height="100">
  <rect width="480" height="100" rx="8" fill="#16213e"/>
  <polyline points="{wave}" fill="none" stroke="#4cc9f0" stroke-width="4"/>
</svg>"""))

# %% a question
name = input("What is your name? ")
print(f"Welcome, {name}. ^N makes another session, F4 opens a terminal.")
'''
"""The first buffer of the first session: prints, plots, asks."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything `backend-tui` decided before the screen opened."""

    connect: Callable[[], Awaitable[Endpoint]]
    """Finds the endpoint, starting the embedded server when it is the one."""
    state_dir: Path
    settings: Settings
    label: str = ""
    """What the header says until the endpoint is known."""
    first_session: NewSession | None = None
    """Created when the endpoint has no session yet."""
    read_only: bool = False
    problems: tuple[str, ...] = field(default=())
    """What was wrong with settings or themes, told once at the start."""
