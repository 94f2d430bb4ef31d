"""The process that draws one SVG: a path to resvg, limits and sizes as arguments, XML in, PNG out.

It is run as a file by an interpreter without site packages, and imports nothing of the workbench.
"""

from __future__ import annotations

import contextlib
import resource
import sys


def _limit(kind: int, amount: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of address space
        resource.setrlimit(kind, (amount, amount))


def main(library: str, memory: str, seconds: str, *size_and_fonts: str) -> int:
    """Draw standard input within a width and a height in pixels and write it to standard output."""
    width, height, fonts = size_and_fonts
    sys.path.append(library)
    from resvg_py import svg_to_bytes

    source = sys.stdin.buffer.read().decode()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, int(memory))
    _limit(resource.RLIMIT_CPU, int(seconds))
    _limit(resource.RLIMIT_FSIZE, 0)
    if fonts != "fonts":
        _limit(resource.RLIMIT_NOFILE, 0)
    try:
        png = svg_to_bytes(
            svg_string=source,
            width=int(width),
            height=int(height),
            dpi=96,
            skip_system_fonts=fonts != "fonts",
            sans_serif_family="DejaVu Sans",
        )
    except ValueError as error:
        sys.stderr.write(str(error))
        return 3
    sys.stdout.buffer.write(png)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
