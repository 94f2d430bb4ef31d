"""A client written from the protocol alone, for tests of the embedded server: it can sign wrongly on purpose."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from yarl import URL

from workbench.local.signature import sign_headers

if TYPE_CHECKING:
    from workbench.local.process import LocalServer


T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], patience: float = 30) -> T:
    """What `look` returns once it is true; fails when that takes too long."""
    async with asyncio.timeout(patience):
        while True:
            if seen := await look():
                return seen
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)

    def problem(self, status: int, kind: str = "") -> dict[str, Any]:
        """The problem document, after checking that it is one and has no stack trace."""
        assert self.status == status, (self.status, self.body)
        assert self.content_type == "application/problem+json", self.content_type
        document: dict[str, Any] = self.json
        assert {"type", "title", "error_code", "msg"} <= document.keys()
        assert document["type"].startswith("https://api.backend.ai/probs/")
        assert not kind or document["type"].endswith("/" + kind), document
        assert "Traceback" not in self.body.decode()
        assert 'File \\"' not in self.body.decode()
        return document


class RawClient:
    """Signed calls to one server over one connection pool."""

    def __init__(self, server: LocalServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.host = server.url.removeprefix("http://")

    def signed(
        self, method: str, target: str, content_type: str, *, access: str | None = None, secret: str | None = None
    ) -> dict[str, str]:
        """Headers of a signed call."""
        return sign_headers(
            method=method,
            target=target,
            host=self.host,
            access_key=access or self.server.access_key,
            secret_key=secret or self.server.secret_key,
            content_type=content_type,
        )

    async def call(
        self,
        method: str,
        target: str,
        *,
        body: Any = None,
        data: Any = None,
        content_type: str | None = None,
        headers: dict[str, str | None] | None = None,
        timeout: float = 60,
    ) -> Reply:
        """One call; `body` is sent as JSON, `data` as it is; a header that is None is left out."""
        if body is not None:
            data, content_type = json.dumps(body).encode(), "application/json"
        if isinstance(data, aiohttp.FormData):
            signed_type, sent_type = "multipart/form-data", None
        else:
            signed_type = sent_type = content_type or "text/plain"
        sent: dict[str, str | None] = {**self.signed(method, target, signed_type.partition(";")[0])}
        if sent_type:
            sent["Content-Type"] = sent_type
        sent |= headers or {}
        async with self.http.request(
            method,
            URL(self.server.url + target, encoded=True),
            data=data,
            headers={key: value for key, value in sent.items() if value is not None},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout),
        ) as response:
            return Reply(response.status, response.content_type, await response.read(), dict(response.headers))

    def socket(self, target: str) -> Any:
        """A WebSocket, to be used with `async with`."""
        return self.http.ws_connect(
            URL(self.server.url + target, encoded=True),
            headers=self.signed("GET", target, "application/octet-stream"),
            max_msg_size=0,
        )

    def events(self, target: str = "/events/session") -> Any:
        """The event stream's response, to be used with `async with`."""
        return self.http.get(
            URL(self.server.url + target, encoded=True),
            headers=self.signed("GET", target, "application/octet-stream"),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=60),
        )

    async def create(self, name: str | None = None, **changes: Any) -> dict[str, Any]:
        """A running session; its reply."""
        body = {"name": name or f"test-{uuid.uuid4().hex[:12]}", "image": "python"} | changes
        reply = await self.call("POST", "/session", body=body)
        assert reply.status == 201, reply.body
        created: dict[str, Any] = reply.json
        return created

    async def run(self, ref: str, code: str, *, mode: str = "query", options: Any = None) -> tuple[str, dict[str, Any]]:
        """Run code to its end over HTTP: everything it printed, and the last result."""
        run_id = uuid.uuid4().hex
        printed = ""
        while True:
            reply = await self.call(
                "POST",
                f"/session/{ref}",
                body={"mode": mode, "code": code, "options": options or {}, "run_id": run_id, "runId": run_id},
            )
            assert reply.status == 200, reply.body
            result: dict[str, Any] = reply.json["result"]
            printed += "".join(data for kind, data in result["console"] if kind in {"stdout", "stderr"})
            if result["status"] == "finished":
                return printed, result
            mode, code, options = "continue", "", None

    async def gql(self, query: str, **variables: Any) -> Any:
        """The `data` of a query that must succeed."""
        reply = await self.call("POST", "/admin/gql", body={"query": query, "variables": variables})
        assert reply.status == 200, reply.body
        answer = reply.json
        assert not answer["errors"], answer["errors"]
        return answer["data"]

    async def list(self, fields: str, **scope: Any) -> list[dict[str, Any]]:
        """Items of `compute_session_list`."""
        query = (
            "query($limit:Int!, $offset:Int!, $status:String, $access_key:String, $filter:String, $order:String) {"
            " compute_session_list(limit:$limit, offset:$offset, status:$status, access_key:$access_key,"
            f" filter:$filter, order:$order) {{ items {{ {fields} }} total_count }} }}"
        )
        data = await self.gql(query, **({"limit": 100, "offset": 0} | scope))
        items: list[dict[str, Any]] = data["compute_session_list"]["items"]
        return items
