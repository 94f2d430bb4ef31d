"""The command `backend-tui`: the workbench, and its headless twin.

Every subcommand is imported when it is used: `--version` and `--help` need none of them, and the first frame of the
workbench waits for none of them.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
from click.exceptions import Exit

from workbench import __version__
from workbench.cli.headless import Choices, broken_pipe, say

COMMANDS = {
    "run": ("workbench.cli.run:run", "Run code in a session, here in the shell."),
    "ls": ("workbench.cli.ls:ls", "List live sessions."),
    "rm": ("workbench.cli.rm:rm", "Destroy sessions."),
    "logs": ("workbench.cli.logs:logs", "Print the log of a session."),
    "tunnel": ("workbench.cli.tunnel:tunnel", "Reach an app of a session on a local port."),
    "config": ("workbench.cli.config:config", "Show and change the settings."),
    "commands": ("workbench.cli.commands:commands", "List the commands of the workbench and their keys."),
    "doctor": ("workbench.cli.doctor:doctor", "Check terminal, server, kernels and folders; say how to mend them."),
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand; raises `UsageError` that knows what was nearly written."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line; `--help` writes while it does."""
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError:
            raise Exit(broken_pipe()) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Do it; who reads the output may leave at any time."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise Exit(broken_pipe()) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table into the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.option("--read-only", is_flag=True, help="Change nothing on the server.")
@click.option("--theme", default="", metavar="NAME", help="Colour theme, for this time; --set ui.theme=NAME.")
@click.option("--set", "options", metavar="KEY=VALUE", multiple=True, help="A setting, for this time; see `config`.")
@click.pass_context
def cli(ctx: click.Context, *, read_only: bool, theme: str, options: tuple[str, ...]) -> None:
    """The terminal workbench for live compute sessions.

    Without a command it opens the workbench: on the endpoint that BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and
    BACKEND_SECRET_KEY name, else on the embedded server of this machine.

    Exit codes: 0 done; 1 it could not be done; 2 called in a way that cannot work; 130 left with Ctrl+C;
    141 the reader of the output left. `run` ends with the code of what it ran.
    """
    chosen = _chosen(options, ctx) | ({"ui.theme": theme} if theme else {})
    ctx.obj = Choices(read_only=read_only, settings=chosen)
    if ctx.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise click.UsageError("The workbench needs a terminal; run, ls, rm and logs do not.", ctx)
        from workbench.cli.app import open_app

        open_app(chosen, read_only=read_only)


def _chosen(options: tuple[str, ...], ctx: click.Context) -> dict[str, str]:
    """The settings that `--set` names; raises `UsageError` for one that is none."""
    found = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise click.UsageError(f"--set wants KEY=VALUE, not {option}", ctx)
        found[key.strip()] = value
    if found:
        from workbench.config.settings import entries

        try:
            for key, value in found.items():
                if key not in entries():
                    raise click.UsageError(f"There is no setting {key}; `backend-tui config show` lists them", ctx)
                entries()[key].parse(value)
        except ValueError as error:
            raise click.UsageError(str(error), ctx) from None
    return found


def main() -> None:
    """Open the workbench, or run a headless command; every mistake is one sentence and an exit code."""
    try:
        code = cli(prog_name="backend-tui", standalone_mode=False)
    except click.UsageError as error:
        code = _misused(error)
    except click.ClickException as error:
        say(error.message)
        code = error.exit_code
    except OSError as error:
        say(f"{error.filename or 'The output'}: {error.strerror or error}.")
        code = 1
    except (click.Abort, KeyboardInterrupt):
        say("left.")
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _misused(error: click.UsageError) -> int:
    where = error.ctx.command_path if error.ctx else "backend-tui"
    sentence = error.format_message().replace("?.", "?")
    say(f"{sentence if sentence.endswith(('.', '?')) else sentence + '.'} `{where} --help` says how it is called.")
    return 2
