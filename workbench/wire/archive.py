"""Taking files out of a tar archive that someone else made."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from workbench.wire.errors import UnsafeArchive, one_line


def extract(archive: IO[bytes], folder: Path) -> list[Path]:
    """Write the archive's files below `folder` and return them; raises `UnsafeArchive` and `OSError`.

    Only plain files, folders, copies for hard links, and symbolic links that stay inside are taken. Links are made
    last and nothing is written through one, so no member can lead another out of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    written: list[Path] = []
    links: list[tuple[Path, str]] = []
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for member in tar:
                parts = _inside(member.name)
                target = root.joinpath(*parts)
                if member.isdir():
                    _real_folder(root, parts)
                elif member.issym():
                    _check_link(member, depth=len(parts) - 1)
                    links.append((target, member.linkname))
                elif (member.isreg() or member.islnk()) and not member.issparse() and parts:
                    _real_folder(root, parts[:-1])
                    _write(tar, member, target)
                    written.append(target)
                else:
                    raise UnsafeArchive(f"{_shown(member.name)} is not a plain file; nothing more was taken.")
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise UnsafeArchive(f"The server sent a damaged archive: {one_line(str(error), 120)}") from error
    for target, goal in links:
        _real_folder(root, target.relative_to(root).parts[:-1])
        _clear(target)
        target.symlink_to(goal)
        written.append(target)
    return written


def _inside(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise UnsafeArchive(f"{_shown(name)} would be written outside the folder; nothing more was taken.")
    return path.parts


def _check_link(member: tarfile.TarInfo, *, depth: int) -> None:
    # `..` only in front: a later one could climb out through another link
    goal = PurePosixPath(member.linkname)
    ups = 0
    for part in goal.parts:
        if part != "..":
            break
        ups += 1
    if goal.is_absolute() or ups > depth or ".." in goal.parts[ups:] or not goal.parts:
        raise UnsafeArchive(f"{_shown(member.name)} is a link to outside the folder; nothing more was taken.")


def _real_folder(root: Path, parts: tuple[str, ...]) -> None:
    at = root
    for part in parts:
        at /= part
        if at.is_symlink():
            raise UnsafeArchive(f"{_shown(at.name)} is a link where a folder has to be; nothing more was taken.")
        at.mkdir(exist_ok=True)


def _clear(target: Path) -> None:
    if target.is_symlink() or target.exists():
        target.unlink()


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    try:
        source = tar.extractfile(member)
    except KeyError:
        source = None
    if source is None:
        raise UnsafeArchive(f"{_shown(member.name)} has no content in the archive; nothing more was taken.")
    if target.is_symlink():
        target.unlink()
    mode = 0o755 if member.mode & 0o100 else 0o644
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with source, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(source, file)


def _shown(name: str) -> str:
    return one_line(name, 80)
