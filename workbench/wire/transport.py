"""Signed HTTP, WebSocket and event-stream calls to one server; source: protocol.md §2."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from workbench import __version__
from workbench.wire.connection import ApiResponse, told_plainly
from workbench.wire.endpoint import Endpoint
from workbench.wire.errors import ApiError, ConnectionFailed, ProtocolError, Redirected, one_line
from workbench.wire.signing import sign
from workbench.wire.sse import SseEvent, SseOverflow, SseParser

Params = Iterable[tuple[str, str]]
_T = TypeVar("_T")

UNSIGNED_TYPE = "application/octet-stream"
"""What a server takes a call without Content-Type for; such calls are signed with it."""

DEFAULT_READ_TIMEOUT = 60.0
"""Seconds without a byte before an ordinary call is given up."""

SSE_SILENCE = 45.0
"""Seconds; the server sends a comment every 15."""

HEARTBEAT_SECONDS = 30.0
"""Between WebSocket pings; half of it without a sign of life ends the stream."""

HANDSHAKE_SECONDS = 30.0

_RELEASE = re.compile(r"(\d{2})\.(\d{1,2})(?!\d)")
_VERSION = re.compile(r"v(\d+)\.(\d{8})")


class ServerInfo(Struct, frozen=True):
    """What the server says of itself at `GET /`."""

    version: str = ""
    """The newest API version it takes."""
    manager: str = ""
    """The release, such as `26.8.1`; "" where it does not say."""

    @property
    def release(self) -> tuple[int, int] | None:
        """Year and month of a Backend.AI release; None for a server that is something else."""
        found = _RELEASE.match(self.manager)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def frees_dropped_streams(self) -> bool:
        """Whether a session lives on when the stream of a run breaks; no Backend.AI does that (protocol.md §5.6)."""
        return bool(self.manager) and self.release is None

    @property
    def loses_batch_records(self) -> bool:
        """Whether records between two steps of a batch run get lost (protocol.md §4.6)."""
        return self.release is not None and self.release >= (25, 12)


class RateLimit(Struct, frozen=True):
    """The last rate limit headers seen."""

    limit: int
    remaining: int
    window: int
    """Seconds."""


class Reply(Struct, frozen=True):
    """An answer with a status below 300, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body, None when it is empty; raises `ProtocolError`."""
        if not self.body.strip():
            return None
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ProtocolError("The server's reply is not JSON; is the endpoint the API's address?") from None

    def object(self) -> dict[str, Any]:
        """The decoded body, which is an object; raises `ProtocolError`."""
        value = self.json()
        if not isinstance(value, dict):
            raise ProtocolError("The server's reply is not the object that the API describes.")
        return value


def segment(text: str) -> str:
    """A session's name or ID as one segment of a path; raises `ValueError` for what can be none."""
    if text in {"", ".", ".."}:
        raise ValueError(f"{text!r} is not the name or ID of a session.")
    return quote(text, safe="")


def version_key(version: str) -> tuple[int, int] | None:
    """`v9.20250722` as something to compare, None when it is no version."""
    found = _VERSION.fullmatch(version)
    return (int(found[1]), int(found[2])) if found else None


