"""`backend-tui run`: run code in a session from the shell."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from workbench.cli.headless import Misuse, need_change, run_async, settings_of


@click.command()
@click.argument("file", required=False, metavar="[FILE|-]")
@click.option("--session", "-s", metavar="NAME", help="Run in this session; without it, in a temporary one.")
@click.option("--image", "-i", metavar="IMAGE", help="The image of a new session.  [default: python]")
@click.option(
    "--batch", is_flag=True, help="Run the commands below in a shell of the session; FILE is sent there first."
)
@click.option("--clean", metavar="COMMAND", default="", help="Batch: the first step.")
@click.option("--build", metavar="COMMAND", default="", help="Batch: the second step.")
@click.option("--exec", "exec_", metavar="COMMAND", default="", help="Batch: the last step; its code is the exit code.")
@click.option(
    "--media-dir", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Save pictures here."
)
@click.option(
    "--color",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours: auto takes them out where the output is no terminal or NO_COLOR is set.",
)
@click.option("--keep", is_flag=True, help="Do not destroy the temporary session.")
@click.pass_context
def run(
    ctx: click.Context,
    *,
    file: str | None,
    session: str | None,
    image: str | None,
    batch: bool,
    clean: str,
    build: str,
    exec_: str,
    media_dir: Path | None,
    colour: str,
    keep: bool,
) -> None:
    """Run FILE, or code from stdin (-), and print what it prints, as it comes.

    Code that asks for input asks on the terminal, or reads lines from stdin where that is a pipe. Ctrl+C interrupts
    the code, a second one leaves.

    With --session and --image the session is made when there is none of that name.

    \b
    Exit codes:
      that of the code, of --exec, or of the batch step that failed
      1    an exception, or it could not be run
      2    called in a way that cannot work
      130  interrupted
      141  who read the output left
    """
    need_change(ctx)
    from workbench.domain.run import BatchCommands, Mode, RunRequest

    uploads: dict[str, bytes] = {}
    if batch or clean or build or exec_:
        if not (clean or build or exec_):
            raise click.UsageError("--batch needs --clean, --build or --exec.")
        commands = BatchCommands(clean=clean, build=build, exec=exec_)
        request = RunRequest(mode=Mode.BATCH, batch=commands, source=file or "")
        if file is not None:
            uploads[Path(file).name if file != "-" else "main.py"] = _read(file)
    elif file is None:
        raise click.UsageError("What to run is missing: a FILE, - for stdin, or --exec COMMAND.")
    else:
        request = RunRequest(code=_text(file), source=file)

    from workbench.cli.execution import Execution

    execution = Execution(
        request,
        session=session,
        image=image,
        keep=keep,
        media_dir=media_dir,
        colour=colour,
        uploads=uploads,
        stdin_is_code=file == "-",
        limits=settings_of(ctx).local,
    )
    run_async(execution.run())


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Misuse(f"{file} cannot be read: {error.strerror}.") from None


def _text(file: str) -> str:
    try:
        return _read(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misuse(f"{file} is not UTF-8 text.") from None
