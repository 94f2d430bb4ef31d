"""Sent once to a Python kernel: writes down what its code prints, and keeps rich output from wedging the session.

A server hands every record out once, so what it hands to a connection that breaks is gone; the record in the session's
folder is where a client finds it again. HTML crashes the agent that expects JSON there (protocol.md §4.8): it is sent
as that JSON. Must run on every Python that images have.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

FOLDER = "/home/work/.backend-tui"
PART = 512 * 1024
"""Bytes of a file of the record; a server gives out at most 1 MiB."""
PARTS = 24
"""Files kept of one run; older ones go."""
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


class Record:
    """The record of the run that goes on: JSON lines in files of a fixed size, begun anew at every run."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.size = 0
        self.file: Any = None
        self.exit_code = 0
        self.cell = ""
        self.lock = threading.RLock()

    def begin(self, cell: str, code: str) -> None:
        """A run starts: forget the last one."""
        with self.lock:
            self.cell, self.exit_code = cell, 0
            if self.file is not None:
                self.file.close()
                self.file = None
            self.size = 0
            os.makedirs(self.folder, mode=0o700, exist_ok=True)  # noqa: PTH103
            for name in os.listdir(self.folder):  # noqa: PTH208
                if name.startswith("run-"):
                    os.remove(os.path.join(self.folder, name))  # noqa: PTH107, PTH118
            self.write(["code", code])

    def write(self, item: list[Any]) -> None:
        """Put a line at the end."""
        data = json.dumps(item).encode() + b"\n"
        with self.lock:
            while data:
                room = PART - self.size % PART
                part, data = data[:room], data[room:]
                if self.file is None:
                    self.open()
                self.file.write(part)
                self.size += len(part)
                if self.size % PART == 0:
                    self.file.close()
                    self.file = None
            if self.file is not None:
                self.file.flush()

    def open(self) -> None:
        """Begin the next file, and drop the oldest."""
        number = self.size // PART
        self.file = open(self.name(number), "wb")  # noqa: PTH123, SIM115
        if number >= PARTS and os.path.exists(self.name(number - PARTS)):  # noqa: PTH110
            os.remove(self.name(number - PARTS))  # noqa: PTH107

    def name(self, number: int) -> str:
        """The path of a file."""
        return os.path.join(self.folder, f"run-{number:06}")  # noqa: PTH118

    def take(self, kind: str, content: dict[str, Any], cell: str) -> None:
        """Note a message of the kernel, in the words of the wire."""
        if kind == "execute_input":
            self.begin(cell, content.get("code", ""))
        elif cell != self.cell:
            return
        elif kind == "stream":
            self.write([content["name"], content["text"]])
        elif kind == "error":
            self.fail(content)
        elif kind in {"display_data", "execute_result"}:
            self.show(content.get("data") or {})
        elif kind == "input_request":
            if content.get("prompt"):
                self.write(["stdout", content["prompt"]])
            self.write(["input", bool(content.get("password"))])
        elif kind == "status" and content.get("execution_state") == "idle":
            self.write(["end", self.exit_code])

    def fail(self, content: dict[str, Any]) -> None:
        """An exception: its traceback, and the code that a run ends with."""
        self.exit_code = 1
        if content.get("ename") == "SystemExit":
            value = content.get("evalue")
            try:
                self.exit_code = int(value) if value not in {None, "", "None"} else 0
            except ValueError:
                self.exit_code = 1
        self.write(["stderr", "\n".join(content.get("traceback") or [])])

    def show(self, data: dict[str, Any]) -> None:
        """A result or a picture, as the runner passes it on."""
        for mime, value in data.items():
            if mime == "text/plain":
                self.write(["stdout", value])
            elif mime == "text/html":
                wrapped = json.loads(value)
                self.write(["media", [wrapped["type"], wrapped["data"]]])
            elif mime == "image/svg+xml":
                self.write(["media", [mime, value]])
            elif mime in PICTURES:
                self.write(["media", [mime, f"data:{mime};base64,{value}"]])


def tamed(data: dict[str, Any]) -> dict[str, Any]:
    """One representation that the runner can pass on: a picture, else HTML as the JSON it should be, else text."""
    for mime in PICTURES:
        if mime in data:
            return {mime: data[mime]}
    if "text/html" in data:
        return {"text/html": json.dumps({"type": "text/html", "data": data["text/html"]})}
    return {"text/plain": data["text/plain"]} if "text/plain" in data else data


def set_up(shell: Any, folder: str = FOLDER) -> None:
    """Keep the record from now on, and leave no trace of this in the numbers and the history of a person's runs."""
    install(shell, folder)
    history = shell.history_manager
    history.input_hist_raw.pop()
    history.input_hist_parsed.pop()
    history.db_input_cache.clear()
    history.new_session()  # the number of this run may be in the database already
    shell.execution_count -= 1


def install(shell: Any, folder: str = FOLDER) -> None:
    """Listen to what the kernel sends; a second time changes nothing."""
    session = shell.kernel.session
    if getattr(session, "_workbench_record", None) is not None:
        return
    record = session._workbench_record = Record(folder)  # noqa: SLF001
    send = session.send

    def listening(stream: Any, message: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        kind, body = (message["msg_type"], message["content"]) if isinstance(message, dict) else (message, content)
        if kind in {"display_data", "execute_result"} and isinstance(body, dict) and body.get("data"):
            body["data"] = tamed(body["data"])
        result = send(stream, message, content, *args, **kwargs)
        try:
            parent = message.get("parent_header") if isinstance(message, dict) else kwargs.get("parent")
            if not isinstance(message, dict) and parent is None and args:
                parent = args[0]
            record.take(kind, body or {}, cell_of(parent))
        except Exception:  # noqa: BLE001, S110 - a full disk must not stop the code
            pass
        return result

    session.send = listening


def cell_of(parent: Any) -> str:
    """The ID of the request that a message answers; a parent is a message or its header."""
    header = parent.get("header", parent) if isinstance(parent, dict) else {}
    return str(header.get("msg_id", ""))
