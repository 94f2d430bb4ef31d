"""One compute session as a client sees it; source: protocol.md §3 to §7."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from workbench.domain.run import RunRequest
from workbench.wire import files as _files
from workbench.wire.errors import ApiError, ConnectionFailed, NotFound, ProtocolError
from workbench.wire.frames import first_frame, start_options
from workbench.wire.phased_run import PhasedRun
from workbench.wire.polled_run import PolledRun
from workbench.wire.pty import StreamPty
from workbench.wire.record import RunRecord, setup_code
from workbench.wire.run_stream import RunStream
from workbench.wire.stream import StreamExecute
from workbench.wire.transport import ServerInfo, Transport, segment
from workbench.wire.ttyd import APP as TTYD
from workbench.wire.ttyd import Ttyd
from workbench.wire.tunnel import Tunnel

_MODES = frozenset({"query", "batch", "input", "continue", "complete"})
_COMPLETION_SECONDS = 2.0
"""Some releases never answer a completion (protocol.md §4.10)."""


def _mode(mode: str) -> str:
    """The wire's word for a mode; `continued` is what the published documentation says."""
    word = "continue" if mode == "continued" else mode
    if word not in _MODES:
        raise ValueError(f"{mode!r} is not a mode of execution: query, batch, input, continue or complete.")
    return word


