"""The layout comes back as it was, and a damaged file is set aside, never fatal."""

from __future__ import annotations

from pathlib import Path

from workbench.ui.layout import Layout, load_layout, save_layout


def test_a_layout_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "layout.json"
    save_layout(path, Layout(list_width=40, open_session="train", hidden={"output"}))
    again = load_layout(path)
    assert (again.list_width, again.open_session, again.hidden) == (40, "train", {"output"})


def test_a_damaged_layout_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    path.write_text("{ half")
    assert load_layout(path) == Layout()
    assert (tmp_path / "layout.damaged").read_text() == "{ half"


def test_sizes_that_make_no_sense_are_brought_back_in_range(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    save_layout(path, Layout(list_width=9000, weights={"editor": -1.0}, hidden={"editor", "elsewhere"}))
    again = load_layout(path)
    assert again.list_width == 80
    assert min(again.weights.values()) > 0
    assert again.hidden == set()
