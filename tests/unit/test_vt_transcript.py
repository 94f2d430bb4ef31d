"""The text of a run."""

import random
import subprocess
import sys
from time import perf_counter

import pytest

from workbench.vt.cells import row_text
from workbench.vt.transcript import Transcript


def shown(transcript: Transcript) -> list[str]:
    return [row_text(row) for row in transcript.rows(0, transcript.height)]


def test_text_is_what_a_terminal_would_have_shown() -> None:
    transcript = Transcript(20)
    transcript.feed("10%\r50%\r100%\ndone\x08\x08NE\n\x1b[31mred\x1b[0m\n漢字\n\x1b[1Aover\n")
    assert shown(transcript) == ["100%", "doNE", "red", "over"]
    assert transcript.rows(2, 3)[0][0].style.fg == 1


@pytest.mark.parametrize(
    ("text", "height", "lines"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("a\n", 1, 1),
        ("a\n\n", 2, 2),
        ("\n", 1, 1),
        ("a\nb", 2, 2),
        ("x" * 25, 3, 1),
        ("x" * 10, 1, 1),
        ("x" * 10 + "\n", 1, 1),
        ("a\n\x1b[0m", 1, 1),
    ],
)
def test_height_and_lines_are_exact(text: str, height: int, lines: int) -> None:
    transcript = Transcript(10)
    transcript.feed(text)
    assert (transcript.height, transcript.total_lines, transcript.kept_lines) == (height, lines, lines)


def test_a_new_width_reflows_and_loses_nothing() -> None:
    transcript = Transcript(80, 1_000)
    transcript.feed("".join(f"{number:05} " + "x" * 50 + "\n" for number in range(900)))
    assert transcript.height == 900
    transcript.resize(20)
    assert transcript.height == 900 * 3
    transcript.feed("more\n")
    transcript.resize(80)
    assert transcript.height == 901
    assert shown(transcript)[0] == "00000 " + "x" * 50
    assert transcript.dropped_lines == 0


def test_lines_ever_kept_and_dropped_add_up_to_what_came() -> None:
    transcript = Transcript(40, 500)
    for number in range(5_000):
        transcript.feed(f"line {number} " + "y" * (number % 90) + "\n")
    assert transcript.total_lines == 5_000
    assert transcript.height >= 500
    first = int(transcript.text().split()[1])
    assert transcript.dropped_lines == first
    assert transcript.kept_lines == 5_000 - first
    transcript.resize(100)
    assert transcript.dropped_lines == first
    transcript.feed("z\n" * 10_000)
    assert transcript.total_lines == 15_000
    assert transcript.dropped_lines >= 5_000


@pytest.mark.parametrize(
    "attack",
    [
        "\x1b[?1049h",
        "\x1b[2J\x1b[H",
        "\x1b[3J",
        "\x1bc",
        "\x1b[?7l",
        "\x1b[2;3r",
        "\x1b[?3h",
        "\x1b[4h",
        "\x1b(0",
        "\x1b[\n?1049h",
        "\x1b]0;x",
        "\x1b[99999b",
        "\x1b[20l",
    ],
)
def test_no_sequence_takes_the_transcript_over(attack: str) -> None:
    transcript = Transcript(30)
    transcript.feed("before\n" + attack + "\nafter " + "w" * 30 + "\nend\n")
    rows = shown(transcript)
    assert rows[0] == "before"
    assert rows[-1] == "end"
    assert "after " + "w" * 24 in rows
    assert rows[-2] == "w" * 6


def test_rows_are_read_across_windows_and_out_of_range() -> None:
    transcript = Transcript(20)
    transcript.feed("".join(f"{number}\n" for number in range(1_000)))
    assert [row_text(row) for row in transcript.rows(100, 300)] == [str(number) for number in range(100, 300)]
    assert [row_text(row) for row in transcript.rows(995, 2_000)] == ["995", "996", "997", "998", "999"]
    assert transcript.rows(-5, 1) == transcript.rows(0, 1)
    assert transcript.rows(5_000, 6_000) == []


