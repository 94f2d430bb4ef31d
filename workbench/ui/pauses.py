"""Keeps the garbage collector from pausing the screen.

A full collection walks every object there is: with the framework, the client and the engine loaded, tens of
milliseconds, in which no key is answered. What is loaded at the start lives as long as the app and need not be walked.
"""

from __future__ import annotations

import gc

_YOUNG = 10_000
"""Objects between two collections of the youngest; the default of 700 runs often enough to show in a flood."""


def hold() -> None:
    """Collect nothing while the app is being loaded: nearly all that is made then stays."""
    gc.disable()


def settle() -> None:
    """Collect again, but walk no more what is there now. To be called after each part that was loaded."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    gc.enable()
