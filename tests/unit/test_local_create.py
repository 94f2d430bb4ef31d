"""What a create call may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.local.create import architecture, parse_wish, slot_amount
from workbench.local.problems import Problem
from workbench.local.settings import Settings


def wish(**changes: Any) -> Any:
    return parse_wish({"name": "mysession", "image": "python"} | changes)


def test_a_bare_call_asks_for_the_usual() -> None:
    made = wish()
    assert (made.name, made.image, made.architecture) == ("mysession", "python", architecture())
    assert made.reuse
    assert not made.enqueue_only
    assert made.max_wait == 0


def test_names_of_older_clients_are_understood() -> None:
    made = parse_wish({"clientSessionToken": "mysession", "lang": "python:3.6", "reuse": False, "arch": "amd64"})
    assert (made.name, made.image, made.reuse, made.architecture) == ("mysession", "python:3.6", False, "x86_64")


def test_environment_and_resources_are_read() -> None:
    made = wish(config={"environ": {"A": "1", "N": 2}, "resources": {"cpu": "1", "mem": "512m"}, "mounts": None})
    assert made.environ == {"A": "1", "N": "2"}
    assert made.resources == {"cpu": "1", "mem": str(512 * 1024 * 1024)}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": "abc"}, 400),
        ({"name": "a/b/c/d"}, 400),
        ({"name": 7}, 400),
        ({"name": None}, 400),
        ({"image": None}, 400),
        ({"type": "batch"}, 501),
        ({"type": "nonsense"}, 400),
        ({"clusterSize": 2}, 501),
        ({"clusterSize": "many"}, 501),
        ({"bootstrap_script": "rm -rf /"}, 501),
        ({"group": "other"}, 400),
        ({"domain": ["x"]}, 400),
        ({"maxWaitSeconds": -1}, 400),
        ({"maxWaitSeconds": "soon"}, 400),
        ({"reuseIfExists": "maybe"}, 400),
        ({"config": []}, 400),
        ({"config": {"mounts": ["data"]}}, 404),
        ({"config": {"environ": {"A=B": "1"}}}, 400),
        ({"config": {"environ": {"A": "x\0y"}}}, 400),
        ({"config": {"environ": {"A": []}}}, 400),
        ({"config": {"environ": {"": "x"}}}, 400),
        ({"config": {"resources": {"cuda.shares": "1"}}}, 400),
        ({"config": {"resources": {"cpu": "lots"}}}, 400),
        ({"config": {"resources": {"mem": "900p"}}}, 400),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(changes: dict[str, Any], status: int) -> None:
    with pytest.raises(Problem) as refused:
        wish(**changes)
    assert refused.value.status == status
    assert refused.value.msg


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2", 2), ("0.5", 0.5), ("512m", 512 * 1024**2), ("4g", 4 * 1024**3), ("1GiB", 1024**3), ("x", None), ("", None)],
)
def test_amounts_have_binary_suffixes(text: str, amount: float | None) -> None:
    assert slot_amount(text) == amount


def test_settings_come_from_the_environment_and_go_back_to_it() -> None:
    settings = Settings(idle_exit=1.5, network_timeout=20, session_lifetime=0)
    assert Settings.from_env(settings.to_env()) == settings
    assert Settings.from_env({}) == Settings()
    for bad in ("soon", "-1", "nan", "inf"):
        with pytest.raises(ValueError, match="BACKEND_TUI_LOCAL_IDLE_EXIT"):
            Settings.from_env({"BACKEND_TUI_LOCAL_IDLE_EXIT": bad})
