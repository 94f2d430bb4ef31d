"""Editor buffers on disk: nothing typed is lost, nothing is written outside its folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui import buffers
from workbench.ui.buffers import BufferStore, layout_of, name_problem


@pytest.fixture
def store(tmp_path: Path) -> BufferStore:
    return BufferStore(tmp_path / "buffers" / "local")


def test_text_cursor_order_and_active_tab_come_back(store: BufferStore) -> None:
    store.save("scratch", "b.py", "print(2)\n")
    store.save("scratch", "a.py", "print('日本')\r\n")
    store.save_layout("scratch", layout_of([("b.py", (0, 3)), ("a.py", (1, 0))], "a.py"))
    loaded = BufferStore(store.folder).load("scratch")
    assert [(each.name, each.text, each.cursor) for each in loaded.buffers] == [
        ("b.py", "print(2)\n", (0, 3)),
        ("a.py", "print('日本')\r\n", (1, 0)),
    ]
    assert loaded.active == 1


def test_a_session_without_buffers_loads_as_none(store: BufferStore) -> None:
    assert store.load("nobody").buffers == ()


def test_a_damaged_layout_costs_the_cursors_not_the_text(store: BufferStore) -> None:
    store.save("scratch", "a.py", "x")
    (store.folder / "scratch" / ".layout.json").write_text('{"cursors": 3')
    assert [each.text for each in store.load("scratch").buffers] == ["x"]


def test_a_failed_write_leaves_the_old_text_and_no_debris(store: BufferStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save("scratch", "a.py", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.save("scratch", "a.py", "new")
    assert [path.name for path in (store.folder / "scratch").iterdir()] == ["a.py"]
    assert store.load("scratch").buffers[0].text == "old"


@pytest.mark.parametrize("name", ["..", ".", "../../escape", "/etc/passwd", ".layout.json", "a/b", "nul\0", "日本.py"])
def test_any_name_stays_inside_its_folder_and_comes_back(store: BufferStore, tmp_path: Path, name: str) -> None:
    store.save(name, name, "text")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent.parent for path in written] == [store.folder]
    assert [(each.name, each.text) for each in store.load(name).buffers] == [(name, "text")]


@given(st.text(min_size=1, max_size=30))
def test_no_two_names_share_a_file(name: str) -> None:
    assert unquote(buffers._file(name)) == name
    assert "/" not in buffers._file(name)
    assert not buffers._file(name).startswith(".")


def test_a_file_too_large_for_the_editor_is_named_and_left_alone(
    store: BufferStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save("scratch", "big.py", "x" * 100)
    monkeypatch.setattr(buffers, "MAX_BYTES", 50)
    (big,) = store.load("scratch").buffers
    assert "stays on disk" in big.problem
    assert big.text == ""


def test_a_closed_buffer_comes_back_last_closed_first(store: BufferStore) -> None:
    for name in ("a.py", "b.py"):
        store.save("scratch", name, name)
    store.close("scratch", "b.py")
    store.close("scratch", "a.py")
    assert store.load("scratch").buffers == ()
    reopened = [store.reopen("scratch"), store.reopen("scratch"), store.reopen("scratch")]
    assert [each.text if each else None for each in reopened] == ["a.py", "b.py", None]


def test_a_closed_buffer_never_replaces_an_open_one(store: BufferStore) -> None:
    store.save("scratch", "a.py", "closed")
    store.close("scratch", "a.py")
    store.save("scratch", "a.py", "open")
    assert store.reopen("scratch", taken=["a.py"]) is None
    assert store.load("scratch").buffers[0].text == "open"


def test_closing_what_was_never_saved_is_no_error(store: BufferStore) -> None:
    store.save("scratch", "a.py", "")
    store.close("scratch", "other.py")
    assert [each.name for each in store.load("scratch").buffers] == ["a.py"]


def test_folders_are_private(store: BufferStore) -> None:
    store.save("scratch", "a.py", "")
    assert (store.folder / "scratch").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "ok"), [("a.py", True), ("", False), (" ", False), ("a/b", False), ("old.py", False), ("x" * 300, False)]
)
def test_buffer_names_are_checked(name: str, ok: bool) -> None:
    assert (name_problem(name, ["old.py"]) is None) is ok
