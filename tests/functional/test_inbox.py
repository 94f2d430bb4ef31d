"""The inbox answers what waits in turn, and keeps nothing of what was typed."""

from __future__ import annotations

from textual.app import App
from textual.widgets import Input

from workbench.domain.prompt import Prompt
from workbench.engine.prompts import PromptInbox
from workbench.ui.modals.inbox import Inbox


def prompt(run_id: str, *, is_password: bool = False) -> Prompt:
    return Prompt(
        session_id="s",
        session_name=f"session-{run_id}",
        run_id=run_id,
        text="Name: ",
        is_password=is_password,
        asked_at=1.0,
    )


class Host(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.inbox = PromptInbox()
        self.answers: list[tuple[str, str]] = []

    def ask(self, each: Prompt) -> None:
        def answer(text: str) -> bool:
            self.answers.append((each.run_id, text))
            self.inbox.remove(each.run_id)
            return True

        self.inbox.add(each, answer)


async def test_prompts_are_answered_one_after_another() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(prompt("one"))
        app.ask(prompt("two", is_password=True))
        app.push_screen(Inbox(app.inbox))
        await pilot.pause()
        await pilot.press(*"Ada", "enter")
        box = app.screen.query_one(Input)
        assert box.password
        assert box.value == ""
        await pilot.press(*"secret", "enter")
        await pilot.pause()
        assert app.answers == [("one", "Ada"), ("two", "secret")]
        assert not isinstance(app.screen, Inbox)


async def test_leaving_answers_nothing() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(prompt("one"))
        app.push_screen(Inbox(app.inbox))
        await pilot.pause()
        await pilot.press(*"half", "escape")
        assert app.answers == []
        assert len(app.inbox.waiting) == 1
