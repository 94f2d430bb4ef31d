"""A program's terminal."""

from workbench.vt.cells import Row, Style, row_text
from workbench.vt.screen import Screen


def texts(rows: list[tuple[int, Row]]) -> dict[int, str]:
    return {y: row_text(row) for y, row in rows}


def test_only_rows_that_changed_are_given() -> None:
    screen = Screen(20, 5)
    screen.feed(b"one\r\ntwo")
    assert texts(screen.dirty_rows()) == {0: "one", 1: "two", 2: "", 3: "", 4: ""}
    assert screen.dirty_rows() == []
    screen.feed(b" more")
    assert texts(screen.dirty_rows()) == {1: "two more"}
    assert len(screen.dirty_rows(whole=True)) == 5


def test_a_span_carries_colours_attributes_and_links() -> None:
    screen = Screen(40, 3)
    screen.feed(b"\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3;48;5;200;4:3mrgb\x1b[0m\x1b]8;;http://x.org\x07go\x1b]8;;\x07")
    spans = {span.text: span.style for span in screen.row(0)}
    assert spans["red"] == Style(fg=1, bold=True)
    assert spans["rgb"] == Style(fg=(1, 2, 3), bg=200, underline=3)
    assert spans["go"] == Style(link="http://x.org")
    assert screen.link_at(8, 0) == "http://x.org"
    assert screen.link_at(0, 0) is None


def test_an_erased_background_keeps_its_colour() -> None:
    screen = Screen(6, 2)
    screen.feed(b"\x1b[44m\x1b[K\x1b[0m\r\n\x1b[48;2;9;8;7m\x1b[K")
    assert [(span.cells, span.style.bg) for span in screen.row(0)] == [(6, 4)]
    assert [(span.cells, span.style.bg) for span in screen.row(1)] == [(6, (9, 8, 7))]


def test_wide_characters_and_clusters_take_their_columns() -> None:
    screen = Screen(20, 2)
    screen.feed("a漢字e\u0301\U0001f600b".encode())
    assert sum(span.cells for span in screen.row(0)) == 1 + 4 + 1 + 2 + 1
    assert row_text(screen.row(0)) == "a漢字e\u0301\U0001f600b"


def test_what_the_program_asks_is_answered() -> None:
    replies: list[bytes] = []
    screen = Screen(40, 6, on_reply=replies.append)
    screen.set_colors((1, 2, 3), (4, 5, 6), [(7, 7, 7)])
    screen.feed(b"\x1b[6n\x1b[c\x1b]11;?\x1b\\\x1b[18t")
    assert replies[0] == b"\x1b[1;1R"
    assert replies[1].startswith(b"\x1b[?62")
    assert b"rgb:0404/0505/0606" in replies[2]
    assert replies[3] == b"\x1b[8;6;40t"


def test_title_bell_and_clipboard_are_told() -> None:
    told: list[object] = []
    screen = Screen(40, 6, on_title=told.append, on_bell=lambda: told.append("bell"), on_clipboard=told.append)
    screen.feed(b"\x1b]2;hello\x07\x07\x1b]52;c;Y29waWVk\x07")
    assert told == ["hello", "bell", "copied"]


def test_an_error_of_a_callback_reaches_who_fed() -> None:
    def broken(_data: bytes) -> None:
        raise ValueError("no")

    screen = Screen(10, 2, on_reply=broken)
    raised = ""
    try:
        screen.feed(b"\x1b[6n")
    except ValueError as error:
        raised = str(error)
    assert raised == "no"
    screen.feed(b"still works")
    assert screen.text() == "still work\ns"


def test_scrollback_holds_as_many_lines_as_promised_and_stays_put_when_scrolled() -> None:
    screen = Screen(80, 10, scrollback_lines=5_000)
    for number in range(6_000):
        screen.feed(b"line %d\r\n" % number)
    assert screen.viewport[2] >= 4_500
    screen.scroll(-100)
    before = screen.row(0)
    left_bottom = not screen.at_bottom
    screen.feed(b"more\r\n" * 5)
    assert screen.row(0) == before
    screen.scroll_to_bottom()
    assert left_bottom
    assert screen.at_bottom
    assert row_text(screen.row(8)) == "more"


def test_a_resize_reflows_lines_both_ways() -> None:
    screen = Screen(20, 5)
    screen.feed(b"abcdefghijklmnopqrst")
    screen.resize(10, 5)
    assert screen.text() == "abcdefghij\nklmnopqrst"
    screen.resize(20, 5)
    assert screen.text() == "abcdefghijklmnopqrst"


