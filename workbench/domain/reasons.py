"""Why a session ended, in words."""

from __future__ import annotations

from collections.abc import Mapping

_SENTENCES: Mapping[str, str] = {
    "user-requested": "it was destroyed",
    "force-terminated": "it was destroyed by force",
    "self-terminated": "its main program ended",
    "idle-timeout": "it was idle for too long",
    "idle-session-lifetime": "its lifetime was over",
    "idle-utilization": "it used too little of what it held",
    "exec-timeout": "its code ran for too long",
    "task-finished": "its task is finished",
    "task-failed": "its task failed",
    "task-timeout": "its task took too long",
    "failed-to-create": "it could not be created",
    "failed-to-start": "it could not be started",
    "agent-termination": "the machine it ran on stopped",
    "pending-timeout": "no resources became free in time",
    "hang-timeout": "it did not come on",
}
"""By the reason on the wire; source: protocol.md §3.5."""


def reason_text(reason: str) -> str:
    """`it was idle for too long` for `idle-timeout`; an unknown reason stands for itself, "" for none."""
    return _SENTENCES.get(reason, reason)
