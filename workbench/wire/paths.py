"""What local files are called in a session; source: protocol.md §7. Cheap to import: no network here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath, PurePosixPath

from msgspec import Struct

from workbench.wire.errors import WireError, one_line

FILES_PER_UPLOAD = 20
"""Files that one request may carry."""


class FileEntry(Struct, frozen=True, kw_only=True):
    """One entry of a folder in a session."""

    name: str
    size: int = 0
    mode: str = ""
    """As `ls -l` shows it, such as `drwxr-xr-x`."""
    modified: float | None = None
    """Seconds since the epoch."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mode.startswith("d")


class FileProblem(WireError):  # noqa: N818 - it says what happened
    """A local file cannot be sent; its text says which and why."""


def named(paths: Sequence[str | Path], basedir: str | Path | None) -> dict[str, Path]:
    """The files to send by the name they get in the session; raises `FileProblem`.

    A relative path keeps its folders, an absolute one only its name, unless both lie below `basedir`.
    A folder stands for every file below it.
    """
    found: dict[str, Path] = {}
    for given in paths:
        path = Path(basedir, given) if basedir is not None else Path(given)
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
        elif path.is_file():
            files = [path]
        else:
            raise FileProblem(f"{path} is not a file.")
        for file in files:
            found[_wire_name(file, Path(given), basedir)] = file
    return found


def _wire_name(file: Path, given: Path, basedir: str | Path | None) -> str:
    if basedir is not None:
        try:
            name: PurePath = file.absolute().relative_to(Path(basedir).absolute())
        except ValueError:
            raise FileProblem(f"{file} is not in the folder {basedir}.") from None
    elif given.is_absolute():
        name = file.relative_to(given.parent)
    else:
        name = file
    return checked_name(name.as_posix())


def checked_name(name: str) -> str:
    """The name as it is sent; raises `FileProblem` for one outside the session's folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise FileProblem(f"{one_line(name, 80)} is outside the session's folder.")
    if not name.isprintable():
        raise FileProblem(f"{one_line(name, 80)} has characters in its name that cannot be sent.")
    return str(path)