def test_selected_text_is_marked_and_wrapped_lines_are_joined() -> None:
    screen = Screen(5, 4)
    screen.feed(b"hello world")
    screen.dirty_rows()
    screen.select((3, 0), (1, 1))
    assert screen.selection_text() == "lo w"
    marked = [span.text for _, row in screen.dirty_rows() for span in row if span.style.selected]
    assert marked == ["lo", " w"]
    screen.clear_selection()
    assert screen.selection_text() == ""
    assert not any(span.style.selected for _, row in screen.dirty_rows() for span in row)


def test_words_and_lines_are_selected_whole() -> None:
    screen = Screen(40, 4)
    screen.feed(b"some words here")
    screen.select_word(6, 0)
    assert screen.selection_text() == "words"
    screen.select_line(6, 0)
    assert screen.selection_text() == "some words here"


def test_search_goes_through_scrollback() -> None:
    screen = Screen(40, 6)
    for number in range(50):
        screen.feed(b"line %d foo\r\n" % number)
    assert screen.search("FOO") == 50
    assert screen.search_step()
    first = screen.viewport[0]
    for _ in range(20):
        assert screen.search_step()
    assert screen.viewport[0] < first
    assert screen.selection_text() == "foo"
    assert screen.search("nowhere") == 0
    assert not screen.search_step()


def test_the_mouse_is_reported_only_to_who_asked() -> None:
    screen = Screen(40, 6)
    assert (screen.wants_mouse, screen.mouse("press", "left", 2, 3)) == (False, b"")
    screen.feed(b"\x1b[?1002;1006h")
    assert (screen.wants_mouse, screen.mouse("press", "left", 2, 3)) == (True, b"\x1b[<0;3;4M")
    assert screen.mouse("motion", "left", 3, 3) == b"\x1b[<32;4;4M"
    assert screen.mouse("release", "left", 3, 3) == b"\x1b[<0;4;4m"
    assert screen.mouse("motion", None, 5, 3) == b""
    assert screen.mouse("press", "wheel_up", 5, 3, ctrl=True) == b"\x1b[<80;6;4M"
    screen.feed(b"\x1b[?1003h")
    assert screen.mouse("motion", None, 6, 3) == b"\x1b[<35;7;4M"


def test_a_paste_cannot_end_itself() -> None:
    screen = Screen(40, 6)
    assert screen.paste("a\nb") == b"a\rb"
    screen.feed(b"\x1b[?2004h")
    pasted = screen.paste("a\nb\x1b[201~; rm")
    assert pasted.startswith(b"\x1b[200~a\nb")
    assert pasted.endswith(b"\x1b[201~")
    assert pasted.count(b"\x1b") == 2


def test_focus_and_alternate_scroll_follow_the_program() -> None:
    screen = Screen(40, 6)
    assert screen.focus(gained=True) == b""
    screen.feed(b"\x1b[?1004h\x1b[?1049h")
    assert screen.focus(gained=False) == b"\x1b[O"
    assert screen.alternate
    assert screen.alternate_scroll
    screen.feed(b"\x1b[?1007l")
    assert not screen.alternate_scroll


def test_the_cursor_has_place_shape_and_visibility() -> None:
    screen = Screen(40, 6)
    screen.feed(b"ab\x1b[6 q")
    assert screen.cursor[:4] == (2, 0, True, "bar")
    screen.feed(b"\x1b[?25l")
    assert not screen.cursor.visible


def test_a_screen_of_very_many_styles_is_drawn_in_parts_that_add_up() -> None:
    screen = Screen(120, 40)
    screen.feed(
        b"\r\n".join(b"".join(b"\x1b[38;2;%d;%d;%dmx" % (x, y, (x * y) % 256) for x in range(119)) for y in range(40))
    )
    seen: dict[int, str] = {}
    parts = 0
    while True:
        rows = screen.dirty_rows()
        assert rows
        seen.update(texts(rows))
        parts += 1
        if screen.settled:
            break
    assert parts > 1
    assert seen == dict.fromkeys(range(40), "x" * 119)
    assert screen.dirty_rows() == []


def test_controls_of_one_byte_never_come_out_as_text() -> None:
    screen = Screen(40, 3)
    screen.feed("a\u0090b\u009bc\u0085d\x7fe".encode() + b"\x9b31m")
    drawn = "".join(span.text for y in range(3) for span in screen.row(y))
    assert all(char.isprintable() for char in drawn)
