"""The one registry of commands: keys, palette, footer and help all read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding


class Place(StrEnum):
    """Where a command applies."""

    WORKBENCH = "workbench"
    SESSIONS = "sessions"
    OUTPUT = "output"
    EDITOR = "editor"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can do."""

    id: str
    """Stable name, such as `run.buffer`; what a key map refers to."""
    title: str
    help: str
    """One sentence: what it does."""
    keys: str
    """Default keys, comma separated, as Textual names them; "" when it has none."""
    action: str
    """The action of the place that does it."""
    place: Place = Place.WORKBENCH
    footer: str = ""
    """Its label in the footer; "" keeps it out."""
    changes: bool = False
    """Whether it changes something on the server; off in read-only mode."""


W, S, OUT, E = Place.WORKBENCH, Place.SESSIONS, Place.OUTPUT, Place.EDITOR

COMMANDS: tuple[Command, ...] = (
    Command(
        "run.buffer",
        "Run the buffer",
        "Send the whole buffer to the session.",
        "f5,ctrl+enter",
        "run_buffer",
        W,
        "Run",
        changes=True,
    ),
    Command(
        "run.cell",
        "Run the cell or selection",
        "Send the selected lines, or the `# %%` cell around the cursor.",
        "f6,shift+enter",
        "run_cell",
        W,
        changes=True,
    ),
    Command(
        "run.batch",
        "Run a batch",
        "Upload the buffers and run clean, build and exec commands.",
        "f7",
        "run_batch",
        W,
        changes=True,
    ),
    Command(
        "run.interrupt",
        "Interrupt",
        "Interrupt the running code, or release it when it waits for input.",
        "f8",
        "interrupt",
        W,
        "Interrupt",
        changes=True,
    ),
    Command(
        "run.prompts", "Answer prompts", "Answer everything that waits for input, one after another.", "f12", "prompts"
    ),
    Command(
        "pane.sessions", "Go to the sessions", "Show the session list and move into it.", "f2", "focus_pane('sessions')"
    ),
    Command("pane.editor", "Go to the editor", "Move into the editor.", "f3", "focus_pane('editor')"),
    Command(
        "pane.terminal",
        "Go to the terminal",
        "Open the session's terminal, or move into it.",
        "f4",
        "focus_pane('terminal')",
        W,
        "Terminal",
    ),
    Command("pane.output", "Go to the output", "Move into the output.", "f9", "focus_pane('output')"),
    Command("pane.zoom", "Zoom the pane", "Give the focused pane the whole area, and back.", "f10", "zoom"),
    Command(
        "pane.hide", "Hide the pane", "Hide the focused pane; its own key brings it back.", "ctrl+f10", "hide_pane"
    ),
    Command("pane.taller", "Taller pane", "Give the focused pane more rows.", "alt+up", "resize_pane(1)"),
    Command("pane.shorter", "Shorter pane", "Give the focused pane fewer rows.", "alt+down", "resize_pane(-1)"),
    Command("pane.wider", "Wider list", "Give the session list more columns.", "alt+right", "resize_list(2)"),
    Command("pane.narrower", "Narrower list", "Give the session list fewer columns.", "alt+left", "resize_list(-2)"),
    Command("session.new", "New session", "Create a session.", "ctrl+n", "new_session", W, "New", changes=True),
    Command("app.palette", "Commands", "Find and do anything by its name.", "ctrl+p", "palette", W, "Commands"),
    Command("app.help", "Help", "Explain the focused pane and its keys.", "f1", "help"),
    Command("link.retry", "Connect now", "Try to reach the server now, not when the countdown ends.", "", "retry"),
    Command("app.theme", "Choose a theme", "Change the colours, with a live preview.", "", "choose_theme"),
    Command("app.quit", "Quit", "Leave; sessions stay, buffers are kept.", "ctrl+q", "app.quit", W, "Quit"),
    Command("session.next", "Next session", "Open the next session of the list.", "ctrl+pagedown", "step_session(1)"),
    Command(
        "session.previous",
        "Previous session",
        "Open the previous session of the list.",
        "ctrl+pageup",
        "step_session(-1)",
    ),
    Command(
        "terminal.restart",
        "Restart the terminal",
        "Start a new shell in the session's terminal.",
        "",
        "restart_terminal",
        changes=True,
    ),
    Command(
        "terminal.leave",
        "Leave the terminal",
        "Go back to the other panes; every other key goes to the terminal's program.",
        "ctrl+right_square_bracket",
        "leave",
        Place.TERMINAL,
    ),
    Command(
        "session.upload",
        "Upload files",
        "Send files from this machine to the session's folder.",
        "",
        "upload",
        changes=True,
    ),
    Command("session.open", "Open", "Open the session in the editor, output and terminal.", "enter", "open", S, "Open"),
    Command(
        "session.filter",
        "Filter",
        "Show only sessions whose name, image or state contains a text.",
        "slash",
        "filter",
        S,
        "Filter",
    ),
    Command(
        "session.sort", "Sort", "Sort by what matters, name, age or idle deadline, in turn.", "s", "sort", S, "Sort"
    ),
    Command("session.mark", "Mark", "Mark the session for the next command.", "space", "mark", S),
    Command("session.mark_all", "Mark all", "Mark every session shown, or none.", "ctrl+a", "mark_all", S),
    Command(
        "session.destroy",
        "Destroy",
        "Destroy the marked sessions, or this one.",
        "x,delete",
        "destroy",
        S,
        "Destroy",
        changes=True,
    ),
    Command(
        "session.idle", "Idle view", "Sessions by idle deadline, with their use of the machine.", "i", "idle", S, "Idle"
    ),
    Command("session.logs", "Logs", "Show the container's log.", "l", "logs", S),
    Command("session.rename", "Rename", "Give the session another name.", "r", "rename", S, changes=True),
    Command("session.copy", "Copy the name", "Copy the session's name; twice copies its id.", "y", "copy", S),
    Command("session.refresh", "Refresh", "Ask the server for the list again.", "ctrl+r", "refresh", S),
    Command(
        "output.search",
        "Search the output",
        "Find a text in everything kept of every run.",
        "slash",
        "search",
        OUT,
        "Search",
    ),
    Command("output.search_next", "Next find", "Go to the next place the text was found.", "n", "search_step(1)", OUT),
    Command("output.search_previous", "Previous find", "Go to the place before.", "N", "search_step(-1)", OUT),
    Command("output.fold", "Fold", "Fold the run to its first line, or unfold it.", "c", "fold", OUT, "Fold"),
    Command("output.fold_all", "Fold all", "Fold every run that is over, or unfold all.", "C", "fold_all", OUT),
    Command("output.copy", "Copy the run", "Copy the text of the run.", "y", "copy", OUT, "Copy"),
    Command("output.export", "Export the run", "Save the whole text of the run to a file here.", "e", "export", OUT),
    Command(
        "output.picture",
        "Open the picture",
        "Show the picture full size; again hands it to the system viewer.",
        "o",
        "open_picture",
        OUT,
    ),
    Command(
        "output.again", "Run again", "Send the code of the run again.", "R", "run_again", OUT, "Again", changes=True
    ),
    Command("output.source", "Go to the source", "Go to the line of the buffer the run came from.", "s", "source", OUT),
    Command("output.follow", "Follow", "Keep the newest output in sight.", "end,f", "follow", OUT),
    Command("output.clear", "Clear the output", "Take the runs that are over off the screen.", "ctrl+l", "clear", OUT),
    Command("buffer.new", "New buffer", "Open an empty buffer in a tab of its own.", "alt+n", "new_buffer", E),
    Command(
        "buffer.close", "Close the buffer", "Put the buffer aside; it can be brought back.", "alt+w", "close_buffer", E
    ),
    Command(
        "buffer.reopen", "Reopen a buffer", "Bring back the buffer that was closed last.", "alt+z", "reopen_buffer", E
    ),
    Command(
        "buffer.rename",
        "Rename the buffer",
        "Give the buffer another name; its suffix chooses the colours.",
        "",
        "rename_buffer",
        E,
    ),
    Command("buffer.next", "Next buffer", "Show the next tab.", "alt+pagedown", "step_buffer(1)", E),
    Command("buffer.previous", "Previous buffer", "Show the tab before.", "alt+pageup", "step_buffer(-1)", E),
)


