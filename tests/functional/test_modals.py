"""The questions the workbench asks."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from workbench.domain.image import Image
from workbench.domain.names import name_problem
from workbench.domain.offer import Offer, Preset
from workbench.domain.run import BatchCommands
from workbench.domain.session import NewSession
from workbench.ui.modals.ask_text import AskText
from workbench.ui.modals.batch import BatchModal
from workbench.ui.modals.confirm_destroy import ConfirmDestroy, Doomed
from workbench.ui.modals.idle import IdleRow, IdleView
from workbench.ui.modals.new_session import Choices, NewSessionModal
from workbench.ui.new_session_form import ranked, resources, resources_text
from workbench.ui.widgets.pick_field import PickField


class Host(App[None]):
    def __init__(self, modal: ModalScreen[Any]) -> None:
        super().__init__()
        self.modal = modal
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.modal, self.answers.append)


IMAGES = [
    Image(reference="local/python3:3.11", installed=True),
    Image(reference="reg/stable/julia:1.11", installed=True),
    Image(reference="reg/stable/python:3.13", installed=False),
    Image(reference="reg/stable/jupyterlab:4", installed=True, labels={"ai.backend.runtime-type": "app"}),
]

OFFER = Offer(
    images=tuple(IMAGES),
    presets=(
        Preset(name="small", slots={"cpu": "1", "mem": "1073741824"}),
        Preset(name="large", slots={"cpu": "8", "mem": "68719476736"}, shared_memory="1g", fits=False),
    ),
    left={"cpu": "3.5", "mem": "8589934592"},
    folders=("data", "models"),
    projects=("default", "research"),
)


def test_recent_images_come_first_then_installed_ones_and_none_that_runs_no_code() -> None:
    names = [image.reference for image in ranked(IMAGES, ["reg/stable/python:3.13"], "")]
    assert names == ["reg/stable/python:3.13", "local/python3:3.11", "reg/stable/julia:1.11"]


async def test_enter_creates_with_the_suggested_name() -> None:
    app = Host(NewSessionModal(Choices(OFFER, {"python3-1"})))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
    assert app.answers == [NewSession(image="local/python3:3.11", name="python3-2")]


async def test_typing_finds_an_image_fuzzily_and_a_name_is_checked() -> None:
    app = Host(NewSessionModal(Choices(OFFER, {"busy-one"})))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"jul")
        assert app.modal.query_one("#name", Input).value == "julia-1"
        name = app.modal.query_one("#name", Input)
        name.focus()
        name.value = "ab"
        await pilot.press("enter")
        assert "at least 4" in str(app.modal.query_one("#problem", Label).content)
        name.value = "busy-one"
        await pilot.pause()
        assert "attach" in str(app.modal.query_one("#hint", Label).content)
        await pilot.press("enter")
    assert app.answers[0].name == "busy-one"
    assert app.answers[0].image == "reg/stable/julia:1.11"


async def test_presets_folders_and_projects_are_picked_from_lists() -> None:
    app = Host(NewSessionModal(Choices(OFFER, set())))
    async with app.run_test(size=(80, 24)) as pilot:
        shown = "\n".join(str(label.render()) for label in app.modal.query(Label))
        assert "left: cpu 3.5, mem 8 GiB" in shown
        await pilot.press("tab", "tab", "tab", "down", "enter")
        assert app.modal.query_one("#resources", PickField).value == "small"
        await pilot.press("tab", "tab", "tab", *"mod", "down", "enter", "down", "enter")
        assert app.modal.query_one("#mounts", PickField).value == "models data"
        app.modal.query_one("#project", PickField).query_one(Input).focus()
        await pilot.press(*"res", "down", "enter")
        await pilot.press("enter")
    made = app.answers[0]
    assert made.resources == {"cpu": "1", "mem": "1073741824"}
    assert made.mounts == ("models", "data")
    assert made.project == "research"


def test_resources_are_presets_and_amounts_of_which_the_later_counts() -> None:
    assert resources("small cpu=2", OFFER.presets) == ({"cpu": "2", "mem": "1073741824"}, "")
    assert resources("large", OFFER.presets)[1] == "1g"
    assert resources_text({"cpu": "1", "mem": "1073741824"}, "", OFFER.presets) == "small"
    assert resources_text({"cpu": "2"}, "64m", OFFER.presets) == "cpu=2 shmem=64m"
    assert resources("cpu=1 shmem=64m", ()) == ({"cpu": "1"}, "64m")
    with pytest.raises(ValueError, match="“huge” should be slot=amount, such as cpu=2; presets: small, large"):
        resources("huge", OFFER.presets)


async def test_a_malformed_environment_says_which_word_is_wrong() -> None:
    app = Host(NewSessionModal(Choices(OFFER, set())))
    async with app.run_test(size=(80, 24)) as pilot:
        app.modal.query_one("#environ", Input).value = "A=1 nonsense"
        await pilot.press("enter")
        assert "nonsense" in str(app.modal.query_one("#problem", Label).content)
    assert app.answers == []


async def test_destroy_names_the_sessions_and_what_is_lost() -> None:
    doomed = [Doomed("train", ("code is running (00:12)",)), Doomed("etl")]
    app = Host(ConfirmDestroy(doomed))
    async with app.run_test(size=(80, 24)) as pilot:
        text = " ".join(str(label.render()) for label in app.modal.query("Label, Static"))
        assert "2 sessions" in str(app.modal.query_one("Vertical").border_title)
        assert "train" in text
        assert "code is running (00:12)" in text
        await pilot.press("escape")
    assert app.answers == [False]


async def test_a_protected_session_is_destroyed_only_by_its_name() -> None:
    app = Host(ConfirmDestroy([Doomed("production", protected=True)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert app.answers == []
        assert app.modal.query_one("#destroy", Button).disabled
        await pilot.press(*"production", "enter")
    assert app.answers == [True]


async def test_a_text_question_keeps_asking_until_the_answer_is_right() -> None:
    app = Host(AskText("New name:", "ab", problem=name_problem))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert app.answers == []
        await pilot.press(*"cdef", "enter")
    assert app.answers == ["cdef"]  # the old name is selected, so typing replaces it


async def test_a_batch_needs_at_least_one_command() -> None:
    app = Host(BatchModal(BatchCommands(), ["main.py"]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert app.answers == []
        await pilot.press(*"make", "enter")
    assert app.answers == [BatchCommands(exec="make")]


async def test_the_idle_view_sorts_by_deadline_and_answers_what_to_destroy() -> None:
    rows = [
        IdleRow("1", "calm", "", None, "", "", ""),
        IdleRow("2", "soon", "network_timeout", 30.0, "1 %", "80 MiB", ""),
        IdleRow("3", "later", "network_timeout", 3000.0, "1 %", "80 MiB", ""),
    ]
    app = Host(IdleView(lambda: rows, warn_below=60))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("space", "space", "x")
    assert sorted(app.answers[0]) == ["2", "3"]
