"""What was learnt about servers, kept on disk: which of their terminals stay silent."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

_KEPT = 200


class Habits:
    """A set of names that outlives the app; what cannot be read or written is merely learnt again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._names: list[str] | None = None

    def has(self, name: str) -> bool:
        """Whether it was noted."""
        return name in self._all()

    def add(self, name: str) -> None:
        """Note it."""
        if not self.has(name):
            self._write([*self._all(), name][-_KEPT:])

    def forget(self, name: str) -> None:
        """It is not so any more."""
        if self.has(name):
            self._write([each for each in self._all() if each != name])

    def _all(self) -> list[str]:
        if self._names is None:
            self._names = []
            if self._path is not None:
                with contextlib.suppress(OSError, ValueError):
                    found = json.loads(self._path.read_text(encoding="utf-8"))
                    self._names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
        return self._names

    def _write(self, names: list[str]) -> None:
        self._names = names
        if self._path is None:
            return
        fresh = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(names), encoding="utf-8")
            fresh.replace(self._path)
