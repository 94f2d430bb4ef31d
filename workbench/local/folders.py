"""Working folders of sessions: made, removed, kept; only folders that carry our marker are ever removed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

from workbench.local.state import private_folder

MARKER = "session.json"
WORK = "work"


class FolderStore:
    """The folder of all session folders of one server; its calls block, so call them in a thread.

    A session's folder is `<id>/work`; the marker beside it says whose it is and whether it is to be kept.
    """

    def __init__(self, root: Path, owner: str) -> None:
        """`owner` names the server (its runtime folder): another server's folders are left alone."""
        self.root = root
        self.owner = owner

    def create(self, session_id: str, name: str, *, keep: bool) -> Path:
        """Make and return the working folder of a session; raises `OSError`, `LocalServerError`."""
        private_folder(self.root)
        folder = self.root / session_id
        folder.mkdir(mode=0o700)
        self._mark(folder, name, keep=keep)
        work = folder / WORK
        work.mkdir(mode=0o700)
        return work.resolve()

    def _mark(self, folder: Path, name: str, *, keep: bool) -> None:
        marker = {"format": 1, "owner": self.owner, "session_name": name, "keep": keep}
        fresh = folder / f".{MARKER}"
        fresh.write_text(json.dumps(marker))
        fresh.replace(folder / MARKER)

    def remove(self, session_id: str) -> None:
        """Remove the folder of a session and what is in it; nothing happens when it is not ours or already gone."""
        folder = self.root / session_id
        if self._marker(folder) is not None:
            _remove_tree(folder)

    def keep(self, session_id: str, name: str) -> Path:
        """Move the working folder of a session to `kept/` and return it; nothing here removes it from then on."""
        kept = private_folder(self.root / "kept")
        target = kept / f"{name}-{session_id[:8]}"
        number = 2
        while target.exists():
            target = kept / f"{name}-{session_id[:8]}-{number}"
            number += 1
        (self.root / session_id / WORK).rename(target)
        _remove_tree(self.root / session_id)
        return target

    def clean(self) -> list[str]:
        """Remove what a server that was killed left behind; returns the names of the sessions it was of.

        Call it while holding the server's lock: no session of this owner can be alive then. A folder without a
        readable marker of this owner, or one that is to be kept, is not touched.
        """
        names = []
        for folder in self._folders():
            marker = self._marker(folder)
            if marker is None or marker.get("owner") != self.owner:
                continue
            name = str(marker.get("session_name", ""))
            if marker.get("keep", True):
                with contextlib.suppress(OSError):
                    self.keep(folder.name, Path(name).name or "session")
            else:
                _remove_tree(folder)
                names.append(name)
        return names

    def _folders(self) -> list[Path]:
        try:
            return [Path(entry.path) for entry in os.scandir(self.root) if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []

    def _marker(self, folder: Path) -> dict[str, Any] | None:
        path = folder / MARKER
        try:
            if not stat.S_ISDIR(folder.lstat().st_mode) or not stat.S_ISREG(path.lstat().st_mode):
                return None
            marker = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        return marker if isinstance(marker, dict) and marker.get("format") == 1 else None


def _remove_tree(folder: Path) -> None:
    """Remove a tree whatever modes its folders were given; links in it are removed, never followed."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        with contextlib.suppress(OSError):
            folder.chmod(0o700)
        for place, folders, _ in os.walk(folder):  # a folder's mode is mended before the walk goes into it
            for path in (Path(place, name) for name in folders):
                with contextlib.suppress(OSError):
                    if not path.is_symlink():
                        path.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
