"""`AsyncSession`: the client, in the published SDK's shape."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Self

from msgspec import Struct

from workbench.domain.image import Image
from workbench.domain.offer import Offer
from workbench.domain.session import LIVE_STATUSES, Session, SessionStatus
from workbench.wire import listing, offer
from workbench.wire.compute import ComputeSession
from workbench.wire.create import get_or_create
from workbench.wire.endpoint import Endpoint
from workbench.wire.errors import EndpointError
from workbench.wire.events import EventStream
from workbench.wire.transport import ServerInfo, Transport

NO_ENDPOINT = "No endpoint is set: BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY say where to connect."


class Page(Struct, frozen=True):
    """A part of a list."""

    items: list[Session]
    total_count: int


class ComputeSessions:
    """`session.ComputeSession`: makes, finds and lists sessions; called with a name or ID it is that session."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __call__(self, name_or_id: str) -> ComputeSession:
        """The session of that name or ID; nothing is asked of the server."""
        return ComputeSession(self._transport, name_or_id)

    async def get_or_create(self, image: str, **options: Any) -> ComputeSession:
        """Create a session or attach to the one of that name; see `workbench.wire.create.get_or_create`."""
        return await get_or_create(self._transport, image, **options)

    async def list(self, statuses: Iterable[SessionStatus | str] = LIVE_STATUSES) -> list[Session]:
        """Own sessions, all of them; raises `WireError`."""
        return await listing.list_sessions(self._transport, statuses)

    async def paginated_list(
        self, status: str | Iterable[str] = "RUNNING", *, page_offset: int = 0, page_size: int = 20
    ) -> Page:
        """A page of own sessions; `status` may be several names with commas between them."""
        statuses = status.split(",") if isinstance(status, str) else status
        items, total = await listing.session_page(self._transport, statuses, offset=page_offset, size=page_size)
        return Page(items, total)


class AsyncSession:
    """A client of one server; an async context manager. Without an endpoint it takes the one of `BACKEND_*`.

    Raises `EndpointError` when there is none.
    """

    def __init__(self, endpoint: Endpoint | None = None) -> None:
        found = endpoint or Endpoint.from_env(os.environ)
        if found is None:
            raise EndpointError(NO_ENDPOINT)
        self.transport = Transport(found)
        self.ComputeSession = ComputeSessions(self.transport)

    @property
    def endpoint(self) -> Endpoint:
        """Where it connects."""
        return self.transport.endpoint

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.transport.aclose()

    close = aclose

    async def server(self) -> ServerInfo:
        """What the server is; also checks that it can be reached. Raises `WireError`."""
        return await self.transport.negotiate()

    async def check_auth(self) -> None:
        """Check the keypair; raises `AuthError` when it is wrong, and other `WireError`s."""
        await self.transport.request("GET", "/auth/test", params=[("echo", "hello")])

    async def images(self, *, installed_only: bool = False) -> list[Image]:
        """The images that sessions can be made from; raises `WireError`."""
        return await listing.list_images(self.transport, installed_only=installed_only)

    async def offer(self) -> Offer:
        """What a new session can be made of; raises `WireError`."""
        return await offer.get_offer(self.transport)

    def events(self) -> EventStream:
        """What happens to sessions from now on."""
        return EventStream(self.transport)
