"""Everything a person's work depends on, over one connection to one server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from workbench.domain.image import short_image
from workbench.domain.names import name_problem
from workbench.domain.session import NewSession, Session, SessionStatus
from workbench.engine.desk import Desk
from workbench.engine.files import Files
from workbench.engine.habits import Habits
from workbench.engine.host import SessionHost
from workbench.engine.link import Link, LinkState
from workbench.engine.prompts import PromptInbox
from workbench.engine.registry import SessionRegistry
from workbench.engine.runs import RunQueue
from workbench.engine.signal import Signal
from workbench.engine.store import RunStore
from workbench.engine.tasks import Tasks, within
from workbench.engine.terminal import TerminalLink
from workbench.wire.errors import ApiError, ConnectionFailed, NotFound, WireError

if TYPE_CHECKING:
    from workbench.domain.image import Image
    from workbench.domain.offer import Offer
    from workbench.wire.api import AsyncSession
    from workbench.wire.compute import ComputeSession
    from workbench.wire.endpoint import Endpoint
    from workbench.wire.events import EventStream

_log = logging.getLogger(__name__)

BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further try to connect."""


class Workbench:
    """The engine as a whole; it opens at once, connects behind, and stays when the connection goes."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Endpoint]] | Endpoint,
        state_dir: Path | None,
        *,
        echo: bool = True,
        backoff: Sequence[float] = BACKOFF,
    ) -> None:
        """`connect` finds the server, anew at every try; without `state_dir` no run is recorded.

        `echo`: whether answers show in the log where they were asked, as a terminal shows them (never passwords).
        """
        self._connect = connect
        self._echo = echo
        self._backoff = backoff
        self._api: AsyncSession | None = None
        self._endpoint: Endpoint | None = None
        self._desks: dict[str, Desk] = {}
        self._tasks = Tasks()
        self._retry = asyncio.Event()
        self._failures = 0
        self._runtimes: dict[str, str] = {}
        """Image reference to what runs its code."""
        self._store = RunStore(state_dir / "runs") if state_dir is not None else None
        self._habits = Habits(state_dir / "silent-terminals.json" if state_dir is not None else None)
        self.registry = SessionRegistry()
        self.prompts = PromptInbox()
        self.link = Link(since=time.time())
        """The connection now; a new object at every change."""
        self.link_changed: Signal[Link] = Signal()
        self.registry.listed.connect(self._listed)
        self.registry.ended.connect(self._session_ended)

    # the connection

    async def open(self) -> None:
        """Begin to connect; returns at once and never raises."""
        if self._store is not None:
            self._store.open()
        self._tasks.start(self._stay_connected(), "connection")

    async def close(self) -> None:
        """Interrupt what runs, let go of every stream, write the records; takes less than two seconds."""
        await self._tasks.close(0.5)
        await asyncio.gather(*(desk.close() for desk in self._desks.values()), return_exceptions=True)
        if self._store is not None:
            await self._store.close()
        await self._let_go()

    def retry_now(self) -> None:
        """Try to connect at once instead of when the countdown ends."""
        self._retry.set()

    async def _stay_connected(self) -> None:
        while True:
            self._retry.clear()
            self._say(replace(self.link, retry_at=None))
            try:
                await self._join()
                assert self._api is not None
                await self.registry.follow(_ApiSource(self._api))
            except (WireError, OSError, ValueError) as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001
                _log.exception("The connection failed in a way it should not")
                reason = str(error) or type(error).__name__
            self.registry.lost()
            wait = self._backoff[min(self._failures, len(self._backoff) - 1)]
            self._failures += 1
            state = LinkState.DOWN if self.registry.listed_at is None else LinkState.STALE
            self._say(replace(self.link, state=state, reason=reason, retry_at=time.time() + wait))
            with contextlib.suppress(TimeoutError):
                await within(self._retry.wait(), wait)

    async def _join(self) -> None:
        """Have a client for the endpoint as it is now; streams of the same endpoint go on."""
        from workbench.wire.api import AsyncSession

        endpoint = await self._connect() if callable(self._connect) else self._connect
        if endpoint != self._endpoint or self._api is None:
            await self._let_go()
            self._api = AsyncSession(endpoint)
            self._endpoint = endpoint
        self._say(replace(self.link, label=endpoint.label, insecure=not endpoint.verify_tls))
        info = await self._api.server()
        self._say(replace(self.link, server=info.manager or info.version))

    async def _let_go(self) -> None:
        api, self._api = self._api, None
        if api is not None:
            with contextlib.suppress(WireError, TimeoutError):
                await within(api.aclose(), 0.5)

    def _listed(self, _took: float) -> None:
        self._failures = 0
        latency = self._api.transport.latency_ms if self._api else None
        self._say(replace(self.link, state=LinkState.LIVE, reason="", retry_at=None, latency_ms=latency))

    def _say(self, link: Link) -> None:
        if link.state is not self.link.state:
            link = replace(link, since=time.time())
        if link != self.link:
            self.link = link
            self.link_changed.emit(link)

    def _need(self) -> AsyncSession:
        if self._api is None:
            where = self.link.label or "the server"
            raise ConnectionFailed(f"Not connected to {where} yet. {self.link.reason}".rstrip())
        return self._api

    def _compute(self, session_id: str) -> ComputeSession:
        return self._need().ComputeSession(session_id)

    # working places

    def desk(self, session_id: str) -> Desk:
        """The working place of a session: always the same one for the same id."""
        if desk := self._desks.get(session_id):
            return desk
        session = self.registry.get(session_id)
        name = session.name if session else session_id
        host = SessionHost(
            session_id, name, self.registry, self._compute, runs_python=self._runs_python, habits=self._habits
        )
        runs = RunQueue(session_id, host, self.prompts, echo=self._echo)
        desk = Desk(self.registry, session_id, runs, TerminalLink(host), Files(host.compute, host.ready))
        self._desks[session_id] = desk
        if self._store is not None:
            self._tasks.start(self._store.attach(runs, name), "recorded runs")
        return desk

    async def _runs_python(self, reference: str) -> bool:
        """Whether code of that image is Python: its label says so, or its name where the server does not list it."""
        if not self._runtimes:
            with contextlib.suppress(ApiError):
                self._runtimes = {image.reference: image.language for image in await self.images()}
        return self._runtimes.get(reference, short_image(reference)).startswith("python")

    @property
    def desks(self) -> Mapping[str, Desk]:
        """The working places that were opened, by session id."""
        return self._desks

    def _session_ended(self, session_id: str) -> None:
        desk = self._desks.get(session_id)
        if desk is not None:
            self._tasks.start(desk.terminal.session_ended(), "terminal of an ended session")
            desk.runs.session_ended()

    # calls; all raise `WireError`

    async def images(self) -> list[Image]:
        """The images a session can be made from."""
        return await self._need().images()

    async def offer(self) -> Offer:
        """What a new session can be made of: images, presets and what the quota leaves, folders, projects."""
        return await self._need().offer()

    async def create(self, new: NewSession) -> Session:
        """Create a session, or attach to the one of that name; it shows in the registry at once."""
        if problem := name_problem(new.name):
            raise WireError(problem)
        made = await self._need().ComputeSession.get_or_create(
            new.image,
            name=new.name,
            resources=new.resources,
            resource_opts={"shmem": new.shared_memory} if new.shared_memory else None,
            environ=new.environ,
            mounts=new.mounts or None,
            group_name=new.project if isinstance(new.project, str) else None,
            enqueue_only=True,
        )
        session = self.registry.get(made.id) or Session(
            id=made.id,
            name=made.name,
            status=SessionStatus(made.status),
            image=new.image,
            created_at=datetime.now(UTC),
            interpreter=made.interpreter,
        )
        self.registry.put(session)
        return session

    async def destroy(self, session_ids: Iterable[str], *, forced: bool = False) -> None:
        """Destroy sessions, all at once; raises the first problem after every one was tried."""
        ids = list(session_ids)
        results = await asyncio.gather(*(self._destroy(each, forced=forced) for each in ids), return_exceptions=True)
        self.registry.hint()
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _destroy(self, session_id: str, *, forced: bool) -> None:
        compute = self._compute(session_id)
        with contextlib.suppress(NotFound):
            await compute.destroy(forced=forced)
        self.registry.mark_terminating(session_id)

    async def rename(self, session_id: str, name: str) -> None:
        """Give a session another name."""
        await self._compute(session_id).rename(name)
        if session := self.registry.get(session_id):
            self.registry.put(replace(session, name=name))

    async def logs(self, session_id: str) -> str:
        """What the session's main program wrote."""
        return await self._compute(session_id).get_logs()

    async def status_history(self, session_id: str) -> Mapping[str, str]:
        """Status name to when it was entered."""
        return await self._compute(session_id).get_status_history()

    async def complete(self, session_id: str, code: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Completions as `{"status", "error", "suggestions"}`; `options` has `row`, `col`, `line` and `post`."""
        return await self._compute(session_id).complete(code, options)


class _ApiSource:
    """The registry's view of a connection."""

    def __init__(self, api: AsyncSession) -> None:
        self._api = api

    async def list_sessions(self) -> Sequence[Session]:
        from workbench.wire.listing import list_sessions

        return await list_sessions(self._api.transport)

    def events(self) -> EventStream:
        return self._api.events()
