"""The command `backend-tui`: the workbench, and its headless twin.

Every subcommand is imported when it is used: `--version` and `--help` need none of them, and the first frame of the
workbench waits for none of them.
"""

from __future__ import annotations

import importlib

import click

from workbench import __version__

COMMANDS = {
    "run": ("workbench.cli.run:run", "Run code in a session, here in the shell."),
    "ls": ("workbench.cli.ls:ls", "List live sessions."),
    "rm": ("workbench.cli.rm:rm", "Destroy sessions."),
    "logs": ("workbench.cli.logs:logs", "Print the log of a session."),
    "local": ("workbench.cli.local:local", "Start, stop or look at the embedded server."),
}
"""Subcommand to where it is and the line that `--help` shows of it."""


class LazyGroup(click.Group):
    """A group that knows its subcommands' names and summaries without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table into the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.option("--read-only", is_flag=True, help="Change nothing on the server.")
@click.option("--theme", default="", metavar="NAME", help="Colour theme, for this time.")
@click.pass_context
def cli(ctx: click.Context, read_only: bool, theme: str) -> None:  # noqa: FBT001
    """The terminal workbench for live compute sessions.

    Without a command it opens the workbench: on the endpoint that BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and
    BACKEND_SECRET_KEY name, else on the embedded server of this machine.
    """
    if ctx.invoked_subcommand is None:
        from workbench.cli.app import open_app

        open_app(read_only=read_only, theme=theme)


def main() -> None:
    """Open the workbench, or run a headless command."""
    cli(prog_name="backend-tui")
