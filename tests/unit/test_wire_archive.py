"""Nothing in an archive gets out of its folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from workbench.wire.archive import extract
from workbench.wire.errors import UnsafeArchive


def member(name: str, content: bytes = b"x", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    if info.type in {tarfile.REGTYPE, tarfile.AREGTYPE}:
        info.size = len(content)
    return info, content


def link(name: str, goal: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, b"", type=kind, linkname=goal)


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    stream.seek(0)
    return stream


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_files_folders_and_inner_links_come_out(tmp_path: Path) -> None:
    target = tmp_path / "out"
    written = extract(
        archive(
            member("sub", type=tarfile.DIRTYPE),
            member("sub/a.txt", b"alpha"),
            member("deep/er/한글 b.txt", b"beta", mode=0o4755),
            link("deep/er/up", "../../sub/a.txt"),
            link("copy.txt", "sub/a.txt", tarfile.LNKTYPE),
        ),
        target,
    )
    assert (target / "sub/a.txt").read_bytes() == b"alpha"
    assert (target / "deep/er/up").read_bytes() == b"alpha"
    assert (target / "copy.txt").read_bytes() == b"alpha"
    assert (target / "deep/er/한글 b.txt").stat().st_mode & 0o7777 & ~0o022 == 0o755
    assert {path.relative_to(target.resolve()).as_posix() for path in written} == {
        "sub/a.txt",
        "deep/er/한글 b.txt",
        "deep/er/up",
        "copy.txt",
    }


@pytest.mark.parametrize(
    "members",
    [
        [member("/etc/evil")],
        [member("../evil")],
        [member("a/../../evil")],
        [link("evil", "/etc/passwd")],
        [link("evil", "../outside")],
        [link("a/evil", "../../outside")],
        [link("here", "."), link("evil", "a/here/../..")],
        [link("evil", "../out/../..")],
        [link("dir", "sub"), link("dir/evil", "x")],
        [link("copy", "/etc/passwd", tarfile.LNKTYPE)],
        [member("pipe", type=tarfile.FIFOTYPE)],
        [member("dev", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
        [member("block", type=tarfile.BLKTYPE)],
    ],
    ids=lambda members: members[-1][0].name,
)
def test_a_member_that_would_escape_is_refused(tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    (tmp_path / "outside").write_text("mine")
    with pytest.raises(UnsafeArchive):
        extract(archive(*members), tmp_path / "out")
    assert {name for name in everything(tmp_path) if not name.startswith("out/")} == {"outside", "out"}
    assert (tmp_path / "outside").read_text() == "mine"


def test_a_file_is_not_written_through_a_link_of_an_earlier_download(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "out"
    target.mkdir()
    (target / "sub").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "precious").write_text("mine")
    (target / "file").symlink_to(tmp_path / "precious")
    extract(archive(member("file", b"new")), target)
    assert (tmp_path / "precious").read_text() == "mine"
    assert (target / "file").read_bytes() == b"new"
    with pytest.raises(UnsafeArchive):
        extract(archive(member("sub/evil")), target)
    assert everything(tmp_path / "elsewhere") == set()


@pytest.mark.parametrize("content", [b"", b"not a tar archive", b"\x1f\x8b" + b"z" * 600])
def test_what_is_no_archive_is_told_so(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnsafeArchive, match="damaged archive"):
        extract(io.BytesIO(content), tmp_path)


def test_a_truncated_archive_is_told_so(tmp_path: Path) -> None:
    whole = archive(member("big", b"x" * 100_000)).getvalue()
    with pytest.raises(UnsafeArchive):
        extract(io.BytesIO(whole[:50_000]), tmp_path)
