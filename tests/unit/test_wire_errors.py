"""Whatever a server answers becomes one typed error with one clear sentence."""

from __future__ import annotations

import json

import pytest

from workbench.wire.errors import (
    ApiError,
    AuthError,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Problem,
    RateLimited,
    Redirected,
    ServerError,
    StreamError,
    streamed_error,
)


def body(kind: str, title: str, msg: str = "", **more: object) -> bytes:
    return json.dumps({"type": f"https://api.backend.ai/probs/{kind}", "title": title, "msg": msg, **more}).encode()


@pytest.mark.parametrize(
    ("status", "document", "kind", "sentence"),
    [
        (
            401,
            body("auth-failed", "Credential/signature mismatch.", "HMAC signature mismatch"),
            AuthError,
            "The server does not accept the keypair. Credential/signature mismatch. HMAC signature mismatch.",
        ),
        (403, b"", Forbidden, "The keypair may not do this."),
        (
            404,
            body("entity-not-found", "No such session.", "No SessionRow matches the given key"),
            NotFound,
            "No such session. No SessionRow matches the given key.",
        ),
        (404, b"<html>nginx</html>", NotFound, "The server has no such thing."),
        (
            400,
            body("invalid-auth-params", "Date/time sync error"),
            BadRequest,
            "This machine's clock is more than 15 minutes off the server's; calls are refused until it is set.",
        ),
        (
            400,
            body("session-already-exists", "The session already exists.", data={"existingSessionId": "abc"}),
            Conflict,
            "The session already exists.",
        ),
        (409, body("invalid-kernel-status", "Not running."), Conflict, "Not running."),
        (418, b"", BadRequest, "The server answered with HTTP status 418."),
        (
            429,
            b"slow down",
            RateLimited,
            "The server limits how often it is asked; try again in a few minutes.",
        ),
        (
            500,
            b"Traceback (most recent call last): ...",
            ServerError,
            "The server failed on this call (HTTP status 500).",
        ),
        (503, b"", ServerError, "The server is not available just now (HTTP status 503)."),
        (
            500,
            json.dumps({"type": "x/agent", "title": "Failed.", "agent-details": {"title": "Agent timeout"}}).encode(),
            ServerError,
            "Failed. Agent timeout.",
        ),
        (302, b"", Redirected, "The endpoint redirects; set the endpoint to the address of the API itself."),
    ],
)
def test_an_answer_becomes_the_error_and_sentence_that_fit(
    status: int, document: bytes, kind: type[ApiError], sentence: str
) -> None:
    error = ApiError.of(status, document)
    assert type(error) is kind
    assert error.status == status
    assert str(error) == sentence


def test_the_problem_document_is_carried_whole() -> None:
    raw = body(
        "session-already-exists", "Taken", "m", error_code="session_create_conflict", data={"existingSessionId": "u"}
    )
    error = ApiError.of(400, raw)
    assert isinstance(error, Conflict)
    assert error.existing_session_id == "u"
    assert error.problem == Problem(
        type="session-already-exists",
        title="Taken",
        error_code="session_create_conflict",
        msg="m",
        data={"existingSessionId": "u"},
        raw=raw,
    )


@pytest.mark.parametrize(
    "document",
    [b"\xff\xfe", b"[1, 2]", b'"text"', b"null", b'{"type": 3, "title": {"a": 1}, "msg": [1]}', b"[" * 100_000, b"{"],
)
def test_a_body_of_another_shape_is_no_reason_to_fail(document: bytes) -> None:
    error = ApiError.of(500, document)
    assert str(error) == "The server failed on this call (HTTP status 500)."
    assert error.problem.raw == document[:65536]


def test_a_sentence_has_no_control_characters_and_an_end() -> None:
    error = ApiError.of(400, body("x", "\x1b[31mred\x1b[0m\r\n\x07bell\u2028next", "long " * 10_000))
    assert str(error).startswith("red bell next. long long")
    assert len(str(error)) < 900
    assert str(error).isprintable()


def test_a_redirect_says_where_to_but_no_query() -> None:
    error = ApiError.of(307, b"", location="https://login.example.com/?token=abc")
    assert "to https://login.example.com/;" in str(error)
    assert "abc" not in str(error)


def test_an_error_frame_becomes_the_error_it_names() -> None:
    error = streamed_error("BackendError: <SessionNotFound(404): No such session. (Running session x does not exist.)>")
    assert type(error) is NotFound
    assert str(error) == "No such session. (Running session x does not exist.)"
    bad = streamed_error("Invalid API parameters: JSONDecodeError('Expecting value: line 1 column 1 (char 0)')")
    assert type(bad) is BadRequest
    other = streamed_error("something \x1b[2J else")
    assert type(other) is StreamError
    assert str(other) == "The server ended the run: something else."
    assert str(streamed_error("")) == "The server ended the run."
