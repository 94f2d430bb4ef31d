"""The record of a run that its own kernel keeps: how to have it kept, and how to read it; see `inside/recorder.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from workbench.wire.errors import NotFound, ServerError
from workbench.wire.inside import recorder

_SETUP = """\
if True:
    (lambda space: (exec(compile({source!r}, "<workbench>", "exec"), space), space["set_up"](get_ipython())))({{}})
"""
_FOLDER = ".backend-tui"


@cache
def setup_code() -> str:
    """What has a Python kernel keep the record, as a query; done twice it changes nothing."""
    source = Path(recorder.__file__ or "").read_text(encoding="utf-8")
    return _SETUP.format(source=source)


class RunRecord:
    """Reads one run's record, from where the last reading ended."""

    def __init__(self, fetch: Callable[[str], Awaitable[bytes]], code: str) -> None:
        """`fetch` gets a file of the session by its path, or raises a `WireError`."""
        self._fetch = fetch
        self._code = _key(code)
        self._offset = 0
        self._rest = b""
        self._is_ours: bool | None = None
        self.exit_code: int | None = None
        """Set when the record has the end of the run."""

    async def read(self) -> list[list[Any]] | None:
        """What was recorded since the last time, as records of the wire; None when there is no record of this run."""
        items: list[list[Any]] = []
        while True:
            number, within = divmod(self._offset, recorder.PART)
            data = await self._part(number)
            if data is None:
                break
            self._offset += len(data) - within
            lines = (self._rest + data[within:]).split(b"\n")
            self._rest = lines.pop()
            items += [msgspec.json.decode(line) for line in lines]
            if len(data) < recorder.PART:
                break
        if self._is_ours is None and items:
            self._is_ours = items[0][0] == "code" and _key(items[0][1]) == self._code
        if not self._is_ours:
            return None
        return [item for item in items if self._keep(item)]

    async def _part(self, number: int) -> bytes | None:
        try:
            return await self._fetch(f"{_FOLDER}/run-{number:06}")
        except (NotFound, ServerError):
            return None  # servers answer 404 or 500 for a file that is not there

    def _keep(self, item: list[Any]) -> bool:
        if item[0] == "end":
            self.exit_code = int(item[1])
        return item[0] not in {"code", "end"}


def _key(code: str) -> str:
    return hashlib.sha256(code.strip().encode()).hexdigest()
