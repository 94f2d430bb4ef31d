"""`backend-tui local`: the embedded server by hand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import TypeVar

import click
from msgspec.structs import replace

from workbench.cli.endpoint import server_settings
from workbench.cli.headless import settings_of
from workbench.local import process
from workbench.local.state import LocalServer, LocalServerError

T = TypeVar("T")


def _seconds(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(name, type=click.FloatRange(0), metavar="SECONDS", help=text)


@click.group()
def local() -> None:
    """Start, stop or look at the embedded server: a session API of this machine, for this user alone."""


@local.command()
@_seconds("--idle-exit", "Stop after this long without a session and a client; 0 is never.")
@_seconds("--network-timeout", "Reclaim a session that nobody has used for this long; 0 is never.")
@_seconds("--session-lifetime", "Reclaim a session this long after it started; 0 is never.")
@click.pass_context
def start(ctx: click.Context, /, **given: float | None) -> None:
    """Start the server, or say that it runs.

    The options are for a server that is started now; one that runs keeps its own. Without them the settings of the
    group `local` count.
    """
    running = _asked(process.status)
    if running is None:
        chosen = {name: value for name, value in given.items() if value is not None}
        settings = server_settings(replace(settings_of(ctx).local, **chosen))
        running = _asked(lambda: process.ensure_running(settings=settings))
        click.echo(f"The embedded server listens on {running.url} (process {running.pid}).")
        return
    click.echo(f"The embedded server runs already, on {running.url} (process {running.pid}).")
    if any(value is not None for value in given.values()):
        raise click.ClickException("It keeps the options it was started with; stop it first to change them.")


@local.command()
def stop() -> None:
    """End the server with all its sessions."""
    was_running = _asked(process.stop)
    click.echo("The embedded server is stopped." if was_running else "The embedded server was not running.")


@local.command()
@click.option("--env", "as_env", is_flag=True, help="Print BACKEND_* exports, with which any client can talk to it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, without the secret key.")
@click.pass_context
def status(ctx: click.Context, *, as_env: bool, as_json: bool) -> None:
    """Say whether the server runs, and where.

    Exits with 0 when it runs, with 3 when it does not.
    """
    server = _asked(process.status)
    if as_json:
        click.echo(json.dumps(_as_json(server)))
    elif server is None:
        click.echo("The embedded server is not running.", err=as_env)
    elif as_env:
        click.echo(_exports(server))
    else:
        click.echo(f"The embedded server listens on {server.url} (process {server.pid}).")
    ctx.exit(0 if server else 3)


def _exports(server: LocalServer) -> str:
    values = {
        "BACKEND_ENDPOINT": server.url,
        "BACKEND_ENDPOINT_TYPE": "api",
        "BACKEND_ACCESS_KEY": server.access_key,
        "BACKEND_SECRET_KEY": server.secret_key,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def _as_json(server: LocalServer | None) -> dict[str, object]:
    if server is None:
        return {"running": False}
    return {"running": True, "url": server.url, "pid": server.pid, "access_key": server.access_key}


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except LocalServerError as error:
        raise click.ClickException(str(error)) from error
