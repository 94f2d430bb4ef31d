"""The Backend.AI session API as a client: signed HTTP, WebSocket streams, server-sent events, typed errors.

`from workbench.wire import Session, AsyncSession` is the published SDK's `from ai.backend.client import ...`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.wire.api import AsyncSession
    from workbench.wire.endpoint import Endpoint
    from workbench.wire.sync import Session

__all__ = ["AsyncSession", "Endpoint", "Session"]

_HOMES = {
    "AsyncSession": "workbench.wire.api",
    "Endpoint": "workbench.wire.endpoint",
    "Session": "workbench.wire.sync",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: aiohttp is heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
