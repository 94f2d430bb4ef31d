"""Where the scenes of these tests keep their files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """An empty folder whose path is short enough for the sockets in it."""
    with tempfile.TemporaryDirectory(prefix="bt", dir="/tmp") as folder:
        yield Path(folder)
