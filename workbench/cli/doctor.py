"""`backend-tui doctor`: what works here, what does not, and how to mend it."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from workbench import __version__

if TYPE_CHECKING:
    from workbench.cli.checks.finding import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a finding.")
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Check terminal, server, kernels, clipboard, folders and settings, and say how to mend what is wrong.

    Nothing is changed or started. Exits with 0 when nothing is wrong (a note is something that works with less), else
    with 1.
    """
    from workbench.cli.checks.finding import State

    found = examine()
    if as_json:
        objects = [
            {"area": area, **each._asdict(), "state": each.state.value}
            for area, each_of in found.items()
            for each in each_of
        ]
        click.echo(json.dumps(objects, indent=2, ensure_ascii=False))
    else:
        click.echo(report(found, shutil.get_terminal_size().columns))
    ctx.exit(int(any(each.state is State.WRONG for each_of in found.values() for each in each_of)))


def examine() -> dict[str, list[Finding]]:
    """Every finding by its area."""
    from workbench.cli.checks import machine, server, terminal

    return {
        "Terminal": terminal.terminal(os.environ),
        "Server": asyncio.run(server.server()),
        "Kernels": server.kernels(),
        "Clipboard": machine.clipboard(os.environ),
        "Folders": machine.folders(),
        "Settings": machine.settings(),
    }


def report(found: dict[str, list[Finding]], columns: int) -> str:
    """The findings as text, each with its state as a sign and, when it is not well, as a word."""
    from workbench.cli.checks.finding import State

    signs = {State.FINE: "✓", State.LESS: "!", State.WRONG: "✗"}
    lines = [f"backend-tui {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    for area, each_of in found.items():
        lines += ["", area]
        for each in each_of:
            word = "" if each.state is State.FINE else f"{each.state.value}: "
            lines += _folded(f"  {signs[each.state]} {each.subject:<13} ", f"{word}{each.text}", columns)
            if each.mend:
                lines += _folded(f"{'':18} → ", each.mend, columns)
    count = sum(each.state is State.WRONG for each_of in found.values() for each in each_of)
    things = "1 thing is" if count == 1 else f"{count} things are"
    lines += ["", f"{things} wrong." if count else "Nothing is wrong."]
    encoding = sys.stdout.encoding or "ascii"
    return "\n".join(lines).encode(encoding, "replace").decode(encoding)


def _folded(start: str, text: str, columns: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(columns, 60),
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
