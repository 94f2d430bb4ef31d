"""No path that a client names leads out of the session's folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.local.files import listing, pack, part_filename, read_file
from workbench.local.paths import inside, plain_name, relative, replace_file
from workbench.local.problems import Problem

ESCAPES = ["/etc/passwd", "../x", "a/../../x", "a/..", "..", "//x", "a\0b", "x" * 300, "a/" * 3000, "\udcff"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "incoming"
    path.write_bytes(b"new")
    return path


def outside_of(root: Path) -> list[str]:
    return sorted(path.name for path in root.parent.iterdir() if path.name not in {"work", "incoming"})


@pytest.mark.parametrize("name", ESCAPES)
def test_a_name_that_leads_out_is_refused(root: Path, source: Path, name: str) -> None:
    with pytest.raises(Problem) as refused:
        replace_file(root, name, source)
    assert refused.value.status == 400
    assert outside_of(root) == []


@pytest.mark.parametrize("name", ["", ".", "a/", "folder"])
def test_a_name_of_no_file_is_refused(root: Path, source: Path, name: str) -> None:
    (root / "folder").mkdir()
    with pytest.raises(Problem) as refused:
        replace_file(root, name, source)
    assert refused.value.status == 400


@pytest.mark.parametrize("name", ["a.txt", "a/b/c.txt", "with space/é😀.txt", "a/./b", "..a", "...", "-rf", "100%"])
def test_an_honest_name_lands_where_it_says(root: Path, source: Path, name: str) -> None:
    replace_file(root, name, source)
    assert (root / name).read_bytes() == b"new"
    assert not source.exists()


def test_a_file_is_overwritten(root: Path, source: Path) -> None:
    (root / "a").write_text("old")
    replace_file(root, "a", source)
    assert (root / "a").read_bytes() == b"new"


def test_a_fifo_in_the_way_is_replaced_and_not_written_to(root: Path, source: Path) -> None:
    os.mkfifo(root / "a")
    replace_file(root, "a", source)
    assert (root / "a").read_bytes() == b"new"


def test_a_file_where_a_folder_is_needed_is_refused(root: Path, source: Path) -> None:
    (root / "a").write_text("x")
    with pytest.raises(Problem) as refused:
        replace_file(root, "a/b", source)
    assert refused.value.status == 400


@pytest.mark.parametrize("name", ["link/x", "link", "up/x"])
def test_links_that_lead_out_are_refused(root: Path, source: Path, tmp_path: Path, name: str) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (root / "link").symlink_to(away)
    (root / "up").symlink_to("..")
    with pytest.raises(Problem) as refused:
        replace_file(root, name, source)
    assert refused.value.status == 400
    assert list(away.iterdir()) == []
    assert outside_of(root) == ["away"]


def test_a_link_to_a_missing_place_outside_is_refused(root: Path, source: Path, tmp_path: Path) -> None:
    (root / "a").symlink_to(tmp_path / "made-by-link")
    with pytest.raises(Problem):
        replace_file(root, "a", source)
    assert outside_of(root) == []


def test_a_link_in_a_circle_is_refused(root: Path, source: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(Problem):
        replace_file(root, "a/x", source)


def test_a_link_within_the_folder_is_followed(root: Path, source: Path) -> None:
    (root / "data").mkdir()
    (root / "link").symlink_to("data")
    replace_file(root, "link/x", source)
    assert (root / "data" / "x").read_bytes() == b"new"


@given(st.text(alphabet="a./\\\0%2F~ é\udcff", max_size=40))
def test_no_text_at_all_leads_out(text: str) -> None:
    folder = Path("/nonexistent-root/work")
    try:
        path = inside(folder, plain_name(text))
    except Problem:
        return
    assert path.is_relative_to(folder)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("sub%2Ftwo.bin", "sub/two.bin"),
        ("two%20words.txt", "two words.txt"),
        ("..%2F..%2Fx", "../../x"),
        ("100%", "100%"),
        ("50% off.txt", "50% off.txt"),
        ("plain.txt", "plain.txt"),
        ("sub/100%25.txt", "sub/100%25.txt"),
    ],
)
def test_names_the_published_sdk_encoded_are_decoded(sent: str, meant: str) -> None:
    assert plain_name(sent) == meant


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="src"; filename="a.txt"', "a.txt"),
        ('form-data; name="src"; filename="/etc/passwd"', "/etc/passwd"),
        ('form-data; filename="a;b.txt"; name="src"', "a;b.txt"),
        ('form-data; filename="a\\"b.txt"', 'a"b.txt'),
        ("form-data; filename=a.txt", "a.txt"),
        ("form-data; filename=\"x\"; filename*=utf-8''d%C3%A9j%C3%A0%2Fvu", "déjà/vu"),
        ('form-data; name="src"', None),
        ("", None),
    ],
)
def test_the_file_name_is_read_as_it_was_sent(disposition: str, name: str | None) -> None:
    assert part_filename(disposition) == name


def test_relative_names_stay_as_they_are() -> None:
    assert str(relative("a/b")) == "a/b"


# -- reading


def test_only_regular_small_files_are_read(root: Path, tmp_path: Path) -> None:
    (root / "a").write_bytes(b"x" * 1024 * 1024)
    assert len(read_file(root, "a")) == 1024 * 1024
    (root / "big").write_bytes(b"x" * (1024 * 1024 + 1))
    os.mkfifo(root / "fifo")
    (tmp_path / "secret").write_text("x")
    (root / "link").symlink_to(tmp_path / "secret")
    for name, status in {"big": 400, "fifo": 400, "link": 400, "../secret": 400, ".": 400, "missing": 404}.items():
        with pytest.raises(Problem) as refused:
            read_file(root, name)
        assert refused.value.status == status, name


def test_a_folder_is_packed_with_links_as_links_and_nothing_special(root: Path) -> None:
    import io
    import tarfile

    (root / "d").mkdir()
    (root / "d" / "a").write_text("hello")
    (root / "d" / "out").symlink_to("/etc/passwd")
    os.mkfifo(root / "d" / "fifo")
    with tarfile.open(fileobj=io.BytesIO(pack(root, "d"))) as archive:
        assert sorted(archive.getnames()) == ["d", "d/a", "d/out"]
        assert archive.getmember("d/out").issym()


def test_an_archive_over_the_limit_is_refused(root: Path) -> None:
    (root / "d").mkdir()
    for number in range(3):
        (root / "d" / str(number)).write_bytes(b"x" * 400_000)
    with pytest.raises(Problem, match="Too large"):
        pack(root, "d")


def test_a_listing_tells_mode_size_and_name(root: Path) -> None:
    (root / "b").write_text("12345")
    (root / "a").mkdir()
    entries, errors = listing(root, ".")
    assert errors == ""
    assert entries is not None
    assert [(entry["filename"], entry["mode"][0]) for entry in entries] == [("a", "d"), ("b", "-")]
    assert entries[1]["size"] == 5
    assert listing(root / "nothing", "nothing") == (None, "nothing: No such file or directory")


def test_a_name_that_is_no_text_is_still_listed(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe")).write_text("")
    entries, _ = listing(root, ".")
    assert entries is not None
    assert entries[0]["filename"] == "\ufffd\ufffd"
