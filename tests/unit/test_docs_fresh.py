"""The reference pages say what the registries say, and every page is linked from the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.cli.reference import pages
from workbench.config.settings import entries
from workbench.ui.commands import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", pages())
def test_a_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == pages()[name], "run `make docs`"


@pytest.mark.parametrize("name", pages())
def test_a_page_is_linked_from_the_readme(name: str) -> None:
    assert f"(docs/{name})" in README


def test_the_pages_hold_every_command_and_every_setting() -> None:
    assert [each.id for each in COMMANDS if f"`{each.id}`" not in pages()["commands.md"]] == []
    assert [each.key for each in entries().values() if f"`{each.variable}`" not in pages()["settings.md"]] == []


def test_links_of_the_readme_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
