"""The execute, interrupt and complete calls over HTTP; source: protocol.md §4."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from workbench.local.problems import bad_params, invalid_session_data, too_large
from workbench.local.stream_execute import batch_options

if TYPE_CHECKING:
    from workbench.local.run import Run
    from workbench.local.runtime import SessionRuntime

_encode = msgspec.json.Encoder().encode


async def handle_execute(request: web.Request, runtime: SessionRuntime) -> web.Response:
    """Start a run, go on with one, or answer its question; held for at most the HTTP window.

    `continue` on a run that was fetched to its end is answered with `finished` again and an empty console; on a run
    nobody knows, with 500 invalid-session-data. `continued`, as the SDK's own example has it, means `continue`.
    """
    body = await _body(request, runtime.limits.code_bytes)
    mode, code = body.get("mode"), body.get("code") or ""
    run_id = body.get("run_id") or body.get("runId")
    if not isinstance(code, str):
        raise bad_params("code must be a string.")
    if run_id is not None and not (isinstance(run_id, str) and len(run_id) <= 256):
        raise bad_params("The run ID must be a string of at most 256 characters.")
    match mode:
        case "query" | "batch":
            run = runtime.queue.submit(mode, code, batch_options(body.get("options")), run_id)
        case "continue" | "continued" | "input":
            if not run_id:
                raise invalid_session_data("continuation requires explicit run ID")
            found = _known(runtime, run_id)
            if not isinstance(found, dict):
                run = found
            else:
                return _reply({"result": found})
            if mode == "input" and not runtime.queue.answer(run, code):
                raise invalid_session_data("The run takes no more input.")
        case "complete":
            return _reply({"result": {"result": await runtime.complete(code, _options(body))}})
        case _:
            raise invalid_session_data("mode is missing or has an invalid value")
    return await _poll(request, runtime, run)


async def handle_interrupt(request: web.Request, runtime: SessionRuntime) -> web.Response:  # noqa: ARG001
    """204 in any case; with no run active there is nothing to interrupt."""
    await runtime.interrupt()
    return web.Response(status=204)


async def handle_complete(request: web.Request, runtime: SessionRuntime) -> web.Response:
    """What the kernel suggests for the text up to the cursor."""
    body = await _body(request, runtime.limits.code_bytes)
    code = body.get("code") or ""
    if not isinstance(code, str):
        raise bad_params("code must be a string.")
    return _reply({"result": await runtime.complete(code, _options(body))})


def _known(runtime: SessionRuntime, run_id: str) -> Run | dict[str, Any]:
    run = runtime.queue.find(run_id)
    if run is not None:
        return run
    was_there, exit_code = runtime.queue.exit_code(run_id)
    if not was_there:
        raise invalid_session_data(f"There is no run with the run ID {run_id}.")
    return {"status": "finished", "runId": run_id, "exitCode": exit_code, "options": None, "files": [], "console": []}


async def _poll(request: web.Request, runtime: SessionRuntime, run: Run) -> web.Response:
    limits = runtime.limits
    runtime.queue.heard(run)
    await run.collect(limits.http_window, limits.reply_bytes)
    if request.transport is None or request.transport.is_closing():
        # Nobody is there to take the reply: what it would have carried stays for the next poll.
        runtime.queue.expect(run)
        return web.Response(status=204)
    reply = {"runId": run.id, **run.reply(limits.reply_bytes)}
    if reply["status"] == "finished":
        runtime.queue.fetched(run)
    else:
        runtime.queue.expect(run)
    return _reply({"result": reply})


async def _body(request: web.Request, most: int) -> dict[str, Any]:
    try:
        raw = await request.read()
        if len(raw) > most:
            raise too_large(f"The body has more than {most} bytes.")
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise bad_params(f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise bad_params("The body must be a JSON object.")
    return body


def _options(body: dict[str, Any]) -> dict[str, Any]:
    options = body.get("options")
    return options if isinstance(options, dict) else {}


def _reply(document: dict[str, Any]) -> web.Response:
    return web.Response(body=_encode(document), content_type="application/json")
