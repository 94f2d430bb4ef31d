"""Paths that a client names, kept inside a session's folder."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from workbench.local.problems import bad_params

_QUOTED = re.compile(r"(?:[\w.~-]|%[0-9A-Fa-f]{2})*%[0-9A-Fa-f]{2}(?:[\w.~-]|%[0-9A-Fa-f]{2})*", re.ASCII)


def plain_name(name: str) -> str:
    """The name a client meant: the published SDK percent-encodes all of it, `sub%2Ftwo%20words.txt`.

    A name with any character that such an encoding never leaves alone is taken as it is.
    """
    return unquote(name) if _QUOTED.fullmatch(name) else name


def relative(name: str) -> PurePosixPath:
    """`name` as a path below the session's folder; raises `Problem` 400 when it leads out or makes no sense.

    Only its text is looked at; links on the way are `inside`'s and `replace_file`'s to find.
    """
    path = PurePosixPath(name)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise bad_params("A file name is not valid UTF-8.") from error
    if "\0" in name:
        raise bad_params("A file name has a NUL character.")
    if path.is_absolute() or ".." in path.parts:
        raise bad_params(f"{name!r} leads out of the session's folder.")
    if any(len(part.encode()) > 255 for part in path.parts) or len(name.encode()) > 4000:
        raise bad_params(f"The file name {name[:40]!r}... is too long.")
    return path


def inside(root: Path, name: str) -> Path:
    """The real path of an existing or missing file below `root`; raises `Problem` 400 when a link leads out."""
    try:
        path = (root / relative(name)).resolve()
    except (OSError, RuntimeError) as error:
        raise bad_params(f"The path {name!r} cannot be followed.") from error
    if not path.is_relative_to(root):
        raise bad_params(f"{name!r} leads out of the session's folder.")
    return path


def replace_file(root: Path, name: str, source: Path) -> None:
    """Put the file `source` (on the same file system) at `name` below `root`, making folders as needed.

    Every folder on the way is opened without following links, so code that swaps one for a link in the meantime
    gains nothing. Raises `Problem` 400.
    """
    path = inside(root, name)
    if path == root or name.endswith("/"):
        raise bad_params(f"{name!r} does not name a file.")
    try:
        with _folder(root, path.parent.relative_to(root)) as handle:
            os.replace(source, path.name, dst_dir_fd=handle)
    except IsADirectoryError as error:
        raise bad_params(f"{name!r} is a folder.") from error
    except (NotADirectoryError, FileExistsError) as error:
        raise bad_params(f"A part of {name!r} is a file, not a folder.") from error
    except OSError as error:
        raise bad_params(f"{name!r} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _folder(root: Path, below: Path) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    handle = os.open(root, flags)
    try:
        for part in below.parts:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=handle)
            deeper = os.open(part, flags, dir_fd=handle)
            os.close(handle)
            handle = deeper
        yield handle
    finally:
        os.close(handle)


def scratch_folder(root: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder beside the session's own, on its file system, for files that are still coming in."""
    return tempfile.TemporaryDirectory(prefix="upload-", dir=root.parent)
