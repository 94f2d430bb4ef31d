"""Where the session API is, and with which keypair."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct, structs

from workbench.wire.errors import EndpointError

API_VERSION = "v9.20250722"
"""The newest version of the API this client speaks."""

DEFAULT_URL = "https://api.cloud.backend.ai"
"""What the published SDK talks to when it is given only a keypair."""

_YES = frozenset({"y", "yes", "t", "true", "1"})
_NO = frozenset({"n", "no", "f", "false", "0", ""})


class Secret:
    """Text that only `reveal()` shows: its repr, str and format hide it."""

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret = "") -> None:
        self._text: str = text.reveal() if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(hidden)" if self._text else "Secret(empty)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("A secret cannot be pickled.")


class Endpoint(Struct, frozen=True, kw_only=True):
    """A server and the credentials to use there; raises `EndpointError` for an address that cannot be one."""

    url: str
    """`http://` or `https://`, a host, and whatever path the API is mounted under."""
    access_key: str = ""
    """Empty means calls are not signed."""
    secret_key: Secret = Secret()
    """Text is accepted too and wrapped."""
    domain: str = "default"
    project: str = "default"
    verify_tls: bool = True
    api_version: str = API_VERSION
    label: str = ""
    """What a header shows; the host when not given."""
    alternates: tuple[str, ...] = ()
    """More addresses of the same cluster, tried in turn when one cannot be reached."""
    mounts: tuple[str, ...] = ()
    """Virtual folders mounted in every session created."""
    connect_timeout: float = 10.0
    """Seconds."""
    read_timeout: float = 0.0
    """Seconds without a byte before an ordinary call is given up; 0 leaves it to the call."""

    def __post_init__(self) -> None:
        structs.force_setattr(self, "url", _checked_url(self.url))
        structs.force_setattr(self, "alternates", tuple(_checked_url(url) for url in self.alternates))
        structs.force_setattr(self, "secret_key", Secret(self.secret_key))
        if not (self.access_key.isascii() and self.access_key.isprintable() and " " not in self.access_key):
            raise EndpointError("The access key has characters that no access key has.")
        if not (self.domain.isprintable() and self.project.isprintable()):
            raise EndpointError("The domain or project name has control characters.")
        if not self.label:
            structs.force_setattr(self, "label", urlsplit(self.url).netloc)

    @property
    def urls(self) -> tuple[str, ...]:
        """Every address of the cluster, the preferred one first."""
        return (self.url, *self.alternates)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Endpoint | None:
        """The endpoint that `BACKEND_*` (or the older `SORNA_*`) variables name; None when they name none.

        Raises `EndpointError`. Source: protocol.md §1.1.
        """
        get = _Lookup(environ)
        if not get("ENDPOINT") and not get("ACCESS_KEY"):
            return None
        if get("ENDPOINT_TYPE", "api") == "session":
            raise EndpointError("BACKEND_ENDPOINT_TYPE=session (a web server login) is not supported; use a keypair.")
        urls = _words(get("ENDPOINT", DEFAULT_URL))
        if not urls:
            raise EndpointError("BACKEND_ENDPOINT names no address.")
        return cls(
            url=urls[0],
            alternates=urls[1:],
            access_key=get("ACCESS_KEY"),
            secret_key=Secret(get("SECRET_KEY")),
            domain=get("DOMAIN", "default"),
            project=get("GROUP", "default"),
            verify_tls=not get.flag("SKIP_SSLCERT_VALIDATION"),
            mounts=_words(get("VFOLDER_MOUNTS")),
            connect_timeout=get.seconds("CONNECTION_TIMEOUT", 10.0),
            read_timeout=get.seconds("READ_TIMEOUT", 0.0),
        )


class _Lookup:
    """`BACKEND_<KEY>`, else `SORNA_<KEY>`, else the default; surrounding space does not count."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(self, key: str, default: str = "") -> str:
        for name in (f"BACKEND_{key}", f"SORNA_{key}"):
            if value := self._environ.get(name, "").strip():
                return value
        return default

    def flag(self, key: str) -> bool:
        value = self(key).lower()
        if value in _YES:
            return True
        if value in _NO:
            return False
        raise EndpointError(f"BACKEND_{key} is yes or no, not {value!r}.")

    def seconds(self, key: str, default: float) -> float:
        value = self(key)
        try:
            number = float(value) if value else default
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise EndpointError(f"BACKEND_{key} is a number of seconds, not {value!r}.")
        return number


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise EndpointError("The endpoint is not an address; it looks like https://host:port.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        raise EndpointError("The endpoint is not an address; it looks like https://host:port.")
    if parts.username or parts.password:
        raise EndpointError("The endpoint has no user name or password in it; a keypair is given apart.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