def test_rows_that_are_called_stable_are() -> None:
    transcript = Transcript(20)
    transcript.feed("".join(f"{number}\n" for number in range(200)))
    stable = transcript.stable_rows
    before = transcript.rows(0, stable)
    transcript.feed("\x1b[9999A\x1b[31mgone\x1b[J\nwild\n")
    assert transcript.rows(0, stable) == before


def test_text_between_two_points_joins_wrapped_lines() -> None:
    transcript = Transcript(10)
    transcript.feed("abcdefghijklmno\nsecond\n")
    assert transcript.text_between((2, 0), (3, 2)) == "cdefghijklmno\nsec"
    assert transcript.text_between((0, 0), (0, 1)) == "abcdefghij"
    assert transcript.text_between((0, 0), (0, transcript.height)) == "abcdefghijklmno\nsecond"


def test_find_tells_the_rows() -> None:
    transcript = Transcript(30)
    transcript.feed("".join(f"line {number} Needle\n" for number in range(3_000)))
    assert transcript.find("line 2718 needle") == [2718]
    assert len(transcript.find("needle")) == 3_000
    assert transcript.find("nothing") == []


_FULL = """
import random, sys
from workbench.vt.transcript import Transcript
def rss():
    return int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6
rnd = random.Random(3)
kinds = {
    'log': lambda: f'2026-11-23 step={rnd.randrange(10**6)} loss={rnd.random():.6f} \\x1b[32mok\\x1b[0m ' + 'word ' * 4,
    'dense': lambda: ''.join(chr(33 + rnd.randrange(90)) for _ in range(119)),
    'styles': lambda: ''.join(f'\\x1b[38;2;{rnd.randrange(256)};{rnd.randrange(256)};9mx' for _ in range(119)),
    'blank': lambda: '',
}
make = kinds[sys.argv[1]]
blocks = [('\\n'.join(make() for _ in range(500)) + '\\n').encode() for _ in range(24)]
transcript = Transcript(120, 100_000)
transcript.feed(blocks[0])
before = rss()
for number in range(240):
    transcript.feed(blocks[number % 24])
assert transcript.total_lines == 241 * 500
print(rss() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("kind", ["log", "dense", "styles", "blank"])
def test_a_full_transcript_stays_small(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", _FULL, kind], capture_output=True, text=True, check=True, timeout=100)
    assert float(done.stdout) < 30


def test_two_hundred_thousand_lines_are_taken_in_seconds() -> None:
    data = "".join(f"2026-11-23 {n} INFO module {n % 97} \x1b[32mok\x1b[0m\n" for n in range(200_000)).encode()
    transcript = Transcript(120)
    start = perf_counter()
    for offset in range(0, len(data), 65_536):
        transcript.feed(data[offset : offset + 65_536])
    assert transcript.total_lines == 200_000
    assert transcript.kept_lines >= 100_000
    assert row_text(transcript.rows(transcript.height - 1, transcript.height)[0]).startswith("2026-11-23 199999 INFO")
    assert perf_counter() - start < 20  # half a second on an idle machine


def test_random_cuts_change_nothing() -> None:
    rnd = random.Random(5)
    data = (
        "".join(f"\x1b[3{n % 8}m漢 {n}\x1b[0m\r\x1b[K{n}\n\x1b]8;;http://x/{n}\x07l\x1b]8;;\x07\n" for n in range(300))
    ).encode()
    whole = Transcript(30)
    whole.feed(data)
    cut = Transcript(30)
    offset = 0
    while offset < len(data):
        size = rnd.randrange(1, 40)
        cut.feed(data[offset : offset + size])
        offset += size
    assert cut.rows(0, cut.height) == whole.rows(0, whole.height)
    assert (cut.total_lines, cut.height) == (whole.total_lines, whole.height)
