"""What a server offers to a new session."""

from __future__ import annotations

from math import inf

from workbench.domain.offer import amount_of, slots_text
from workbench.wire.offer import least


def test_what_is_left_is_the_least_of_all_limits() -> None:
    keypair = {"cpu": "Infinity", "mem": "1024", "cuda.shares": "NaN"}
    project = {"cpu": "4", "mem": "2048"}
    assert least([keypair, project]) == {"cpu": "4", "mem": "1024"}


def test_amounts_are_read_as_a_person_reads_them() -> None:
    assert slots_text({"cpu": "2", "mem": "4294967296", "cuda.shares": "0.5"}) == "cpu 2, mem 4 GiB, cuda.shares 0.5"
    assert amount_of("nonsense") == amount_of("Infinity") == inf
