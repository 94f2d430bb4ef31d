"""What the server runs inside an IPython kernel: once when it is warm, and once when a session takes it over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"

_NEEDED_AT_START = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "MALLOC_", "GLIBC_", "IPYTHON", "JUPYTER", "JPY_")


def needs_fresh_start(warm: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether some variable differs that a process reads only when it starts."""
    changed = {key for key in warm.keys() | wanted.keys() if warm.get(key) != wanted.get(key)}
    return any(key.startswith(_NEEDED_AT_START) for key in changed)


WARM_UP = (
    """
def _workbench_warm_up():
    # All output is kept in memory besides, for exporting a notebook: a flood would fill it.
    import contextlib
    ip = get_ipython()
    if hasattr(ip, "_tee"):
        ip._tee = lambda channel: contextlib.nullcontext()
_workbench_warm_up()
""",
    """
def _workbench_warm_up():
    import fcntl, struct, sys, termios, time, warnings, zmq
    ip = get_ipython()

    # The kernel's end drops messages when the reader is behind; it must wait instead.
    def keep():
        thread.socket.sndhwm = 16
        thread.socket.setsockopt(zmq.XPUB_NODROP, 1)
        # What forked processes print comes over TCP, where others may connect: it moves beside the other sockets.
        if getattr(thread, "_pipe_in", None) is not None:
            pipe = thread._pipe_in.socket
            pipe.unbind(pipe.getsockopt(zmq.LAST_ENDPOINT))
            pipe.bind(address)
            thread._setup_pipe_out = pipe_out
    def pipe_out():
        context = zmq.Context()
        out = context.socket(zmq.PUSH)
        out.linger = 3000
        out.connect(address)
        return context, out
    thread, address = ip.kernel.iopub_thread, f"ipc://{ip.kernel.parent.ip}-6"
    thread.schedule(keep)

    # Each stream is sent by itself every 0.2 s, which loses the order between the two. The class is changed, because
    # others replace `write` of a stream for the time of a cell, and put back what they found.
    streams = (sys.stdout, sys.stderr)
    last, unsent = [None], [0]
    if all(hasattr(stream, "flush_interval") and hasattr(stream, "_flush") for stream in streams):
        for stream in streams:
            vars(stream).pop("write", None)
        kind = type(sys.stdout)
        write = kind.write
        def ordered_write(stream, text):
            if last[0] is not stream and stream in streams:
                if last[0] is not None:
                    last[0]._flush()
                last[0] = stream
            if isinstance(text, str) and not text.isascii():
                # A lone surrogate would lose the message, with everything else in it.
                text = text.encode("utf-8", "backslashreplace").decode()
            size = write(stream, text)
            # Code must not print faster than its output leaves, or the rest fills the memory.
            unsent[0] += len(text)
            if unsent[0] > 1_000_000:
                unsent[0] = 0
                stream.flush()
            return size
        kind.write = ordered_write
        kind.flush_interval = 0.02

    # What programs wrote to the descriptors passes through a pipe and a thread: let it arrive before the run ends.
    def pending():
        try:
            return any(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"0000"))[0] for fd in (1, 2))
        except OSError:
            return False
    def settle(*_):
        end = time.monotonic() + 1.0
        while pending() and time.monotonic() < end:
            time.sleep(0.001)
            if not pending():
                time.sleep(0.002)
    ip.events.register("post_run_cell", settle)

    # Jedi reads sources for seconds before its first answer; the live names of the session answer at once.
    ip.Completer.use_jedi = False

    # `exit()` ends the code, as in a script, and not the session.
    def leave(code=None):
        "Raise SystemExit(code); the session stays."
        raise SystemExit(code)
    ip.user_ns["exit"] = ip.user_ns["quit"] = leave
    ip.user_ns_hidden["exit"] = ip.user_ns_hidden["quit"] = leave
    warnings.filterwarnings("ignore", message="To exit: use", category=UserWarning)
_workbench_warm_up()
""",
    """
def _workbench_warm_up():
    import signal, sys, threading, time
    ip = get_ipython()
    kernel, run_code = ip.kernel, ip.run_code
    if not all(hasattr(kernel, name) for name in ("pre_handler_hook", "post_handler_hook")):
        return

    # An interrupt that comes before the code does would end a hook, which swallows it, or the request, which then has
    # no reply. It is for the code: it waits until the code is there.
    turn, wanted, waiting = [0], [False], [None]
    main = threading.main_thread().ident
    def place():
        frame = sys._current_frames().get(main)
        return frame and (id(frame), frame.f_lasti)
    def deliver(mine, number):
        while turn[0] == mine:
            time.sleep(0.01)
            if turn[0] != mine or signal.getsignal(number) is postpone:
                continue
            wanted[0], before = False, place()
            signal.pthread_kill(main, number)
            # A signal just before a call that waits does not wake it; whoever has moved on has seen it.
            time.sleep(0.05)
            if place() != before and not wanted[0]:
                break
        if waiting[0] == mine:
            waiting[0] = None
    def postpone(number, frame):
        wanted[0] = True
        if waiting[0] != turn[0]:
            waiting[0] = turn[0]
            threading.Thread(target=deliver, args=(turn[0], number), daemon=True).start()
    def begin():
        turn[0] += 1
        kernel.saved_sigint_handler = signal.signal(signal.SIGINT, postpone)
    def end():
        turn[0] += 1
        signal.signal(signal.SIGINT, kernel.saved_sigint_handler)
    async def interruptible(*args, **kwargs):
        # Code within code, code of another thread and a handler of the code's own are left alone.
        mine = threading.get_ident() == main and signal.getsignal(signal.SIGINT) is postpone
        try:
            if mine:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            return await run_code(*args, **kwargs)
        finally:
            if mine and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, postpone)
    kernel.pre_handler_hook, kernel.post_handler_hook, ip.run_code = begin, end, interruptible
_workbench_warm_up()
del _workbench_warm_up
""",
)
"""Pieces: what the first switches off is still at work while the first runs."""

COMPLETION_WARM_UP = "get_ipython().run"


def hand_over(environ: Mapping[str, str], folder: Path) -> str:
    """Code that gives the kernel this environment and working folder."""
    wanted = json.dumps(json.dumps(dict(environ)))
    return f"""
def _workbench_hand_over():
    import json, os, time
    wanted = json.loads({wanted})
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)
    time.tzset()
    os.chdir({str(folder)!r})
    get_ipython().user_ns["_dh"][:] = [os.getcwd()]
_workbench_hand_over()
del _workbench_hand_over
"""
