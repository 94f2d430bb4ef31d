"""What F1 says: a few sentences on the pane, and its keys from the registry."""

from __future__ import annotations

from workbench.ui.commands import Place, commands_of, key_label, keys_of

_ABOUT = {
    "sessions": "**Sessions.** One row for each live session: what it does and the one thing that matters now. "
    "Enter opens one in the panes on the right; Space marks several.",
    "editor": "**Editor.** Buffers of the open session; they are saved as you type and come back after a crash. "
    "`# %%` lines divide a buffer into cells.",
    "output": "**Output.** One block for each run, newest last. Blocks fold, copy and run again; "
    "a question of the code is answered in the line under it.",
    "terminal": "**Terminal.** A real shell in the session, shared by everyone who opens it. Every key goes to it, "
    "function keys too; `Ctrl+]` leaves.",
}


def help_text(pane: str) -> str:
    """Markdown for that pane."""
    parts = [_ABOUT.get(pane, ""), ""]
    if pane in {"sessions", "output", "editor"}:
        parts += _table(f"Keys in the {pane} pane", Place(pane))
    parts += _table("Keys everywhere", Place.WORKBENCH)
    return "\n".join(parts)


def _table(title: str, place: Place) -> list[str]:
    rows = [
        f"| `{' '.join(map(key_label, keys_of(each).split(',')))}` | {each.title} | {each.help} |"
        for each in commands_of(place)
        if keys_of(each)
    ]
    return [f"### {title}", "", "| Key | Command | What it does |", "|---|---|---|", *rows, ""] if rows else []