class ComputeSession:
    """A session by its name or ID. Methods raise `WireError`s."""

    def __init__(
        self,
        transport: Transport,
        name: str = "",
        *,
        id: str = "",  # noqa: A002 - the wire's own word
        created: bool = False,
        status: str = "",
        service_ports: Sequence[Mapping[str, Any]] = (),
        interpreter: str = "",
    ) -> None:
        if not (name or id):
            raise ValueError("A session has a name or an ID.")
        self._transport = transport
        self.name = name or id
        self.id = id
        """UUID; "" when only the name is known."""
        self.created = created
        """Whether it was made by the call that returned this object."""
        self.status = status
        """As the creating call told; "" when nothing was asked yet."""
        self.service_ports = list(service_ports)
        self.interpreter = interpreter
        """The program that runs the code, where the server says so."""

    def __repr__(self) -> str:
        return f"<ComputeSession {self.name}{f' ({self.id})' if self.id else ''}>"

    def _path(self, *more: str) -> str:
        return "/".join(("/session", segment(self.id or self.name), *more))

    def _stream_path(self, what: str) -> str:
        return f"/stream/session/{segment(self.id or self.name)}/{what}"

    @property
    def where(self) -> str:
        """The address of the server."""
        return self._transport.endpoint.url

    async def server(self) -> ServerInfo:
        """What the server is, asked once; raises `WireError`."""
        return await self._transport.negotiate()

    # code

    async def execute(
        self,
        run_id: str | None = None,
        code: str | None = None,
        mode: str = "query",
        opts: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send code or input, or ask for more of a run; returns within some two seconds, or when the run's turn comes.

        The first call of a run has `run_id` None; the reply's `runId` goes into the next calls. Raises `ValueError`
        for a mode that is none.
        """
        word = _mode(mode)
        run_id = run_id or uuid4().hex
        body = {
            "mode": word,
            "code": code or "",
            "runId": run_id,
            "run_id": run_id,
            "options": start_options(word, dict(opts or {})),
        }
        # never made twice: a second query would be a second run
        reply = (await self._transport.request("POST", self._path(), json=body, timeout=None, retry=False)).object()
        result = reply.get("result", reply)
        if not isinstance(result, dict):
            raise ProtocolError("The server's reply to code is not what the API describes.")
        result["runId"] = result.get("runId") or run_id
        result.setdefault("status", "continued")
        result.setdefault("exitCode", None)
        for key, empty in (("console", []), ("files", []), ("options", {})):
            result[key] = result.get(key) or empty
        return result

    def stream_execute(
        self, code: str = "", *, mode: str = "query", opts: Mapping[str, Any] | None = None
    ) -> StreamExecute:
        """Run code over a WebSocket: `async with` it, `async for` its frames. Raises `ValueError` for a wrong mode."""
        word = _mode(mode)
        first = first_frame(word, code, start_options(word, dict(opts or {})))
        return StreamExecute(self._transport, self._stream_path("execute"), first)

    def run_events(self, request: RunRequest) -> RunStream:
        """Run code over a WebSocket as typed events."""
        return RunStream(self._transport, self._stream_path("execute"), request)

    def polled_run(self, request: RunRequest, run_id: str = "", *, is_recorded: bool = False) -> PolledRun:
        """Run code over HTTP as typed events, under an ID that outlives every connection.

        `is_recorded`: whether the session keeps a record (`keep_record`), so that no break loses output.
        """
        record = RunRecord(self.download_single, request.code) if is_recorded else None
        return PolledRun(self.execute, request, run_id or uuid4().hex, record=record)

    def phased_run(self, request: RunRequest) -> PhasedRun:
        """A batch run in a session that keeps a record, as one run for each step."""
        return PhasedRun(lambda step: self.polled_run(step, is_recorded=True), request)

    async def keep_record(self) -> None:
        """Have a Python session record its runs, and keep HTML from wedging it; waits for its turn."""
        async for _ in self.polled_run(RunRequest(code=setup_code())):
            pass

    async def interrupt(self) -> None:
        """Interrupt what runs; what comes of it shows in the run's own stream."""
        await self._transport.request("POST", self._path("interrupt"))

    async def complete(self, code: str, opts: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Completions as `{"status", "error", "suggestions"}`; `opts` has `row`, `col`, `line` and `post`."""
        body = {"code": code, "options": dict(opts or {})}
        try:
            reply = await self._transport.request(
                "POST", self._path("complete"), json=body, timeout=_COMPLETION_SECONDS
            )
        except ConnectionFailed as error:
            return {"status": "failed", "error": str(error), "suggestions": []}
        return _completion(reply.json())

    # terminal and services

    def stream_pty(self) -> StreamPty:
        """The session's terminal: `async with` it, then `send` bytes and `async for` bytes."""
        return StreamPty(self._transport, self._stream_path("pty"))

    def tunnel(self, app: str) -> Tunnel:
        """A TCP connection to an app of the session: `async with` it, then `send` and `receive` bytes."""
        return Tunnel(self._transport, self._stream_path("tcpproxy"), app)

    def ttyd(self) -> Ttyd:
        """The session's terminal through its ttyd, with the methods of `stream_pty`."""
        return Ttyd(lambda: self.tunnel(TTYD))

    async def apps(self) -> list[dict[str, Any]]:
        """Services that can be reached through the server: `name`, `protocol`, `ports`."""
        reply = (await self._transport.request("GET", self._stream_path("apps"))).json()
        return [app for app in reply if isinstance(app, dict)] if isinstance(reply, list) else []

    # files

    async def upload(
        self,
        files: Sequence[str | Path],
        basedir: str | Path | None = None,
        progress: _files.Progress | None = None,
    ) -> None:
        """Send files into the session's folder; an absolute path keeps only its name unless below `basedir`."""
        await self._upload(_files.named(files, basedir), progress)

    async def upload_bytes(self, name: str, content: bytes, progress: _files.Progress | None = None) -> None:
        """Send one file from memory."""
        await self._upload({name: content}, progress)

    async def _upload(self, found: Mapping[str, Path | bytes], progress: _files.Progress | None) -> None:
        await _files.upload(self._transport, self._path("upload"), found, progress)

    async def download(self, files: Sequence[str], dest: str | Path = ".") -> list[Path]:
        """Fetch files or folders of the session into a local folder; returns what was written."""
        return await _files.download(self._transport, self._path("download"), files, Path(dest))

    async def download_single(self, file: str) -> bytes:
        """The content of one file."""
        return await _files.download_single(self._transport, self._path("download_single"), file)

    async def list_files(self, path: str = ".") -> list[_files.FileEntry]:
        """What is in a folder of the session, folders first."""
        return await _files.list_files(self._transport, self._path("files"), path)

    # life

    async def get_info(self) -> dict[str, Any]:
        """The flat description of a live session."""
        return (await self._transport.request("GET", self._path())).object()

    async def get_logs(self) -> str:
        """The log of the session's container, as far as the server keeps it."""
        reply = (await self._transport.request("GET", self._path("logs"))).object()
        result = reply.get("result")
        logs = result.get("logs") if isinstance(result, dict) else result
        return logs if isinstance(logs, str) else ""

    async def get_status_history(self) -> dict[str, str]:
        """Status name to the time it was reached (ISO 8601); empty where the server keeps none."""
        try:
            reply = (await self._transport.request("GET", self._path("status-history"))).object()
        except NotFound as error:
            if error.problem.type == "url-not-found":
                return {}
            raise
        inner = reply.get("result")
        history = inner if isinstance(inner, dict) else reply
        return {str(status): str(when) for status, when in history.items() if when is not None}

    async def rename(self, name: str) -> None:
        """Give it another name."""
        # releases differ in where they read it (protocol.md §3.6)
        try:
            await self._transport.request("POST", self._path("rename"), params=[("name", name)], json={"name": name})
        except ApiError as error:
            if error.status != 400 or error.problem.type != "invalid-api-params":
                raise
            await self._transport.request("POST", self._path("rename"), json={"name": name})
        self.name = name

    async def destroy(self, *, forced: bool = False, recursive: bool = False) -> dict[str, Any]:
        """Ask for its end; returns the server's last statistics, which newer servers leave out."""
        flags = [(key, "true") for key, on in (("forced", forced), ("recursive", recursive)) if on]
        reply = await self._transport.request("DELETE", self._path(), params=flags)
        document = reply.json()
        stats = document.get("stats") if isinstance(document, dict) else None
        return stats if isinstance(stats, dict) else {}


def _completion(reply: Any) -> dict[str, Any]:
    """Every shape that releases have answered with, as one (protocol.md §4.10)."""
    while isinstance(reply, dict) and isinstance(reply.get("result"), dict | list):
        reply = reply["result"]
    if isinstance(reply, list):
        return {"status": "finished", "error": None, "suggestions": reply}
    found = reply if isinstance(reply, dict) else {}
    suggestions = found.get("suggestions")
    return {
        "status": found.get("status", "finished"),
        "error": found.get("error"),
        "suggestions": suggestions if isinstance(suggestions, list) else [],
    }
