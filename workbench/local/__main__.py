"""`python -m workbench.local`: the embedded server as a process."""

from __future__ import annotations

import argparse
import os
import sys


def main() -> None:
    """Serve; with `--detach`, in a process of its own that outlives whoever started it."""
    parser = argparse.ArgumentParser(prog="python -m workbench.local", description=__doc__)
    parser.add_argument("--detach", action="store_true", help="serve in a process of its own")
    parser.add_argument("--ready-fd", type=int, help="file descriptor to tell `ready`, or the reason why not, on")
    options = parser.parse_args()
    if options.detach and os.fork():
        # The starter waits for this process only: the server is nobody's child and leaves no zombie.
        os._exit(0)
    _serve(options.ready_fd)


def _serve(ready_fd: int | None) -> None:
    import logging

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)

    from workbench.local.server import run, tell
    from workbench.local.settings import Settings
    from workbench.local.state import LocalServerError

    try:
        run(Settings.from_env(os.environ), ready_fd)
    except (LocalServerError, ValueError, OSError) as error:
        tell(ready_fd, str(error))
        sys.exit(str(error))


if __name__ == "__main__":
    main()
