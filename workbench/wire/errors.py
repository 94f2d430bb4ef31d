"""One hierarchy for everything that can go wrong between this client and a server.

`str(error)` is one clear sentence for a person, without control characters and never longer than a few lines.
"""
# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

_LONGEST = 400
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Text from a server as one line that is safe to show."""
    line = " ".join(_UNPRINTABLE.sub(" ", text[: longest * 4]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


class Problem(Struct, frozen=True, kw_only=True):
    """The problem document of a refused call; source: protocol.md §2.5."""

    type: str = ""
    """The last part of the type URI, such as `auth-failed`."""
    title: str = ""
    error_code: str = ""
    """`domain_operation_detail`; only newer servers give it."""
    msg: str = ""
    data: Any = None
    """What the server adds, such as `{"existingSessionId": …}`."""
    raw: bytes = b""
    """The body as it came, at most 64 KiB."""

    @classmethod
    def from_body(cls, body: bytes) -> Problem:
        """Read an error body of any kind: JSON of the right shape, JSON of another, HTML of a proxy, nothing."""
        raw = body[:65536]
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return cls(raw=raw)
        if not isinstance(document, dict):
            return cls(raw=raw)

        def text(key: str, source: dict[str, Any] = document) -> str:
            value = source.get(key)
            return value if isinstance(value, str) else ""

        details = document.get("agent-details")
        agent = text("title", details) if isinstance(details, dict) else ""
        return cls(
            type=text("type").rstrip("/").rsplit("/", 1)[-1],
            title=text("title"),
            error_code=text("error_code"),
            msg=text("msg") or agent,
            data=document.get("data"),
            raw=raw,
        )

    @property
    def sentence(self) -> str:
        """What the server said, "" when it said nothing."""
        title, msg = one_line(self.title), one_line(self.msg)
        if not title or not msg or msg.startswith(title.rstrip(".")):
            return _ended(msg or title)
        return f"{_ended(title)} {_ended(msg)}"


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?…)" else text + "."


class WireError(Exception):
    """The base of every error of this package."""


class EndpointError(WireError, ValueError):
    """The settings do not say where the server is, or say it wrongly."""


class ConnectionFailed(WireError):
    """The server cannot be reached, or the connection broke; the call may or may not have been done."""

    def __init__(self, message: str, *, broke: bool = False) -> None:
        """`broke`: whether there was a connection that was lost, so that trying again makes sense at once."""
        super().__init__(message)
        self.broke = broke


class ProtocolError(WireError):
    """The server answered something that the API does not say."""


class UnsafeArchive(WireError):
    """A download held a file that would have been written outside its folder, or is not a plain file."""


class StreamError(WireError):
    """A run or terminal stream ended in another way than it should."""

    def __init__(self, message: str, *, is_over: bool = False) -> None:
        """`is_over`: whether the server is known not to run the code any more."""
        super().__init__(message)
        self.is_over = is_over


class ApiError(WireError):
    """The server refused the call."""

    def __init__(self, status: int, problem: Problem | None = None) -> None:
        self.status = status
        self.problem = problem or Problem()
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        return self.problem.sentence or f"The server answered with HTTP status {self.status}."

    @staticmethod
    def of(status: int, body: bytes = b"", *, location: str = "") -> ApiError:
        """The error class that fits a status and an error body; `location` is the header of a redirect."""
        return error_of(status, Problem.from_body(body), location=location)


class BadRequest(ApiError):
    """400: parameters, date or version that the server does not take."""

    def _sentence(self) -> str:
        said = super()._sentence()
        if "sync error" in said.lower():
            return "This machine's clock is more than 15 minutes off the server's; calls are refused until it is set."
        return said


class AuthError(ApiError):
    """401: the server does not know the keypair, or the secret key is wrong."""

    def _sentence(self) -> str:
        return f"The server does not accept the keypair. {self.problem.sentence}".rstrip()


class Forbidden(ApiError):
    """403: the keypair may not do this."""

    def _sentence(self) -> str:
        return self.problem.sentence or "The keypair may not do this."


class NotFound(ApiError):
    """404: no such session, image or path."""

    def _sentence(self) -> str:
        return self.problem.sentence or "The server has no such thing."


class Conflict(ApiError):
    """The name is taken (400 session-already-exists), or the session is in no state for it (409)."""

    @property
    def existing_session_id(self) -> str:
        """The session that has the name, "" when the server does not say."""
        data = self.problem.data
        found = data.get("existingSessionId", "") if isinstance(data, dict) else ""
        return found if isinstance(found, str) else ""


class RateLimited(ApiError):
    """429: too many calls in the window."""

    def _sentence(self) -> str:
        return self.problem.sentence or "The server limits how often it is asked; try again in a few minutes."


class Redirected(ApiError):
    """3xx: the API is somewhere else; calls are signed for one address and never follow."""

    def __init__(self, status: int, problem: Problem | None = None, *, location: str = "") -> None:
        self.location = one_line(location.split("?", 1)[0])
        super().__init__(status, problem)

    def _sentence(self) -> str:
        where = f" to {self.location}" if self.location else ""
        return f"The endpoint redirects{where}; set the endpoint to the address of the API itself."


class ServerError(ApiError):
    """5xx: the server, or what stands before it, failed."""

    def _sentence(self) -> str:
        said = self.problem.sentence
        if said:
            return said
        if self.status in {502, 503, 504}:
            return f"The server is not available just now (HTTP status {self.status})."
        return f"The server failed on this call (HTTP status {self.status})."


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: AuthError,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


def error_of(status: int, problem: Problem, *, location: str = "") -> ApiError:
    """The error of the class that fits."""
    if problem.type == "session-already-exists":
        return Conflict(status, problem)
    if 300 <= status < 400:
        return Redirected(status, problem, location=location)
    kind = _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequest if status >= 400 else ApiError)
    return kind(status, problem)


_STREAMED = re.compile(r"<\w+\((\d{3})\): (.*)>\s*$", re.DOTALL)


def streamed_error(msg: str) -> WireError:
    """The error that an `error` frame of a stream means.

    Source: protocol.md §5.3 (`Invalid API parameters: …`, `BackendError: <Name(404): Title (msg)>`).
    """
    if found := _STREAMED.search(msg[:65536]):
        return error_of(int(found[1]), Problem(title=found[2]))
    if msg.startswith("Invalid API parameters"):
        return BadRequest(400, Problem(title=msg))
    said = one_line(msg)
    return StreamError(f"The server ended the run: {_ended(said)}" if said else "The server ended the run.")
