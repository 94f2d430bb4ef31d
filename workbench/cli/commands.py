"""`backend-tui commands`: the registry of commands, with the keys they have now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from workbench.cli.headless import say, settings_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object a command.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the tables of the documentation.")
@click.pass_context
def commands(ctx: click.Context, *, as_json: bool, as_markdown: bool) -> None:
    """List every command of the workbench: its keys, its id, what it does.

    The keys are those in force, with the preset and the keys of the settings. An id is what the group `keys` of the
    settings gives keys to.
    """
    from workbench.ui.keymap import resolve

    found = resolve(settings_of(ctx).keys)
    for problem in found.problems:
        say(str(problem))
    if as_json:
        click.echo(json.dumps(_objects(found.keys), indent=2, ensure_ascii=False))
    elif as_markdown:
        from workbench.cli.reference import command_tables

        click.echo(command_tables(found.keys), nl=False)
    else:
        click.echo(_text(found.keys), nl=False)
    if found.problems:
        ctx.exit(1)


def _objects(keys: Mapping[str, str]) -> list[dict[str, Any]]:
    from workbench.ui.commands import COMMANDS

    return [
        {
            "id": each.id,
            "title": each.title,
            "help": each.help,
            "keys": [key for key in keys[each.id].split(",") if key],
            "default_keys": [key for key in each.keys.split(",") if key],
            "place": each.place.value,
            "changes": each.changes,
        }
        for each in COMMANDS
    ]


def _text(keys: Mapping[str, str]) -> str:
    from workbench.ui.commands import COMMANDS, Place, commands_of, key_label

    def labels(command_id: str) -> str:
        return " ".join(key_label(key) for key in keys[command_id].split(",") if key)

    key_width = max(len(labels(each.id)) for each in COMMANDS)
    id_width = max(len(each.id) for each in COMMANDS)
    lines = []
    for place in Place:
        if own := commands_of(place):
            lines += ["", "EVERYWHERE" if place is Place.WORKBENCH else f"IN THE {place.value.upper()} PANE"]
            lines += [f"  {labels(each.id):{key_width}}  {each.id:{id_width}}  {each.help}" for each in own]
    return "\n".join(lines[1:]) + "\n"
