"""Where to connect is read from the environment, and secrets stay where they are."""

from __future__ import annotations

import copy
import pickle
import traceback

import msgspec
import pytest

from workbench.wire.endpoint import DEFAULT_URL, Endpoint, Secret
from workbench.wire.errors import EndpointError, WireError

FULL = {
    "BACKEND_ENDPOINT": "https://api.example.com:8090/base/",
    "BACKEND_ACCESS_KEY": "AKIA",
    "BACKEND_SECRET_KEY": "s3cr3t",
    "BACKEND_DOMAIN": "research",
    "BACKEND_GROUP": "vision",
    "BACKEND_SKIP_SSLCERT_VALIDATION": "yes",
    "BACKEND_VFOLDER_MOUNTS": "data, models ,",
    "BACKEND_CONNECTION_TIMEOUT": "3.5",
    "BACKEND_READ_TIMEOUT": "7",
}


def test_every_variable_is_read() -> None:
    endpoint = Endpoint.from_env(FULL)
    assert endpoint is not None
    assert endpoint.url == "https://api.example.com:8090/base"
    assert endpoint.label == "api.example.com:8090"
    assert (endpoint.access_key, endpoint.secret_key.reveal()) == ("AKIA", "s3cr3t")
    assert (endpoint.domain, endpoint.project, endpoint.verify_tls) == ("research", "vision", False)
    assert endpoint.mounts == ("data", "models")
    assert (endpoint.connect_timeout, endpoint.read_timeout) == (3.5, 7)


def test_the_older_names_are_read_and_the_newer_win() -> None:
    older = {key.replace("BACKEND_", "SORNA_"): value for key, value in FULL.items()}
    assert Endpoint.from_env(older) == Endpoint.from_env(FULL)
    both = Endpoint.from_env(older | {"BACKEND_ACCESS_KEY": "NEW"})
    assert both is not None
    assert both.access_key == "NEW"


def test_defaults_are_those_of_the_published_sdk() -> None:
    endpoint = Endpoint.from_env({"BACKEND_ACCESS_KEY": "AKIA", "BACKEND_SECRET_KEY": "x"})
    assert endpoint is not None
    assert (endpoint.url, endpoint.domain, endpoint.project) == (DEFAULT_URL, "default", "default")
    assert endpoint.verify_tls
    assert endpoint.connect_timeout == 10


def test_an_environment_without_an_endpoint_names_none() -> None:
    assert Endpoint.from_env({"HOME": "/home/x", "BACKEND_ENDPOINT": "  "}) is None


def test_several_addresses_are_one_cluster() -> None:
    endpoint = Endpoint.from_env({"BACKEND_ENDPOINT": "http://a:1, http://b:2"})
    assert endpoint is not None
    assert endpoint.urls == ("http://a:1", "http://b:2")


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("BACKEND_ENDPOINT", "api.example.com", "https://host:port"),
        ("BACKEND_ENDPOINT", "ftp://api.example.com", "https://host:port"),
        ("BACKEND_ENDPOINT", "http://host:99999", "https://host:port"),
        ("BACKEND_ENDPOINT", "http://me:pw@host", "no user name"),
        ("BACKEND_ENDPOINT", ",", "names no address"),
        ("BACKEND_SKIP_SSLCERT_VALIDATION", "maybe", "yes or no, not 'maybe'"),
        ("BACKEND_CONNECTION_TIMEOUT", "soon", "seconds, not 'soon'"),
        ("BACKEND_READ_TIMEOUT", "-1", "seconds, not '-1'"),
        ("BACKEND_READ_TIMEOUT", "nan", "seconds, not 'nan'"),
        ("BACKEND_ENDPOINT_TYPE", "session", "use a keypair"),
        ("BACKEND_ACCESS_KEY", "AK\r\nX-Evil: 1", "access key"),
        ("BACKEND_DOMAIN", "a\nb", "control characters"),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(key: str, value: str, sentence: str) -> None:
    with pytest.raises(EndpointError, match=sentence) as caught:
        Endpoint.from_env(FULL | {key: value})
    assert isinstance(caught.value, WireError)
    assert "pw" not in str(caught.value)


def test_a_secret_shows_nowhere_but_where_it_is_revealed() -> None:
    endpoint = Endpoint(url="http://host", access_key="AKIA", secret_key=Secret("s3cr3t"))
    for shown in (repr(endpoint), str(endpoint), f"{endpoint.secret_key}", f"{endpoint.secret_key!r}"):
        assert "s3cr3t" not in shown
    try:
        raise ValueError(endpoint)
    except ValueError:
        assert "s3cr3t" not in traceback.format_exc()
    with pytest.raises(TypeError):
        pickle.dumps(endpoint.secret_key)
    with pytest.raises(TypeError):
        msgspec.json.encode(endpoint)
    assert copy.replace(endpoint, domain="x").secret_key == Secret("s3cr3t") if hasattr(copy, "replace") else True


def test_a_secret_given_as_text_is_hidden_too() -> None:
    endpoint = Endpoint(url="http://host", secret_key="s3cr3t")  # type: ignore[arg-type]
    assert "s3cr3t" not in repr(endpoint)
    assert endpoint.secret_key.reveal() == "s3cr3t"
