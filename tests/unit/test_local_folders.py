"""Working folders: what is removed, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.local.folders import FolderStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def store(root: Path) -> FolderStore:
    return FolderStore(root, "server-one")


def test_a_removed_session_leaves_nothing(store: FolderStore, root: Path) -> None:
    work = store.create("id-1", "job", keep=False)
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "file").write_text("x")
    store.remove("id-1")
    assert list(root.iterdir()) == []


def test_links_are_removed_and_not_followed(store: FolderStore, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    work = store.create("id-1", "job", keep=False)
    (work / "link").symlink_to(outside)
    store.remove("id-1")
    assert not (root / "id-1").exists()
    assert (outside / "precious").exists()


def test_folders_without_permissions_are_removed_too(store: FolderStore, root: Path) -> None:
    work = store.create("id-1", "job", keep=False)
    (work / "a" / "b").mkdir(parents=True)
    (work / "a" / "b" / "c").write_text("x")
    (work / "a" / "b").chmod(0)
    (work / "a").chmod(0o500)
    store.remove("id-1")
    assert not (root / "id-1").exists()


def test_a_kept_folder_is_out_of_the_servers_reach(store: FolderStore, root: Path) -> None:
    work = store.create("0123456789", "job", keep=False)
    (work / "result").write_text("x")
    kept = store.keep("0123456789", "job")
    assert kept.parent.name == "kept"
    assert (kept / "result").read_text() == "x"
    assert not (root / "0123456789").exists()
    assert store.clean() == []
    assert (kept / "result").exists()


def test_two_kept_folders_of_one_name_do_not_collide(store: FolderStore) -> None:
    kept = set()
    for _ in range(3):
        store.create("01234567-x", "job", keep=False)
        kept.add(store.keep("01234567-x", "job"))
    assert len(kept) == 3


def test_what_a_killed_server_left_is_cleaned_up(store: FolderStore, root: Path) -> None:
    store.create("id-1", "job", keep=False)
    assert FolderStore(root, "server-one").clean() == ["job"]
    assert list(root.iterdir()) == []


def test_cleaning_keeps_what_a_person_asked_to_keep(store: FolderStore, root: Path) -> None:
    work = store.create("id-1", "job", keep=True)
    (work / "result").write_text("x")
    assert store.clean() == []
    assert [path.name for path in (root / "kept").iterdir()] == ["job-id-1"]
    assert (root / "kept" / "job-id-1" / "result").exists()


def test_cleaning_leaves_folders_of_others_alone(store: FolderStore, root: Path) -> None:
    FolderStore(root, "server-two").create("id-2", "job", keep=False)
    (root / "no-marker").mkdir()
    (root / "bad-marker").mkdir()
    (root / "bad-marker" / "session.json").write_text("{")
    (root / "linked-marker").mkdir()
    (root / "linked-marker" / "session.json").symlink_to(root / "id-2" / "session.json")
    assert store.clean() == []
    store.remove("no-marker")
    store.remove("linked-marker")
    assert {path.name for path in root.iterdir()} == {"id-2", "no-marker", "bad-marker", "linked-marker"}


def test_cleaning_before_the_first_session_does_nothing(store: FolderStore) -> None:
    assert store.clean() == []