class Transport:
    """One connection pool to one server; an async context manager. All methods raise `WireError`s."""

    def __init__(self, endpoint: Endpoint, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.endpoint = endpoint
        self.server: ServerInfo | None = None
        """None until the first call."""
        self.latency_ms: float | None = None
        """Milliseconds until the answer to the last ordinary call began."""
        self.rate_limit: RateLimit | None = None
        self.sse_silence = SSE_SILENCE
        """Seconds without a byte after which an event stream is dead."""
        self._clock = clock
        self._bases = [URL(url) for url in endpoint.urls]
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False
        self._version = ""
        self._probe = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    def _open(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise ConnectionFailed("The client is closed.")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self.endpoint.verify_tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"backend-tui/{__version__}"},
                response_class=ApiResponse,
                timeout=self._limits(None),
            )
        return self._session

    async def aclose(self) -> None:
        """Close every connection; may be called twice."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def version(self) -> str:
        """The API version that calls are made with."""
        return self._version or self.endpoint.api_version

    async def negotiate(self) -> ServerInfo:
        """What the server is, asked once; settles the API version of every later call."""
        async with self._probe:
            if self.server is None:
                self.server = await self._hello()
                self._version = self._common_version(self.server.version)
            return self.server

    async def _hello(self) -> ServerInfo:
        try:
            document = (await self._send("GET", "/", signed=False, retry=True)).object()
        except Redirected:
            raise
        except (ApiError, ProtocolError):
            return ServerInfo()  # a proxy may keep `/` for itself while the API works
        version, manager = document.get("version"), document.get("manager")
        return ServerInfo(
            version if isinstance(version, str) else "", one_line(manager, 40) if isinstance(manager, str) else ""
        )

    def _common_version(self, theirs: str) -> str:
        ours = self.endpoint.api_version
        their_key, our_key = version_key(theirs), version_key(ours)
        if their_key is None or our_key is None or our_key <= their_key:
            return ours
        if their_key[0] < 5:
            self.server = None
            raise ProtocolError(f"The server speaks {theirs}; this client needs v5 or newer (Backend.AI 20.03).")
        return theirs

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        data: aiohttp.FormData | None = None,
        timeout: float | None = DEFAULT_READ_TIMEOUT,
        retry: bool | None = None,
    ) -> Reply:
        """Make a signed call and read its answer.

        `timeout` is in seconds without a byte, None for ever. A call that broke is made again once when `retry` is
        true; by default that is any GET.
        """
        await self.negotiate()
        again = method == "GET" if retry is None else retry
        return await self._send(method, path, params=params, json=json, data=data, timeout=timeout, retry=again)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        data: aiohttp.FormData | None = None,
        timeout: float | None = DEFAULT_READ_TIMEOUT,
        retry: bool = False,
        signed: bool = True,
    ) -> Reply:
        pairs, tries = list(params), 2 if retry else 1
        while True:
            tries -= 1
            try:
                async with self._call(method, path, pairs, json, data, timeout, signed=signed) as response:
                    return Reply(response.status, response.headers, await response.read())
            except ConnectionFailed as error:
                if not (tries and error.broke):
                    raise

    @contextlib.asynccontextmanager
    async def streamed(
        self, method: str, path: str, *, params: Params = (), json: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A signed call whose answer is read by the caller as it comes."""
        await self.negotiate()
        async with self._call(method, path, list(params), json, None, DEFAULT_READ_TIMEOUT) as response:
            yield response

    @contextlib.asynccontextmanager
    async def _call(  # noqa: PLR0917 - the parts of one call
        self,
        method: str,
        path: str,
        params: list[tuple[str, str]],
        json: Any,
        data: aiohttp.FormData | None,
        timeout: float | None,
        *,
        signed: bool = True,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        body: bytes | aiohttp.FormData | None = data
        content_type, sent_type = "text/plain", True
        if data is not None:
            content_type, sent_type = "multipart/form-data", False
        elif json is not None:
            content_type, body = "application/json", msgspec.json.encode(json)

        async def send(base: URL) -> aiohttp.ClientResponse:
            url = join(base, path, params)
            headers = self._headers(method, url, content_type, signed=signed)
            if sent_type:
                headers["Content-Type"] = content_type
            silence = (self.endpoint.read_timeout or timeout) if timeout else None
            return await self._open().request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=self._limits(silence)
            )

        started = time.perf_counter()
        with self._told_plainly():
            response = await self._reach(send)
            async with response:
                if timeout is not None:
                    self.latency_ms = (time.perf_counter() - started) * 1000
                self._note_rate_limit(response.headers)
                await _refuse(response)
                yield response

    async def ws(
        self, path: str, *, params: Params = (), decode_text: bool = True
    ) -> aiohttp.ClientWebSocketResponse[Any]:
        """Open a WebSocket; the caller ends it with `close_promptly`. No message is too large for it."""
        await self.negotiate()
        pairs = list(params)

        async def send(base: URL) -> aiohttp.ClientWebSocketResponse[Any]:
            url = join(base, path, pairs)
            headers = self._headers("GET", url, UNSIGNED_TYPE)
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                return await self._open().ws_connect(
                    url, headers=headers, heartbeat=HEARTBEAT_SECONDS, max_msg_size=0, decode_text=decode_text
                )

        with self._told_plainly():
            return await self._reach(send)

    @contextlib.asynccontextmanager
    async def sse(self, path: str, *, params: Params = ()) -> AsyncIterator[AsyncIterator[SseEvent]]:
        """Open an event stream, signed anew each time; iterating raises `ConnectionFailed` when it dies or ends."""
        await self.negotiate()
        pairs = list(params)

        async def send(base: URL) -> aiohttp.ClientResponse:
            url = join(base, path, pairs)
            headers = self._headers("GET", url, UNSIGNED_TYPE) | {"Accept": "text/event-stream"}
            return await self._open().get(
                url, headers=headers, allow_redirects=False, timeout=self._limits(self.sse_silence)
            )

        with self._told_plainly():
            response = await self._reach(send)
        try:
            with self._told_plainly():
                await _refuse(response)
            yield self._events(response)
        finally:
            response.close()  # an endless answer is not read to its end

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncIterator[SseEvent]:
        parser = SseParser()
        with self._told_plainly():
            try:
                async for chunk in response.content.iter_any():
                    for event in parser.feed(chunk):
                        yield event
            except SseOverflow:
                raise ProtocolError("The server's event stream is not one.") from None
        raise ConnectionFailed("The server ended the event stream.", broke=True)

    async def _reach(self, send: Callable[[URL], Awaitable[_T]]) -> _T:
        """`send` to the first address that can be reached, which is tried first from then on."""
        for _ in self._bases[1:]:
            try:
                return await send(self._bases[0])
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                self._bases.append(self._bases.pop(0))
        return await send(self._bases[0])

    def _told_plainly(self) -> contextlib.AbstractContextManager[None]:
        return told_plainly(self._bases[0].host_port_subcomponent or "the server")

    def _limits(self, silence: float | None) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=None, connect=self.endpoint.connect_timeout or None, sock_read=silence)

    def _note_rate_limit(self, headers: Mapping[str, str]) -> None:
        with contextlib.suppress(KeyError, ValueError):
            limit, remaining, window = (
                int(headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Window")
            )
            self.rate_limit = RateLimit(limit, remaining, window)

    def _headers(self, method: str, url: URL, content_type: str, *, signed: bool = True) -> dict[str, str]:
        host = url.host_port_subcomponent or ""
        headers = {"Host": host}
        if not signed:
            return headers
        headers["X-BackendAI-Domain"] = self.endpoint.domain
        version = self.version
        if not self.endpoint.access_key:
            return headers | {"X-BackendAI-Version": version}
        return headers | sign(
            method,
            url.raw_path_qs,
            host,
            self._clock(),
            content_type,
            version,
            self.endpoint.access_key,
            self.endpoint.secret_key.reveal(),
        )


async def _refuse(response: aiohttp.ClientResponse) -> None:
    if response.status >= 300:
        assert isinstance(response, ApiResponse)
        raise await response.refusal()


def join(base: URL, path: str, params: list[tuple[str, str]]) -> URL:
    """The address of one call, encoded once, for signing and sending alike; `path` is encoded already."""
    url = URL(str(base).rstrip("/") + path, encoded=True)
    return url.with_query(params) if params else url
