"""The session list: keyboard, mouse, marks and filter."""

from __future__ import annotations

from textual.app import App, ComposeResult

from workbench.ui.panes.sessions import SessionList, SessionsPane
from workbench.ui.session_rows import RowState, SessionRow


def row(name: str, state: RowState = RowState.READY, note: str = "python") -> SessionRow:
    return SessionRow(f"id-{name}", name, "python", state, note, 0.0, float("inf"))


class Host(App[None]):
    def __init__(self, rows: list[SessionRow]) -> None:
        super().__init__()
        self.rows = rows
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield SessionsPane(id="sessions")

    def on_mount(self) -> None:
        self.query_one(SessionList).show_rows(self.rows)
        self.query_one(SessionList).focus()

    def on_session_list_asked(self, event: SessionList.Asked) -> None:
        self.asked.append((event.what, event.session_ids))

    def on_session_list_opened(self, event: SessionList.Opened) -> None:
        self.opened.append(event.session_id)


def names(app: Host) -> list[str]:
    return [each.name for each in app.query_one(SessionList).shown]


async def test_keys_move_and_open() -> None:
    app = Host([row("alpha"), row("beta"), row("gamma")])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("down", "enter")
    assert app.opened == ["id-beta"]


async def test_a_click_opens_the_row_under_it() -> None:
    app = Host([row("alpha"), row("beta")])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(SessionList, offset=(5, 1))
    assert app.opened == ["id-beta"]


async def test_marked_sessions_are_asked_about_together() -> None:
    app = Host([row("alpha"), row("beta"), row("gamma")])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("space", "space", "x")
        await pilot.press("ctrl+a", "l")
    assert app.asked[0] == ("destroy", ("id-alpha", "id-beta"))
    assert len(app.asked[1][1]) == 3


async def test_the_filter_narrows_and_escape_brings_all_back() -> None:
    app = Host([row("alpha"), row("beta")])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("slash", "b", "e", "enter")
        assert names(app) == ["beta"]
        await pilot.press("escape")
        assert names(app) == ["alpha", "beta"]


async def test_the_cursor_stays_on_its_session_when_the_list_changes() -> None:
    app = Host([row("alpha"), row("beta")])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("down")
        sessions = app.query_one(SessionList)
        sessions.show_rows([row("aaaa"), row("alpha"), row("beta", RowState.ASKS, "asks")])
        assert sessions.cursor_id == "id-beta"
        sessions.show_rows([row("alpha")])
        assert sessions.cursor_id == "id-alpha"


async def test_wide_names_never_break_the_columns() -> None:
    app = Host([row("数据处理任务数据处理任务数据处理任务"), row("b" * 64, RowState.IDLE, "idle 04:31")])
    async with app.run_test(size=(26, 8)) as pilot:
        sessions = app.query_one(SessionList)
        await pilot.pause()
        for y in range(3):
            assert sessions.render_line(y).cell_length == sessions.size.width
        assert "idle 04:31" in sessions.render_line(0).text


async def test_ten_thousand_sessions_draw_only_what_is_seen() -> None:
    app = Host([row(f"session-{number:05}") for number in range(10_000)])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("end")
        sessions = app.query_one(SessionList)
        assert sessions.cursor_id == "id-session-09999"
        assert "session-09999" in sessions.render_line(sessions.size.height - 1).text
