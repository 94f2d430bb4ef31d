"""Text previews: HTML, JSON, commit graphs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.unit.media_samples import SVG, data_uri, encoded, quarters, svg
from workbench.media.payload import human_size, suffix
from workbench.media.picture import TextPage
from workbench.media.preview import decode
from workbench.media.save import save_media

FRAME = """<div><style scoped>x { y: z }</style><table border="1" class="dataframe"><thead><tr><th></th><th>name</th>
<th>price</th></tr></thead><tbody><tr><th>0</th><td>apple &amp; pear</td><td>1.50</td></tr>
<tr><th>1</th><td>日本</td><td>1,200.00</td></tr></tbody></table><p>2 rows × 2 columns</p></div>"""


def page(mime: str, content: Any) -> TextPage:
    preview = decode(mime, content)
    assert isinstance(preview, TextPage), preview
    return preview


def test_a_table_is_aligned_text() -> None:
    assert page("text/html", FRAME).lines == (
        "   name             price",
        "─  ────────────  ────────",
        "0  apple & pear      1.50",
        "1  日本          1,200.00",
        "2 rows × 2 columns",
    )


def test_blocks_lists_and_preformatted_text_keep_their_lines() -> None:
    html = "<h1>Title</h1>one <b>two</b><br>three<ul><li>a<li>b</ul><pre>x\n  y\n</pre><img alt='plot of it' src=x>"
    assert page("text/html", html).lines == ("Title", "", "one two", "three", "• a", "• b", "x", "  y", "[plot of it]")


def test_scripts_and_comments_are_no_text() -> None:
    html = "a<script>if (a < b) alert('x')</script><!-- no --> &lt;b&gt; 1 < 2<style>p {}</style>"
    assert page("text/html", html).lines == ("a <b> 1 < 2",)


@pytest.mark.parametrize(
    "part",
    [
        "<a ",
        "<!--",
        "<![CDATA[",
        "</",
        "&",
        "<",
        "<>",
        "</>",
        "<table><tr><td>",
        "<td>",
        "<style>",
        "<pre>",
        "<p a='>'>",
    ],
)
def test_hostile_html_takes_little_time(part: str) -> None:
    began = time.perf_counter()
    page("text/html", part * (1_000_000 // len(part)) + ">")
    assert time.perf_counter() - began < 5


def test_control_sequences_do_not_reach_the_screen() -> None:
    for mime in ("text/html", "text/plain"):
        text = "\n".join(page(mime, "a\x1b[31mred\x9b1m\x07\u202eevil\ttab").lines)
        assert text.isprintable()


def test_json_is_laid_out_and_long_text_is_counted() -> None:
    assert page("application/json", {"a": [1]}).lines[0] == "{"
    long = page("text/plain", "x\n" * 10_000)
    assert len(long.lines) == 500
    assert long.caption == "text/plain 20 KB, 9,500 more lines"


def test_a_commit_graph_is_a_list_of_commits() -> None:
    commits = [
        {
            "oid": "0123456789ab",
            "parent_ids": ["a", "b"],
            "author": "Ada",
            "message": "Merge\n\nmore",
            "branch": "main",
        },
        {"oid": "ab", "parent_ids": [], "author": "", "message": None},
    ]
    assert page("application/vnd.sorna.gitgraph", commits).lines == ("◆ 01234567 (main) Merge - Ada", "● ab")


def test_payloads_are_saved_as_they_came(tmp_path: Path) -> None:
    png = encoded(quarters(4, 4), "PNG")
    save_media(tmp_path / "a.png", "image/png", data_uri("image/png", png))
    assert (tmp_path / "a.png").read_bytes() == png
    save_media(tmp_path / "a.ogg", "audio/ogg", data_uri("audio/ogg", b"sound"))
    assert (tmp_path / "a.ogg").read_bytes() == b"sound"
    source = svg("<g/>")
    save_media(tmp_path / "a.svg", SVG, source)
    assert (tmp_path / "a.svg").read_text() == source
    save_media(tmp_path / "a.json", "application/vnd.sorna.gitgraph", [{"oid": "1"}])
    assert (tmp_path / "a.json").read_text() == '[{"oid":"1"}]'


def test_a_vector_picture_is_saved_as_png_when_the_name_says_so(tmp_path: Path) -> None:
    source = svg("<rect width='100' height='50' fill='#f00'/>")
    save_media(tmp_path / "a.png", SVG, source, decode(SVG, source))
    with Image.open(tmp_path / "a.png") as image:
        assert image.convert("RGB").getpixel((9, 9)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (38_200, "38 KB"), (999_600, "1.0 MB"), (12_300_000, "12 MB"), (2e9, "2.0 GB")],
)
def test_sizes_read_well(size: float, text: str) -> None:
    assert human_size(int(size)) == text


def test_every_type_has_a_file_name_extension() -> None:
    assert [suffix(mime) for mime in ("image/png", "image/jpeg", "audio/ogg", "x/y")] == [
        ".png",
        ".jpg",
        ".ogg",
        ".bin",
    ]
