"""Images of the embedded server: the Jupyter kernelspecs found on this machine."""

from __future__ import annotations

import importlib.util
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

_log = logging.getLogger(__name__)

EMBEDDED = "python3"
"""Name of the kernelspec that is always there: the ipykernel beside this server."""


class LocalImage(Struct, frozen=True, kw_only=True):
    """A kernelspec as an image."""

    kernelspec: str
    version: str
    """What the interpreter says, such as `3.11.7`; `0` when it does not say."""
    language: str
    display_name: str
    interpreter: str
    """Path of the program that runs the code (`argv[0]`, resolved through PATH)."""
    argv: tuple[str, ...]
    """The kernelspec's command, with `{connection_file}` in it."""
    env: dict[str, str] = {}
    interrupt_mode: str = "signal"
    """`signal` or `message`; source: the Jupyter kernelspec format."""
    embedded: bool = False
    """Whether this is the ipykernel beside this server."""

    @property
    def reference(self) -> str:
        """What a session is created with and what lists show."""
        return f"local/{self.kernelspec}:{self.version}"

    @property
    def is_ipykernel(self) -> bool:
        """Whether it is IPython, which is what the hand-over of a warm kernel knows."""
        return self.language == "python" and any("ipykernel" in part for part in self.argv)


def embedded_image() -> LocalImage:
    """The ipykernel beside this server; `python` and `python:<any tag>` mean this one."""
    return LocalImage(
        kernelspec=EMBEDDED,
        version=platform.python_version(),
        language="python",
        display_name=f"Python {platform.python_version()}",
        interpreter=sys.executable,
        argv=(sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"),
        embedded=True,
    )


def find_images() -> list[LocalImage]:
    """Every kernelspec of this machine, the embedded one first; a broken kernelspec is left out and logged.

    Asks each interpreter for its version, so call it off the event loop the first time.
    """
    images = [embedded_image()]
    names = {EMBEDDED}
    for name, spec_dir in sorted(_spec_dirs().items()):
        image = _read_spec(name, spec_dir)
        if image is None or _is_same_kernel(image, images[0]):
            continue
        if image.kernelspec in names:
            image = _renamed(image, names)
        names.add(image.kernelspec)
        images.append(image)
    return images


def resolve_image(name: str, images: list[LocalImage] | None = None) -> LocalImage | None:
    """The image a person or an example means by `name`; None when there is no such image.

    `python` and `python:<any tag>` (with or without a registry before it) are the embedded ipykernel; else a
    reference, a kernelspec name with or without `local/` and tag, or a language.
    """
    bare = name.strip().split("@", 1)[0]
    path, _, tag = bare.partition(":") if "/" not in bare.rpartition(":")[2] else (bare, "", "")
    short = path.rsplit("/", 1)[-1].lower()
    if short == "python" and not path.startswith("local/"):
        return embedded_image()
    found = find_images() if images is None else images
    exact = next((image for image in found if image.reference == bare), None)
    if exact:
        return exact
    if "/" in path and not path.startswith("local/"):
        return None
    loose = next((image for image in found if image.kernelspec.lower() == short), None)
    if loose and (not tag or tag in {"latest", loose.version}):
        return loose
    return next((image for image in found if image.language.lower() == short and not tag), None)


def _spec_dirs() -> dict[str, str]:
    from jupyter_client.kernelspec import KernelSpecManager

    found: dict[str, str] = KernelSpecManager(ensure_native_kernel=False).find_kernel_specs()
    return found


def _read_spec(name: str, spec_dir: str) -> LocalImage | None:
    from jupyter_client.kernelspec import KernelSpec

    try:
        spec = KernelSpec.from_resource_dir(spec_dir)
        argv = tuple(str(part) for part in spec.argv)
        interpreter = _resolve(argv[0])
    except (OSError, ValueError, IndexError, KeyError, TypeError) as error:
        _log.warning("the kernelspec %s cannot be used: %s", name, error)
        return None
    if interpreter is None:
        _log.warning("the kernelspec %s cannot be used: there is no program %s", name, argv[0])
        return None
    return LocalImage(
        kernelspec=name,
        version=_version(interpreter),
        language=str(spec.language or name).lower(),
        display_name=str(spec.display_name or name),
        interpreter=interpreter,
        argv=argv,
        env={str(key): str(value) for key, value in dict(spec.env).items()},
        interrupt_mode=str(spec.interrupt_mode),
    )


def _resolve(program: str) -> str | None:
    if program in {"python", "python3"} and importlib.util.find_spec("ipykernel"):
        return sys.executable
    return shutil.which(program)


def _is_same_kernel(image: LocalImage, embedded: LocalImage) -> bool:
    # Not resolved: a venv's python is a link to the system's, yet another environment.
    return image.is_ipykernel and not image.env and Path(image.interpreter) == Path(embedded.interpreter)


def _renamed(image: LocalImage, taken: set[str]) -> LocalImage:
    from msgspec.structs import replace

    number = 2
    while (name := f"{image.kernelspec}-{number}") in taken:
        number += 1
    return replace(image, kernelspec=name)


@lru_cache(maxsize=64)
def _version(interpreter: str) -> str:
    if interpreter == sys.executable:
        return platform.python_version()
    try:
        answer = subprocess.run(
            [interpreter, "--version"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return "0"
    found = re.search(r"\d+(?:\.\d+)+", answer.stdout + answer.stderr)
    return found.group() if found else "0"
