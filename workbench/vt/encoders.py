"""Keys, mouse, paste and focus to the bytes the program in a terminal asked for.

The encoders follow the terminal's own modes (application cursor keys, Kitty keys, SGR mouse, bracketed paste).
"""

from __future__ import annotations

from typing import Literal

from workbench.vt.ghostty import Native, check, ffi, init_sized, lib, owned
from workbench.vt.keys import ALT, CTRL, SHIFT, Stroke

MouseAction = Literal["press", "release", "motion"]

CELL_WIDTH, CELL_HEIGHT = 8, 16
"""The size of a cell in pixels that programs are told."""

BUTTONS = {"left": 1, "right": 2, "middle": 3, "wheel_up": 4, "wheel_down": 5, "wheel_left": 6, "wheel_right": 7}

_ACTIONS = {
    "press": lib.GHOSTTY_MOUSE_ACTION_PRESS,
    "release": lib.GHOSTTY_MOUSE_ACTION_RELEASE,
    "motion": lib.GHOSTTY_MOUSE_ACTION_MOTION,
}
_BUFFER = 256


class KeyEncoder:
    """Strokes to bytes."""

    def __init__(self, native: Native) -> None:
        """Encode for one terminal."""
        self._native = native
        self._encoder = owned(self, "GhosttyKeyEncoder", "ghostty_key_encoder")
        self._event = owned(self, "GhosttyKeyEvent", "ghostty_key_event")
        self._buffer = ffi.new(f"char[{_BUFFER}]")
        self._size = ffi.new("size_t*")
        self._alt = ffi.new("GhosttyOptionAsAlt*", lib.GHOSTTY_OPTION_AS_ALT_TRUE)

    def encode(self, stroke: Stroke) -> bytes:
        """Return what the program should read for a stroke; empty when the key means nothing to it."""
        event, text, mods = self._event, stroke.text.encode(), stroke.mods
        if stroke.key == "ENTER" and not self._native.kitty_keys:
            # The long form of Shift+Enter ends up as text in shells that never asked for it.
            mods &= ALT
        # The encoder keeps the pointer it is given until it has encoded.
        kept = ffi.from_buffer("char[]", text)
        lib.ghostty_key_event_set_action(event, lib.GHOSTTY_KEY_ACTION_PRESS)
        lib.ghostty_key_event_set_key(event, getattr(lib, f"GHOSTTY_KEY_{stroke.key}"))
        lib.ghostty_key_event_set_mods(event, mods)
        lib.ghostty_key_event_set_consumed_mods(event, mods & SHIFT if text else 0)
        lib.ghostty_key_event_set_utf8(event, kept, len(text))
        lib.ghostty_key_event_set_unshifted_codepoint(event, stroke.unshifted)
        lib.ghostty_key_encoder_setopt_from_terminal(self._encoder, self._native.handle)
        # A terminal has decided already that Option was Alt when it named the key.
        lib.ghostty_key_encoder_setopt(self._encoder, lib.GHOSTTY_KEY_ENCODER_OPT_MACOS_OPTION_AS_ALT, self._alt)
        check(
            lib.ghostty_key_encoder_encode(self._encoder, event, self._buffer, _BUFFER, self._size),
            "key_encoder_encode",
        )
        return bytes(ffi.buffer(self._buffer, self._size[0]))


class MouseEncoder:
    """Mouse events to bytes."""

    def __init__(self, native: Native) -> None:
        """Encode for one terminal."""
        self._native = native
        self._encoder = owned(self, "GhosttyMouseEncoder", "ghostty_mouse_encoder")
        self._event = owned(self, "GhosttyMouseEvent", "ghostty_mouse_event")
        self._buffer = ffi.new(f"char[{_BUFFER}]")
        self._length = ffi.new("size_t*")
        self._position = ffi.new("GhosttyMousePosition*")
        self._geometry = init_sized("GhosttyMouseEncoderSize")
        self._flag = ffi.new("bool*")
        self._held: set[int] = set()

    def encode(
        self, action: MouseAction, button: str | None, x: int, y: int, *, shift: bool, alt: bool, ctrl: bool
    ) -> bytes:
        """Return the report for an event in cell (x, y); empty when the program did not ask for it."""
        number = BUTTONS.get(button or "", 0)
        self._hold(action, number)
        encoder, event = self._encoder, self._event
        lib.ghostty_mouse_encoder_setopt_from_terminal(encoder, self._native.handle)
        self._set_geometry()
        self._set_flag(lib.GHOSTTY_MOUSE_ENCODER_OPT_ANY_BUTTON_PRESSED, on=bool(self._held))
        lib.ghostty_mouse_event_set_action(event, _ACTIONS[action])
        if number:
            lib.ghostty_mouse_event_set_button(event, number)
        else:
            lib.ghostty_mouse_event_clear_button(event)
        lib.ghostty_mouse_event_set_mods(event, shift * SHIFT | alt * ALT | ctrl * CTRL)
        self._position.x, self._position.y = (x + 0.5) * CELL_WIDTH, (y + 0.5) * CELL_HEIGHT
        lib.ghostty_mouse_event_set_position(event, self._position[0])
        check(
            lib.ghostty_mouse_encoder_encode(encoder, event, self._buffer, _BUFFER, self._length),
            "mouse_encoder_encode",
        )
        return bytes(ffi.buffer(self._buffer, self._length[0]))

    def _hold(self, action: MouseAction, number: int) -> None:
        if number in (1, 2, 3):
            if action == "press":
                self._held.add(number)
            elif action == "release":
                self._held.discard(number)

    def _set_geometry(self) -> None:
        geometry = self._geometry
        geometry.cell_width, geometry.cell_height = CELL_WIDTH, CELL_HEIGHT
        geometry.screen_width = self._native.u16("COLS") * CELL_WIDTH
        geometry.screen_height = self._native.u16("ROWS") * CELL_HEIGHT
        lib.ghostty_mouse_encoder_setopt(self._encoder, lib.GHOSTTY_MOUSE_ENCODER_OPT_SIZE, geometry)

    def _set_flag(self, option: int, *, on: bool) -> None:
        self._flag[0] = on
        lib.ghostty_mouse_encoder_setopt(self._encoder, option, self._flag)


def encode_paste(text: str, *, bracketed: bool) -> bytes:
    """Return pasted text as the program should read it, without control characters that would escape the paste."""
    data = text.encode("utf-8", "replace")
    if not data:
        return b""
    source = ffi.new("char[]", data)  # encoding works in place
    size = ffi.new("size_t*")
    room = len(data) + 64
    buffer = ffi.new("char[]", room)
    check(lib.ghostty_paste_encode(source, len(data), bracketed, buffer, room, size), "paste_encode")
    return bytes(ffi.buffer(buffer, size[0]))


def encode_focus(*, gained: bool) -> bytes:
    """Return the focus report for gaining or losing the focus."""
    buffer, size = ffi.new("char[16]"), ffi.new("size_t*")
    event = lib.GHOSTTY_FOCUS_GAINED if gained else lib.GHOSTTY_FOCUS_LOST
    check(lib.ghostty_focus_encode(event, buffer, 16, size), "focus_encode")
    return bytes(ffi.buffer(buffer, size[0]))
