"""What the terminal can do, and what one misses without it."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping

from workbench.cli.checks.asking import SAMPLES, Answers, ask
from workbench.cli.checks.finding import Finding, fine, less, wrong
from workbench.config.terminal import TRUE_COLOR, terminal_colors

SMALLEST = (80, 24)


def terminal(environ: Mapping[str, str]) -> list[Finding]:
    """Look at the terminal this program was started from."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return [less("terminal", "there is none here", "Run `backend-tui doctor` in the terminal you want to use.")]
    try:
        answers, size = ask(fd), os.get_terminal_size(fd)
    finally:
        os.close(fd)
    return [*_about(answers, environ, (size.columns, size.lines)), *abilities(answers, environ)]


def _about(answers: Answers, environ: Mapping[str, str], size: tuple[int, int]) -> list[Finding]:
    name = answers.name or environ.get("TERM_PROGRAM", "") or "unnamed"
    inside = " in tmux" if environ.get("TMUX") else ""
    found = [fine("terminal", f"{name}{inside}, TERM={environ.get('TERM', '')}")]
    if environ.get("TERM", "") in {"", "dumb"}:
        found = [wrong("terminal", f"{name}, TERM={environ.get('TERM', '')}", "Set TERM to what the terminal is.")]
    columns, lines = size
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        found.append(less("size", f"{columns} x {lines}", "Make the window at least 80 x 24."))
    else:
        found.append(fine("size", f"{columns} x {lines}"))
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.lower().replace("-", "") != "utf8":
        found.append(wrong("text", f"{encoding}, not UTF-8", "Set LANG to a UTF-8 locale, such as C.UTF-8."))
    return found


def abilities(answers: Answers, environ: Mapping[str, str]) -> list[Finding]:
    """Colours, keys, pictures, mouse and widths."""
    if not answers.answers:
        return [
            _colours(answers, environ),
            less(
                "questions", "the terminal does not answer any", "Nothing else is known of it; a newer one says more."
            ),
        ]
    found = answers.found
    return [
        _colours(answers, environ),
        fine("keys", "Kitty keyboard protocol")
        if "keys" in found
        else less("keys", "no Kitty keyboard protocol: Ctrl+Enter is Enter here", "F5 and F6 run code everywhere."),
        _graphics(answers),
        fine("mouse", "reports clicks, drags and the wheel")
        if "mouse" in found
        else less("mouse", "it does not say whether it reports the mouse", "Everything works by keyboard."),
        fine("paste", "bracketed")
        if "paste" in found
        else less(
            "paste", "it does not say whether it brackets pasted text", "Look at what you pasted before you run it."
        ),
        _widths(answers),
    ]


def _colours(answers: Answers, environ: Mapping[str, str]) -> Finding:
    if environ.get("NO_COLOR"):
        return fine("colours", "none, as NO_COLOR asks")
    told = terminal_colors(environ)
    if told == TRUE_COLOR:
        return fine("colours", "24 bit")
    if "colour" in answers.found:
        return less("colours", f"24 bit, but only {told} are used", "Set COLORTERM=truecolor.")
    return less("colours", str(told), "Where the terminal has more, set COLORTERM=truecolor or TERM=xterm-256color.")


def _graphics(answers: Answers) -> Finding:
    if "graphics" in answers.found:
        return fine("pictures", "Kitty graphics")
    if answers.sixel:
        return fine("pictures", "Sixel")
    return less("pictures", "half blocks", "Kitty, Ghostty, WezTerm, iTerm2 and foot show them whole.")


def _widths(answers: Answers) -> Finding:
    other = [f"{text} takes {width}" for text, width in answers.widths.items() if width not in {None, SAMPLES[text]}]
    if other:
        return wrong(
            "widths",
            f"{', '.join(other)} columns: lists and borders will be torn",
            "Turn off what treats wide or ambiguous characters specially in the terminal's settings.",
        )
    return fine("widths", "wide, emoji and combining characters take the columns they should")
