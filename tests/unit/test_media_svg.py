"""SVG previews: drawn through resvg, read with suspicion."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.unit.media_samples import SVG, data_uri, encoded, png_uri, quarters, svg
from workbench.media.limits import Budget, CancelledDecodeError, Limits
from workbench.media.picture import Picture, Unshowable
from workbench.media.preview import decode
from workbench.media.svg import _render
from workbench.media.svg_check import CheckedSvg, check_svg

pytestmark = pytest.mark.xdist_group("svg")


def shown(content: str, limits: Limits | None = None) -> Picture:
    preview = decode(SVG, content, limits=limits)
    assert isinstance(preview, Picture), preview
    return preview


def reason(content: str, limits: Limits | None = None) -> str:
    preview = decode(SVG, content, limits=limits)
    assert isinstance(preview, Unshowable), preview
    return preview.reason


def test_shapes_and_transparency_are_drawn() -> None:
    picture = shown(svg('<rect width="50" height="50" fill="#00ff00"/>'))
    assert (picture.width, picture.height) == (100, 50)
    assert picture.image.size == (512, 256)
    assert picture.rgba().getpixel((100, 128)) == (0, 255, 0, 255)
    assert picture.rgba().getpixel((400, 128)) == (0, 0, 0, 0)


def test_sizes_in_points_and_from_the_view_box_are_understood() -> None:
    assert shown(svg("<g/>", 'width="72pt" height="36pt"')).width == 96
    assert shown(svg("<g/>", 'viewBox="0 0 300 150"')).height == 150


def test_text_is_drawn_where_there_are_fonts() -> None:
    picture = shown(svg('<rect width="100" height="50" fill="#fff"/><text x="5" y="40" font-size="40">Mm</text>'))
    assert picture.width == 100


@pytest.mark.parametrize("scheme", ["{path}", "file://{path}", "{name}", "http://127.0.0.1:1/{name}", "//host/{name}"])
@pytest.mark.parametrize("element", ['<image width="100" height="50" {key}="{url}"/>', '<use {key}="{url}#a"/>'])
@pytest.mark.parametrize("key", ["href", "xlink:href"])
def test_files_and_addresses_are_refused_by_name(tmp_path: Path, scheme: str, element: str, key: str) -> None:
    quarters(100, 50).save(tmp_path / "red.png")
    url = scheme.format(path=tmp_path / "red.png", name="red.png")
    text = reason(svg(element.format(key=key, url=url)))
    assert "outside itself" in text
    assert "red.png" in text or len(url) > 60


def test_a_local_picture_never_appears_even_when_the_check_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (100, 50), (255, 0, 0)).save(path)
    unchecked = CheckedSvg(svg(f'<image width="100" height="50" href="{path}"/>'), 100, 50, has_text=False)
    png = _render(unchecked, (100, 50), Limits(), Budget(5))
    preview = decode("image/png", data_uri("image/png", png))
    assert isinstance(preview, Picture)
    assert preview.rgba().getchannel("A").getextrema() == (0, 0), "nothing is drawn"


@pytest.mark.parametrize(
    "disguise",
    [
        '<!DOCTYPE svg [<!ENTITY f "{path}">]>' + svg('<image width="9" height="9" href="&f;"/>'),
        '<!DOCTYPE svg [<!ENTITY f SYSTEM "{path}">]>' + svg("<text>&f;</text>"),
        svg('<image width="9" height="9" href="&#47;{path}"/>'),
        svg('<image width="9" height="9" href=" \n{path}"/>'),
        svg('<feImage href="{path}"/>'),
        svg('<i:image xmlns:i="http://www.w3.org/2000/svg" href="{path}"/>'),
    ],
)
def test_no_disguise_gets_a_file_read(tmp_path: Path, disguise: str) -> None:
    path = tmp_path / "red.png"
    quarters(9, 9).save(path)
    assert "outside itself" in reason(disguise.replace("{path}", str(path)))


def test_an_svg_inside_a_data_uri_is_checked_too() -> None:
    inner = svg('<image width="9" height="9" href="/etc/hostname.png"/>')
    outer = svg(f'<image width="9" height="9" href="{data_uri("image/svg+xml", inner.encode())}"/>')
    assert "/etc/hostname.png" in reason(outer)


def test_an_embedded_picture_is_drawn_and_links_are_left_alone() -> None:
    image = f'<image width="100" height="50" href="{png_uri(Image.new("RGB", (10, 5), (255, 0, 0)))}"/>'
    picture = shown(svg(f'<a href="https://example.org/">{image}</a>'))
    assert picture.rgba().getpixel((250, 120)) == (255, 0, 0, 255)


def test_the_renderer_gets_neither_document_type_nor_comments() -> None:
    source = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY w "100">]>' + svg('<!-- x --><g id="&w;"/>')
    assert check_svg(source, Limits(), Budget(5)).text == svg('<g id="100"></g>')


LAUGHS = "<!DOCTYPE svg [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
)
USES = "".join(f'<g id="a{i + 1}">{f"""<use href="#a{i}"/>""" * 10}</g>' for i in range(9))
BOMBS = {
    "billion laughs": (LAUGHS + "]>" + svg("<text>&j;</text>"), "expand without end"),
    "one long entity": (
        f"<!DOCTYPE svg [<!ENTITY a '{'x' * 4000}'>]>" + svg("<text>" + "&a;" * 100_000 + "</text>"),
        "expand",
    ),
    "deep nesting": (svg("<g>" * 100_000 + "</g>" * 100_000), "200 deep"),
    "no end": (svg("")[:-6], "well-formed"),
    "not xml": ("hello", "well-formed"),
    "not svg": ("<html/>", "root element is <html>"),
    "use of use": (svg(f'<defs><g id="a0"><rect width="1" height="1"/></g>{USES}</defs><use href="#a9"/>'), "SVG"),
    "giant filters": (
        svg(
            '<filter id="f" x="-1000" y="-1000" width="100000" height="100000">'
            + '<feGaussianBlur stdDeviation="5000"/>' * 200
            + '</filter><rect filter="url(#f)" width="1000" height="1000"/>',
            'width="1000" height="1000"',
        ),
        "",
    ),
    "endless octaves": (
        svg(
            '<filter id="f"><feTurbulence numOctaves="100000000"/></filter>'
            '<rect filter="url(#f)" width="9" height="9"/>'
        ),
        "",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_one_line_within_its_time(name: str) -> None:
    content, words = BOMBS[name]
    began = time.perf_counter()
    text = reason(content, Limits(svg_seconds=1.0))
    assert time.perf_counter() - began < 4
    assert words in text
    assert "\n" not in text
    assert len(text) < 200


@pytest.mark.parametrize("size", ['width="1e9" height="1e9"', 'width="1e30" height="1"', 'viewBox="0 0 1e9 1e9"'])
def test_a_huge_size_is_drawn_small_or_refused(size: str) -> None:
    preview = decode(SVG, svg('<rect width="5" height="5"/>', size))
    if isinstance(preview, Picture):
        assert preview.image.width * preview.image.height <= Limits().kept_pixels


def test_a_drawing_that_nobody_waits_for_is_killed() -> None:
    gone = threading.Event()
    content, _ = BOMBS["endless octaves"]
    threading.Timer(0.3, gone.set).start()
    began = time.perf_counter()
    with pytest.raises(CancelledDecodeError):
        decode(SVG, content, limits=Limits(svg_seconds=60, seconds=60), cancelled=gone.is_set)
    assert time.perf_counter() - began < 5


def test_a_damaged_data_uri_inside_is_refused() -> None:
    assert "base64" in reason(svg('<image href="data:image/svg+xml;base64,A"/>'))


def test_a_raster_bomb_inside_an_svg_stays_within_its_limits() -> None:
    picture = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    preview = decode(SVG, svg(f'<image width="100" height="50" href="{data_uri("image/png", picture)}"/>'))
    assert isinstance(preview, Picture | Unshowable)
