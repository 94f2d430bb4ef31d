"""The yardstick for floods: run code over stream_execute and only read the frames; prints seconds and bytes."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime

import aiohttp

from workbench.wire.endpoint import Endpoint
from workbench.wire.signing import sign


async def drain(endpoint: Endpoint, session: str, code: str) -> tuple[float, int]:
    """Seconds from sending the code to its `finished`, and the bytes of text frames received."""
    path = f"/stream/session/{session}/execute"
    host = endpoint.url.removeprefix("http://").rstrip("/")
    headers = sign(
        "GET",
        path,
        host,
        datetime.now(UTC),
        "application/octet-stream",
        endpoint.api_version,
        endpoint.access_key,
        endpoint.secret_key.reveal(),
    )
    taken = 0
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(endpoint.url + path, headers=headers, max_msg_size=0) as ws,
    ):
        began = time.perf_counter()
        await ws.send_str(json.dumps({"mode": "query", "code": code, "options": {}}))
        async for message in ws:
            taken += len(message.data)
            if '"finished"' in message.data[-200:] or message.data.startswith('{"status":"finished"'):
                break
    return time.perf_counter() - began, taken


def main() -> None:
    """Arguments: session name, code; the endpoint comes from the environment."""
    import os

    endpoint = Endpoint.from_env(os.environ)
    assert endpoint is not None
    seconds, taken = asyncio.run(drain(endpoint, sys.argv[1], sys.argv[2]))
    print(json.dumps({"seconds": seconds, "bytes": taken}))


if __name__ == "__main__":
    main()
