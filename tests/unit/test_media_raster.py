"""Raster previews: every format, every way a file can lie."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from PIL import Image

from tests.unit.media_samples import data_uri, encoded, png_bomb, png_uri, quarters
from workbench.media.headers import read_header
from workbench.media.limits import CancelledDecodeError, Limits
from workbench.media.picture import Picture, Unshowable
from workbench.media.preview import decode

FORMATS = [
    ("PNG", "image/png"),
    ("JPEG", "image/jpeg"),
    ("GIF", "image/gif"),
    ("WEBP", "image/webp"),
    ("BMP", "image/bmp"),
]


def shown(mime: str, content: object, **options: object) -> Picture:
    preview = decode(mime, content, **options)  # type: ignore[arg-type]
    assert isinstance(preview, Picture), preview
    return preview


def refused(mime: str, content: object, **options: object) -> Unshowable:
    preview = decode(mime, content, **options)  # type: ignore[arg-type]
    assert isinstance(preview, Unshowable), preview
    return preview


@pytest.mark.parametrize(("name", "mime"), FORMATS)
def test_each_format_shows_its_colours(name: str, mime: str) -> None:
    picture = shown(mime, data_uri(mime, encoded(quarters(64, 48), name)))
    assert (picture.width, picture.height) == (64, 48)
    corners = [picture.rgba().getpixel(place) for place in ((8, 8), (56, 8), (8, 40), (56, 40))]
    wanted = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    for corner, colour in zip(corners, wanted, strict=True):
        assert isinstance(corner, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(corner, colour, strict=False)), (corner, colour)


@pytest.mark.parametrize(("name", "mime"), FORMATS)
def test_the_header_is_read_without_decoding(name: str, mime: str) -> None:
    assert read_header(encoded(quarters(61, 47), name)) == (name, 61, 47)
    assert read_header(encoded(quarters(61, 47), name)[:9]) is None


@pytest.mark.parametrize(("name", "mime"), FORMATS)
def test_half_a_file_is_refused_with_a_sentence(name: str, mime: str) -> None:
    data = encoded(Image.effect_noise((200, 200), 60).convert("RGB"), name)
    assert (
        "cut short" in (reason := refused(mime, data_uri(mime, data[: len(data) // 2])).reason) or "damaged" in reason
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
def test_every_colour_mode_keeps_black_and_white(mode: str) -> None:
    image = Image.new("L", (8, 8), 0)
    image.paste(255, (4, 0, 8, 8))
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 257).convert("I;16")
    picture = shown("image/png", png_uri(image.convert(mode)))
    assert picture.image.convert("RGB").getpixel((1, 4)) == (0, 0, 0)
    assert picture.image.convert("RGB").getpixel((6, 4)) == (255, 255, 255)


def test_a_declared_size_of_50000_squared_is_refused_at_once_and_costs_no_memory() -> None:
    content = data_uri("image/png", png_bomb(50_000, 50_000))
    decode("image/png", content)
    tracemalloc.start()
    began = time.perf_counter()
    reason = refused("image/png", content).reason
    assert time.perf_counter() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    assert "50,000×50,000" in reason


def test_a_file_that_is_no_picture_says_so() -> None:
    assert refused("image/png", data_uri("image/png", b"hello")).reason == (
        "It is no PNG picture: its first bytes are not those of one."
    )


def test_a_picture_of_another_raster_format_than_declared_is_shown() -> None:
    assert shown("image/png", data_uri("image/png", encoded(quarters(8, 8), "JPEG"))).width == 8


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("data:image/png;base64,iVBOR", "cut short"),
        ("data:image/png;base64,iVBO*w0KGgo", "damaged"),
        ("data:image/png;base64", "no data"),
        ("data:image/png;base64,", "empty"),
    ],
)
def test_damaged_base64_is_refused_with_a_sentence(content: str, reason: str) -> None:
    assert reason in refused("image/png", content).reason


def test_base64_with_line_breaks_and_without_a_prefix_is_read() -> None:
    text = png_uri(quarters(8, 8)).partition(",")[2]
    assert shown("image/png", "\n".join(text[i : i + 60] for i in range(0, len(text), 60)) + "\n").width == 8


def test_only_the_first_of_thousands_of_frames_is_read() -> None:
    frames = [Image.new("P", (60, 40), number % 256) for number in range(2000)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=1)
    began = time.perf_counter()
    assert shown("image/gif", data_uri("image/gif", data)).height == 40
    assert time.perf_counter() - began < 1


def test_a_big_picture_is_kept_small() -> None:
    picture = shown("image/jpeg", data_uri("image/jpeg", encoded(Image.new("RGB", (4000, 3000), (9, 99, 200)), "JPEG")))
    assert (picture.width, picture.height) == (4000, 3000)
    assert picture.image.width * picture.image.height <= Limits().kept_pixels


def test_a_photograph_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = shown("image/jpeg", data_uri("image/jpeg", encoded(quarters(80, 40), "JPEG", exif=exif)))
    assert (picture.width, picture.height) == picture.image.size == (40, 80)


def test_the_caption_has_type_size_and_bytes() -> None:
    picture = shown("image/png", png_uri(quarters(640, 480)))
    assert picture.caption.startswith("image/png 640×480 ")
    assert picture.caption.endswith("KB")


def test_nobody_waiting_stops_the_decoding() -> None:
    with pytest.raises(CancelledDecodeError):
        decode("image/png", png_uri(quarters(8, 8)), cancelled=lambda: True)


def test_what_cannot_be_shown_says_type_and_size() -> None:
    preview = refused("audio/ogg", data_uri("audio/ogg", bytes(120_000)))
    assert preview.caption == "audio/ogg 120 KB"
    assert preview.reason == "Audio cannot be shown here; it can be saved."
