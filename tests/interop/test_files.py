"""Files of a session on a real cluster, and its limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.wire.compute import ComputeSession
from workbench.wire.errors import WireError

MIB = 1024 * 1024


async def test_files_go_up_and_come_down_as_they_were(shared: ComputeSession, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "one.txt").write_text("한글 one")
    (tmp_path / "sub" / "two.bin").write_bytes(bytes(range(256)))
    await shared.upload([tmp_path / "one.txt", tmp_path / "sub" / "two.bin"], basedir=tmp_path)
    names = {entry.name for entry in await shared.list_files()}
    assert {"one.txt", "sub"} <= names  # the published client makes a file named sub%2Ftwo.bin here
    back = tmp_path / "back"
    back.mkdir()
    await shared.download(["one.txt", "sub/two.bin"], back)
    assert (back / "one.txt").read_text() == "한글 one"
    assert await shared.download_single("sub/two.bin") == bytes(range(256))


async def test_more_files_than_a_request_takes_are_sent_in_several(shared: ComputeSession, tmp_path: Path) -> None:
    many = [tmp_path / f"many-{number:02}.txt" for number in range(45)]
    for path in many:
        path.write_text(path.name)
    await shared.upload(many)
    there = {entry.name for entry in await shared.list_files()}
    assert {path.name for path in many} <= there


async def test_an_upload_over_the_limit_is_explained(shared: ComputeSession) -> None:
    with pytest.raises(WireError, match=r"(?i)too large|1 MiB"):
        await shared.upload_bytes("large.bin", b"x" * (2 * MIB))
