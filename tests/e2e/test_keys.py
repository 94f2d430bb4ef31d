"""Keys of one's own, in a real terminal."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import World


def settings(world: World, text: str) -> None:
    file = Path(world.command("config", "path").stdout.strip())
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_remapped_keys_work_are_shown_and_the_old_ones_do_nothing(world: World) -> None:
    settings(world, '[keys]\n"run.buffer" = "alt+r"\n"session.upload" = "f7"\n"run.batch" = ""\n')
    with world.open() as tui:
        tui.wait(r"● scratch|scratch +ready")
        tui.wait(r"Alt\+R Run")
        tui.wait(r"Alt\+R runs the buffer")
        tui.key("f7")
        tui.wait("Files to send")
        tui.key("escape")
        tui.key("f5")
        tui.send("\x1br")
        tui.wait(r"What is your name\?")
        assert "[2]" not in tui.screen


def test_a_key_that_is_taken_is_named_with_its_line_and_the_default_works(world: World) -> None:
    settings(world, '[ui]\ntheme = "house-light"\n[keys]\nrun.buffer = "f8"\nrun.bufer = "f9"\n')
    with world.open() as tui:
        tui.wait("run.bufer")
        tui.wait(r"Ctrl\+Enter\.")
        lines = (line.partition("▌") for line in tui.screen.splitlines())
        said = " ".join(text.strip() for _, mark, text in lines if mark)
        assert "config.toml, line 4: F8 is the key of run.interrupt; run.buffer keeps F5 and Ctrl+Enter." in said
        assert "config.toml, line 5: there is no command run.bufer. Did you mean run.buffer?" in said
        tui.wait(r"● scratch|scratch +ready")
        tui.key("f5")
        tui.wait(r"What is your name\?")


def test_the_key_that_leaves_the_terminal_can_be_another_one(world: World) -> None:
    settings(world, '[keys]\n"terminal.leave" = "f12"\n')
    with world.open() as tui:
        tui.wait(r"● scratch|scratch +ready")
        tui.key("f4")
        tui.wait("F12 leaves")
        tui.wait(r"\$ *$")
        tui.key("ctrl+right_square_bracket")
        tui.wait(r"\$ \^\]")  # the program's now, as every other key
        tui.key("f12")
        tui.wait_gone("F12 leaves")
