"""The server checks the signature that the API documents."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from workbench.local.signature import HASHES, VERSION, parse_date, proof, signature


@pytest.mark.parametrize(
    ("method", "target", "content_type", "expected"),
    [
        ("POST", "/session", "application/json", "40c1351c8fa067563ee4fa8db6c3529208e5fd7cd5dae313d47c392d715f32a0"),
        (
            "GET",
            "/stream/session/mysession-01/execute",
            "application/octet-stream",
            "76d14dba3e9486b704c71ef974151b3b1596a478c8a250ec26d21bc83e2fafe3",
        ),
        (
            "post",
            "/session/mysession-01/download?files=a.txt&files=b%20c.txt",
            "text/plain",
            "cf84b5ad52e428796da988500b02555290bf7a0db1ec47c9ec89299e49a1cde4",
        ),
    ],
)
def test_the_published_vectors_are_reproduced(method: str, target: str, content_type: str, expected: str) -> None:
    assert (
        signature(
            method=method,
            target=target,
            date="2026-08-23T01:23:45.678901+00:00",
            day="20260823",
            host="api.example.com:8081",
            content_type=content_type,
            version=VERSION,
            secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            hash_name="sha256",
        )
        == expected
    )


@pytest.mark.parametrize(
    "text",
    ["2026-08-23T01:23:45.678901+00:00", "2026-08-23T01:23:45Z", "20260823T012345Z", "Sun, 23 Aug 2026 01:23:45 GMT"],
)
def test_every_usual_date_format_is_read(text: str) -> None:
    date = parse_date(text)
    assert date is not None
    assert date.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() == "2026-08-23T01:23:45"


def test_the_day_of_a_date_is_taken_in_its_own_zone() -> None:
    date = parse_date("2026-08-23T01:00:00+09:00")
    assert date is not None
    assert date.strftime("%Y%m%d") == "20260823"
    assert date.utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-99", "\udcff", "9" * 5000])
def test_a_date_that_makes_no_sense_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_hashes_without_a_fixed_length_are_not_offered() -> None:
    assert "sha256" in HASHES
    assert not any(name.startswith("shake") for name in HASHES)


def test_bytes_that_are_no_text_can_be_signed() -> None:
    digest = signature(
        method="GET",
        target="/\udcff",
        date="x",
        day="20260823",
        host="\udcfe",
        content_type="",
        version=VERSION,
        secret="s",
        hash_name="sha512",
    )
    assert len(digest) == 128


def test_the_proof_is_of_one_process_one_question_and_one_secret() -> None:
    assert len({proof("a", "x", 1), proof("b", "x", 1), proof("a", "y", 1), proof("a", "x", 2)}) == 4
