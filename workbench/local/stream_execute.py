"""`GET /stream/session/{ref}/execute`: one run over a WebSocket; source: protocol.md §5."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import ClientConnectionError, WSMsgType, web

from workbench.local.problems import Problem, invalid_mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.local.run import Run
    from workbench.local.runtime import SessionRuntime

_OVER = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
_MODES = ("query", "batch")
_STEPS = ("clean", "build", "exec")

_encode = msgspec.json.Encoder().encode


class _Refused(Exception):  # noqa: N818 - it is an answer
    """A first frame that is no request; the text goes to the client."""


async def handle_stream_execute(request: web.Request, runtime: SessionRuntime) -> web.WebSocketResponse:
    """Run what the first frame asks for and stream its console; a client that leaves abandons its run."""
    limits = runtime.limits
    ws = web.WebSocketResponse(heartbeat=limits.heartbeat, max_msg_size=limits.code_bytes, compress=False)
    await ws.prepare(request)
    try:
        first = await _first(ws, limits.code_bytes)
        run = runtime.queue.submit(*_request_of(first)) if first is not None else None
    except _Refused as refusal:
        await _say(ws, {"status": "error", "msg": str(refusal)})
    except Problem as problem:
        await _say(ws, problem.stream_message())
    else:
        if run is not None:
            await _Stream(ws, runtime, run).serve()
    await ws.close()
    return ws


async def _first(ws: web.WebSocketResponse, most: int) -> Any:
    message = await ws.receive()
    if message.type is WSMsgType.ERROR or (message.type in _OVER and ws.close_code == 1009):
        raise _Refused(f"Invalid API parameters: the first frame is larger than {most} bytes")
    if message.type in _OVER:
        return None
    if message.type is not WSMsgType.TEXT:
        raise _Refused("Invalid API parameters: the first frame must be a text frame")
    try:
        return json.loads(message.data)
    except (ValueError, RecursionError) as error:
        raise _Refused(f"Invalid API parameters: {type(error).__name__}('{error}')") from None


def _request_of(first: Any) -> tuple[str, str, dict[str, Any]]:
    if not isinstance(first, dict):
        raise _Refused("Invalid API parameters: the first frame must be a JSON object")
    mode, code = first.get("mode"), first.get("code", "")
    if mode not in _MODES:
        raise invalid_mode()
    if code is None and mode == "batch":
        code = ""
    if not isinstance(code, str):
        raise _Refused("Invalid API parameters: code must be a string")
    return mode, code, batch_options(first.get("options") or first.get("opts"))


def batch_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The commands of a batch run that make sense; others are as if not given."""
    if not isinstance(options, dict):
        return {}
    return {step: options[step] for step in _STEPS if isinstance(options.get(step), str)}


async def _say(ws: web.WebSocketResponse, message: Mapping[str, Any]) -> None:
    with contextlib.suppress(ConnectionError, ClientConnectionError):
        await ws.send_frame(_encode(message), WSMsgType.TEXT)


class _Stream:
    """One run and the client that watches it."""

    def __init__(self, ws: web.WebSocketResponse, runtime: SessionRuntime, run: Run) -> None:
        self._ws = ws
        self._runtime = runtime
        self._queue = runtime.queue
        self._run = run

    async def serve(self) -> None:
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
            # After the last frame this does nothing; else the client is gone.
            if self._queue.find(self._run.id) is self._run:
                self._queue.abandon(self._run)

    async def _write(self) -> None:
        limits = self._runtime.limits
        with contextlib.suppress(ConnectionError, ClientConnectionError):
            while True:
                await self._run.collect(limits.stream_window, limits.frame_bytes, limits.latency)
                reply = self._run.reply(limits.frame_bytes)
                await self._ws.send_frame(_encode(reply), WSMsgType.TEXT)
                if reply["status"] == "finished":
                    self._queue.fetched(self._run)
                    return
                if reply["status"] == "waiting-input":
                    await self._run.until_answered()

    async def _read(self) -> None:
        while True:
            message = await self._ws.receive()
            if message.type in _OVER:
                return
            if message.type is WSMsgType.TEXT and not self._queue.answer(self._run, message.data):
                await _say(self._ws, {"status": "error", "msg": "Too much input waits for the code to ask for it."})
                return