def command(command_id: str) -> Command:
    """The command of that id.

    Raises:
        KeyError: there is none.
    """
    for each in COMMANDS:
        if each.id == command_id:
            return each
    raise KeyError(command_id)


def commands_of(place: Place) -> list[Command]:
    """The commands of one place, in the registry's order."""
    return [each for each in COMMANDS if each.place is place]


UNBOUND = "unbound."
"""Begins the name of a key that no keyboard has: a command without keys is bound to one, so that it can get others."""

_keys: dict[str, str] = {}


def use_keys(changed: Mapping[str, str]) -> dict[str, str]:
    """From now on these commands have these keys, by command id; the key map the framework needs for it."""
    _keys.clear()
    _keys.update(changed)
    return {command_id: keys or UNBOUND + command_id for command_id, keys in changed.items()}


def keys_of(command: Command) -> str:
    """The keys a command has now, comma separated; "" when it has none."""
    return _keys.get(command.id, command.keys)


def label_of(command_id: str) -> str:
    """How the first key that a command has now is written; its title when it has none."""
    found = command(command_id)
    keys = keys_of(found)
    return key_label(keys) if keys else found.title


def bindings_of(place: Place) -> list[Binding]:
    """Textual bindings for the commands of one place; the binding id is the command id."""
    return [
        Binding(
            each.keys or UNBOUND + each.id,
            each.action,
            each.footer or each.title,
            id=each.id,
            show=bool(each.footer and each.keys),
            tooltip=each.help,
            key_display=key_label(each.keys),
        )
        for each in commands_of(place)
    ]


_LABELS = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "slash": "/", "backslash": "\\", "question_mark": "?", "full_stop": ".", "comma": ",", "colon": ":",
    "semicolon": ";", "minus": "-", "underscore": "_", "greater_than_sign": ">", "less_than_sign": "<", "plus": "+",
    "left_square_bracket": "[", "right_square_bracket": "]", "number_sign": "#", "equals_sign": "=",
}  # fmt: skip


def key_label(keys: str) -> str:
    """How the first of the keys is written on screen: `F5`, `^N`, `Alt+Up`, `/`."""
    key = keys.split(",", 1)[0].strip()
    head, _, last = key.rpartition("+")
    last = _LABELS.get(last, last)
    if head == "ctrl" and len(last) == 1:
        return f"^{last.upper()}"
    if not head and len(last) == 1:
        return last
    return "+".join(part[:1].upper() + part[1:] for part in (*filter(None, head.split("+")), last))
