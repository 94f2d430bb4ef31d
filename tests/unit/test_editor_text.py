"""The editor's text, view and colours: text comes back as it went in, and what is drawn is what is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.editor import languages
from workbench.ui.editor.document import CodeDocument
from workbench.ui.editor.folding import cell_ranges
from workbench.ui.editor.view import LineView, visible, width_of

TEXT = st.text(st.sampled_from("ab1 \t\n#%'\"()=é日👍\x0c\x1b\u2028"), max_size=60)


@pytest.mark.parametrize(
    ("runtime", "suffix"),
    [
        ("python", ".py"),
        ("Python", ".py"),
        ("cr.backend.ai/stable/python-tensorflow:2.9-py38", ".py"),
        ("r-base", ".R"),
        ("julia-1.11", ".jl"),
        ("octave", ".m"),
        ("nobody-knows", ".txt"),
    ],
)
def test_a_runtime_has_the_suffix_of_its_language(runtime: str, suffix: str) -> None:
    assert languages.of_runtime(runtime).suffixes[0] == suffix


def test_a_file_has_the_language_of_its_suffix() -> None:
    names = ("a.py", "run.sh", "notes.md", "x.jl", "a.r", "none")
    assert [languages.of_file(name).name for name in names] == ["python", "bash", "markdown", "julia", "r", "text"]


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\nb\r\n", "a\x0cb\u2028c\n", "\n\n"])
def test_a_text_comes_back_as_it_went_in(text: str) -> None:
    assert CodeDocument(text).text == text


def _places(text: str) -> st.SearchStrategy[tuple[int, int]]:
    lines = CodeDocument(text).lines
    return st.integers(0, len(lines) - 1).flatmap(lambda row: st.tuples(st.just(row), st.integers(0, len(lines[row]))))


@given(st.data(), TEXT, TEXT)
def test_an_edit_is_the_edit_of_the_text_and_the_widths_follow(data: st.DataObject, text: str, put: str) -> None:
    document = CodeDocument(text)
    start, end = sorted((data.draw(_places(text)), data.draw(_places(text))))
    whole, lines = document.text, document.lines[:]

    def at(place: tuple[int, int]) -> int:
        return sum(len(line) + 1 for line in lines[: place[0]]) + place[1]

    result = document.replace_range(start, end, put)
    assert document.text == whole[: at(start)] + put + whole[at(end) :]
    assert result.replaced_text == whole[at(start) : at(end)]
    assert document.get_size(4).width == max(width_of(line, 4) for line in document.lines)
    assert document.characters == sum(map(len, document.lines))


@given(st.data(), TEXT, TEXT)
def test_colours_after_an_edit_are_those_of_the_text_read_anew(data: st.DataObject, text: str, put: str) -> None:
    python = languages.of_file("a.py")
    document = CodeDocument(text)
    document.colours = languages.new_colours(python)
    fresh = languages.new_colours(python)
    assert document.colours is not None
    assert fresh is not None
    document.colours.line(document.lines, 0)
    start, end = sorted((data.draw(_places(text)), data.draw(_places(text))))
    document.replace_range(start, end, put)
    rows = range(len(document.lines))
    assert [document.colours.line(document.lines, row) for row in rows] == [
        fresh.line(document.lines, row) for row in rows
    ]


def test_colours_of_another_text_are_not_those_of_the_first() -> None:
    python = languages.of_file("a.py")
    colours, fresh = languages.new_colours(python), languages.new_colours(python)
    assert colours is not None
    assert fresh is not None
    assert colours.line(["import os"], 0)
    colours.forget()
    assert colours.line(["name = 1"], 0) == fresh.line(["name = 1"], 0)


@pytest.mark.parametrize("name", [each.name for each in languages.LANGUAGES if each.grammar or each.words])
def test_every_language_colours_something(name: str) -> None:
    language = next(each for each in languages.LANGUAGES if each.name == name)
    colours = languages.new_colours(language)
    assert colours is not None
    words = language.words.split()
    samples = {
        "markdown": "# title",
        "json": '{"a": [1, true]}',
        "toml": "a = 1",
        "yaml": "a: 1",
        "html": "<b>x</b>",
        "css": "a { color: red }",
        "xml": "<a>x</a>",
        "sql": "SELECT 1 FROM a",
        "bash": "if true; then echo 'x'; fi",
        "java": "class A { int x = 1; }",
        "go": "package main",
        "rust": "fn main() { let x = 1; }",
        "javascript": "const x = 'a';",
        "python": "def f(): return 1",
    }
    assert colours.line([samples.get(name) or words[0]], 0)


def test_characters_that_act_on_a_terminal_are_shown_as_pictures() -> None:
    assert visible("a\x1b[31m\u202e") == "a\u241b[31m\ufffd"


@given(TEXT, st.sets(st.integers(0, 20)))
def test_rows_and_lines_agree_under_any_folds(text: str, heads: set[int]) -> None:
    document = CodeDocument(text)
    view = LineView(document, 4, lambda: cell_ranges(document.lines))
    view.fold({head for head in heads if head < document.line_count})
    shown = [view.line_of(row) for row in range(view.height)]
    assert shown == sorted(set(shown))
    assert [view.row_of(line) for line in shown] == list(range(view.height))
    assert all(0 <= view.row_of(line) < view.height for line in range(document.line_count))


def test_a_fold_hides_its_cell_and_opens_where_the_cursor_goes() -> None:
    document = CodeDocument("# %% one\na\nb\n\n# %% two\nc\n")
    view = LineView(document, 4, lambda: cell_ranges(document.lines))
    view.fold({0})
    assert view.hidden_below(0) == 2
    assert [view.line_of(row) for row in range(view.height)] == [0, 3, 4, 5, 6]
    assert view.reveal(2)
    assert view.height == document.line_count
