"""`backend-tui doctor` in a real terminal, and where things are wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from aiohttp import web

from tests.e2e.conftest import World
from tests.protocol.commands import on_terminal
from tests.protocol.servers import HELLO, serving


def test_a_good_terminal_gets_a_clean_bill(world: World) -> None:
    with world.open("doctor", cols=110, rows=60) as tui:
        assert tui.ended(timeout=30) == 0
        tui.wait("Nothing is wrong")
        for said in (
            "24 bit",
            "Kitty keyboard protocol",
            "reports clicks",
            "it starts when it is needed",
            "local/python3:",
        ):
            assert said in tui.screen
    assert not Path(world.env["BACKEND_TUI_RUNTIME_DIR"]).exists()


def test_a_terminal_that_never_answers_is_left_as_it_was(world: World) -> None:
    with on_terminal({**world.env, "TERM": "xterm"}, "doctor") as program:
        assert program.end() == 0
        assert "the terminal does not answer any" in program.text
        assert program.text.endswith("Nothing is wrong.\n")


def test_without_a_terminal_the_rest_is_examined(world: World) -> None:
    told = world.command("local", "start")
    assert told.returncode == 0
    found = json.loads(world.command("doctor", "--json").stdout)
    states = {each["subject"]: each["state"] for each in found}
    assert states["endpoint"] == states["credentials"] == states["clock"] == states["kernels"] == "ok"


def test_what_is_wrong_in_the_settings_is_named_and_is_the_exit_code(world: World) -> None:
    file = Path(world.command("config", "path").stdout.strip())
    (file.parent / "themes").mkdir(parents=True)
    file.write_text('[ui]\nthem = "x"\n[keys]\nrun.buffer = "f8"\n')
    (file.parent / "themes" / "mine.toml").write_text("name = ")
    done = world.command("doctor", "--json")
    wrong = {each["subject"]: each["text"] for each in json.loads(done.stdout) if each["state"] == "wrong"}
    assert done.returncode == 1
    assert wrong["settings file"].endswith("line 2: there is no setting ui.them.")
    assert "line 4: F8 is the key of run.interrupt" in wrong["keys"]
    assert "mine.toml, line 1" in wrong["themes"]


async def examined(world: World, *routes: tuple[str, str, object], date: str = "") -> dict[str, dict[str, str]]:
    """The findings, by subject, with a server as the configured cluster."""

    async def hello(_request: web.Request) -> web.Response:
        return web.json_response(HELLO, headers={"Date": date} if date else None)

    async with serving(("GET", "/", hello), *routes, hello=None) as endpoint:  # type: ignore[arg-type]
        keys = {"BACKEND_ENDPOINT": endpoint.url, "BACKEND_ACCESS_KEY": "AKIA", "BACKEND_SECRET_KEY": "s3cr3t-key"}
        there = World(world.root, {**world.env, **keys})
        done = await asyncio.to_thread(there.command, "doctor", "--json")
        assert "s3cr3t-key" not in done.stdout + done.stderr
        return {each["subject"]: each for each in json.loads(done.stdout)}


async def test_a_keypair_that_is_refused_is_told_from_a_server_that_is_away(world: World) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"title": "Credential/signature mismatch."}, status=401)

    found = await examined(world, ("GET", "/auth/test", refuse))
    assert found["endpoint"]["state"] == "ok"
    assert found["credentials"]["state"] == "wrong"
    assert "BACKEND_SECRET_KEY" in found["credentials"]["mend"]
    keys = {"BACKEND_ENDPOINT": "http://127.0.0.1:9", "BACKEND_ACCESS_KEY": "a", "BACKEND_SECRET_KEY": "b"}
    away = World(world.root, {**world.env, **keys})
    done = await asyncio.to_thread(away.command, "doctor", "--json")
    [endpoint] = [each for each in json.loads(done.stdout) if each["subject"] == "endpoint"]
    assert endpoint["state"] == "wrong"
    assert "Connection refused" in endpoint["text"]


async def test_a_clock_that_is_off_is_the_reason_given(world: World) -> None:
    found = await examined(world, date="Sat, 01 Jan 2000 00:00:00 GMT")
    assert found["clock"]["state"] == "wrong"
    assert "ahead of the server's: every call is refused" in found["clock"]["text"]
    assert "credentials" not in found
