"""Pictures of the screen must be the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clock import Clock, stopped_clock
from tests.scenes import shipped_themes_only


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The clock of the screen; no theme and no choice of colours of this machine is seen."""
    for name in ("NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    with stopped_clock() as clock, shipped_themes_only():
        yield clock
