"""What aiohttp reports, told as this package's errors; upgrades that are refused; sockets that close at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Self

import aiohttp

from workbench.wire.errors import ApiError, ConnectionFailed, ProtocolError, WireError, one_line

_ERROR_BODY = 64 * 1024
_ERROR_BODY_SECONDS = 5.0
CLOSE_SECONDS = 0.5
"""How long a WebSocket waits for the other side's close; stock servers never send it in mid-run (protocol.md §5.6)."""


class ApiResponse(aiohttp.ClientResponse):
    """A response that can say why a call was refused, and never follows or hides a refused upgrade."""

    async def start(self, connection: Any) -> Self:
        """Raise the server's own error when a WebSocket upgrade gets any answer but 101."""
        await super().start(connection)
        if "Upgrade" in self.request_info.headers and self.status != 101:
            raise await self.refusal()
        return self

    async def refusal(self) -> WireError:
        """The error that this answer is."""
        body = b""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(_ERROR_BODY_SECONDS):
                while len(body) < _ERROR_BODY and (chunk := await self.content.read(_ERROR_BODY)):
                    body += chunk
        if self.status < 300:
            return ProtocolError("The server does not open a stream here; is the endpoint the API's address?")
        return ApiError.of(self.status, body, location=self.headers.get("Location", ""))


@contextlib.contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """Turn aiohttp's errors into `WireError`s with a sentence; `where` is the server's address without credentials."""
    try:
        yield
    except WireError:
        raise
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise _told(error, where) from None  # aiohttp's own errors quote the signed headers


def _told(error: Exception, where: str) -> WireError:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return ConnectionFailed(f"The certificate of {where} is not valid: {_certificate(error)}.")
        case aiohttp.ClientConnectorDNSError():
            return ConnectionFailed(f"There is no host of the name in {where}.")
        case aiohttp.ClientConnectorSSLError() | aiohttp.ServerFingerprintMismatch():
            return ConnectionFailed(f"No TLS connection to {where}; does it speak https?")
        case aiohttp.ClientConnectorError():
            return ConnectionFailed(f"Cannot connect to {where}: {_reason(error.os_error)}.")
        case aiohttp.ConnectionTimeoutError():
            return ConnectionFailed(f"Cannot connect to {where}: it does not answer.")
        case TimeoutError():
            return ConnectionFailed(f"No answer from {where} in time.")
        case aiohttp.WSServerHandshakeError():
            return ProtocolError(f"{where} does not complete the opening of a stream.")
        case aiohttp.ClientResponseError():
            return ConnectionFailed(f"What answers at {where} does not speak HTTP.")
        case _:
            return ConnectionFailed(f"The connection to {where} broke.", broke=True)


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "no TLS there"
    if isinstance(error, socket.gaierror) or error.errno is None:
        return one_line(error.strerror or type(error).__name__, 120).rstrip(".")
    return os.strerror(error.errno)


def _certificate(error: aiohttp.ClientConnectorCertificateError) -> str:
    found = error.certificate_error
    return one_line(getattr(found, "verify_message", "") or type(found).__name__, 120).rstrip(".")


async def close_promptly(ws: aiohttp.ClientWebSocketResponse[Any]) -> None:
    """Close a WebSocket within `CLOSE_SECONDS`, whatever the other side does or keeps sending."""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, ConnectionError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await ws.close()
