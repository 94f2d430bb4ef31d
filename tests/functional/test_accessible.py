"""Everything by keyboard, the focus in sight, no state by colour alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.screen import ModalScreen

from tests.functional.conftest import Staging
from tests.scenes import SESSIONS, session
from tests.snapshot.modal_scenes import OFFER
from tests.snapshot.picture import picture_of
from tests.svg import text_of
from workbench.domain.idle import IdleCheck
from workbench.domain.run import BatchCommands
from workbench.ui.modals.ask_text import AskText
from workbench.ui.modals.batch import BatchModal
from workbench.ui.modals.confirm_destroy import ConfirmDestroy, Doomed
from workbench.ui.modals.confirm_quit import ConfirmQuit
from workbench.ui.modals.new_session import Choices, NewSessionModal
from workbench.ui.session_rows import shortened
from workbench.ui.widgets.status_header import HeaderState, StatusHeader

MODALS: dict[str, Callable[[], ModalScreen[Any]]] = {
    "ask": lambda: AskText("New name", "train"),
    "batch": lambda: BatchModal(BatchCommands(exec="make"), []),
    "destroy": lambda: ConfirmDestroy([Doomed("train")]),
    "protected": lambda: ConfirmDestroy([Doomed("train", protected=True)]),
    "quit": lambda: ConfirmQuit(["train"]),
    "new": lambda: NewSessionModal(Choices(OFFER, set())),
}


def without_colours(svg: str) -> str:
    """The picture as one who sees no colour knows it: text, weight and lines."""
    styles = dict(re.findall(r"\.(terminal-r\d+) \{ fill: #[0-9a-f]{6}(.*?) \}", svg))
    body = re.sub(r"#[0-9a-f]{6}", "", svg.split("</style>", 1)[1])
    return re.sub(r"terminal-r\d+", lambda found: styles[found[0]], body)


@pytest.mark.parametrize("key", ["f2", "f3", "f9"])
async def test_the_focused_pane_has_a_heavy_rule_and_no_other_has(staged: Staging, key: str) -> None:
    async with staged() as stage:
        await stage.pilot.press(key)
        heavy = {
            pane.id for pane in stage.screen.query(".pane") if pane.display and pane.styles.border_top[0] == "heavy"
        }
        assert heavy == {stage.screen.focused_pane()}


@pytest.mark.parametrize("name", MODALS)
async def test_every_stop_of_the_tab_key_is_seen_and_all_are_reached(staged: Staging, name: str) -> None:
    async with staged() as stage:
        modal = MODALS[name]()
        await stage.app.push_screen(modal)
        stops = [widget for widget in modal.query("*") if widget.focusable]
        seen = set()
        for _ in stops:
            await stage.settle()
            assert modal.focused is not None
            seen.add(without_colours(picture_of(stage.app)))
            await stage.pilot.press("tab")
        assert len(seen) == len(stops)


@pytest.mark.parametrize("name", MODALS)
async def test_escape_leaves_every_question(staged: Staging, name: str) -> None:
    async with staged() as stage:
        await stage.app.push_screen(MODALS[name]())
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.screen


async def test_every_state_of_the_connection_is_told_without_colour(staged: Staging) -> None:
    async with staged() as stage:
        header = stage.screen.query_one(StatusHeader)
        told = set()
        for link in ("connecting", "live", "stale", "down"):
            header.state = HeaderState(label="local", link=link)
            told.add(header.render_line(0).text)
        assert len(told) == 4


async def test_what_is_wrong_is_said_with_a_mark(staged: Staging) -> None:
    async with staged() as stage:
        stage.app.notify("all well")
        stage.app.notify("not so well", severity="warning")
        stage.app.notify("not well", severity="error")
        await stage.until(lambda: len(stage.said()) == 3)
        assert stage.said() == ["all well", "⚠ not so well", "✗ not well"]


async def test_wide_names_keep_the_columns_of_every_row(staged: Staging) -> None:
    names = (
        "数据-清洗",
        "🚀-launch",
        "日本語の長いセッション名とても長い",
        "plain",
        "e\u0301te\u0301",
        "👩‍👩‍👧-family",
    )
    async with staged() as stage:
        due = (IdleCheck("network_timeout", 271.0),)
        stage.bench.registry._take([*SESSIONS, *(replace(session(name), idle_checks=due) for name in names)], tell=True)
        await stage.settle()
        sessions = stage.screen.sessions
        rows = [sessions.render_line(y) for y in range(len(SESSIONS) + len(names))]
        assert {row.cell_length for row in rows} == {sessions.size.width}
        assert sum(row.text.rstrip().endswith("idle 04:31") for row in rows) == len(names) + 1
        picture = text_of(picture_of(stage.app))
        assert any("数据-清洗" in line for line in picture)


@pytest.mark.parametrize(
    ("text", "columns", "short"),
    [
        ("plain", 5, "plain"),
        ("plainly", 5, "plai…"),
        ("数据清洗", 8, "数据清洗"),
        ("数据清洗", 6, "数据…"),
        ("ab cd", 4, "ab…"),
        ("x", 0, ""),
    ],
)
def test_text_is_cut_between_characters(text: str, columns: int, short: str) -> None:
    assert shortened(text, columns) == short
    assert cell_len(short) <= columns
