"""The published documentation's own programs run with only their import line changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.protocol.test_programs import environ_of
from workbench.wire import Endpoint

TEXT = Path(__file__).parents[2].parent / "shared" / "published-examples.txt"

pytestmark = pytest.mark.skipif(not TEXT.exists(), reason="the published text is not here")

ASKING = (
    "import getpass; from IPython.display import SVG, display; n = input('name? '); "
    "p = getpass.getpass('pw: '); print('hi', n, len(p)); "
    'display(SVG("<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>"))'
)

HARNESS = """
import asyncio, getpass, json, sys
if sys.version_info >= (3, 14):
    asyncio.set_event_loop(asyncio.new_event_loop())
program, handler = json.loads(sys.argv[1])
names = {"__name__": "__main__", "getpass": getpass}
exec(handler, names)
published = names["handle_media"]
def handle_media(record):
    published(record)
    print("[media %s]" % record[1][0])
names["handle_media"] = handle_media
exec(compile(program, "published", "exec"), names)
"""
"""Gives the fragments what they use without importing or defining it."""


def between(start: str, end: str, *, after: str = "") -> str:
    """The part of the text from the line `start` to the line `end`, both with it."""
    text = TEXT.read_text("utf-8")
    text = text[text.index(after) :]
    first = text.index(start)
    return text[first : text.index(end, first) + len(end)]


def with_our_import(program: str) -> str:
    """The program with its one import line changed."""
    changed, count = re.subn(r"(?m)^from ai\.backend\.client import", "from workbench.wire import", program)
    assert count == 1
    return changed


def query_program() -> str:
    return with_our_import(between("import sys\n", "    kern.destroy()\n", after="Query mode"))


def batch_program() -> str:
    return with_our_import(between("import sys\n", "    kern.destroy()\n", after="Batch mode"))


def async_program() -> str:
    return with_our_import(between("import asyncio\n", "    loop.stop()\n"))


def input_program() -> str:
    """The query program with the if-block that the text says to put in."""
    block = between("if result['status'] == 'finished':", "    code = ''\n", after="Handling user inputs\n\nInside")
    program = query_program()
    start = program.index("        if result['status'] == 'finished':")
    end = program.index("    kern.destroy()")
    assert "waiting-input" in block
    return program[:start] + textwrap.indent(block, " " * 8) + program[end:]


def run(program: str, endpoint: Endpoint, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    handler = between("def handle_media(record):", "    ...\n", after="would look like")
    return subprocess.run(
        [sys.executable, "-c", HARNESS, json.dumps([program, handler])],
        cwd=folder,
        env=environ_of(endpoint),
        input=typed,
        text=True,
        capture_output=True,
        timeout=90,
        start_new_session=True,
        check=False,
    )


@pytest.mark.parametrize("program", [query_program, input_program, async_program])
def test_the_program_prints_its_greeting(program: object, endpoint: Endpoint, tmp_path: Path) -> None:
    assert callable(program)
    done = run(program(), endpoint, tmp_path)
    assert (done.returncode, done.stdout) == (0, "hello world\n"), done.stderr
    assert "Unclosed" not in done.stderr


@pytest.mark.parametrize("program", [input_program, async_program])
def test_the_program_answers_questions_and_hands_on_pictures(
    program: object, endpoint: Endpoint, tmp_path: Path
) -> None:
    assert callable(program)
    text = program()
    asking = re.sub(r"code = 'print\(\"hello world\"\)'", lambda _: f"code = {ASKING!r}", text)
    assert asking != text
    done = run(asking, endpoint, tmp_path, "bob\nsecret\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("name? ")
    assert "hi bob 6\n" in done.stdout
    assert "[media image/svg+xml]" in done.stdout
    assert "secret" not in done.stdout


def test_the_batch_program_builds_and_runs_what_it_uploads(endpoint: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='published-example', version='1', py_modules=[])\n"
    )
    (tmp_path / "mycode.py").write_text("import sys\nprint('ran with', sys.argv[1:])\n")
    done = run(batch_program(), endpoint, tmp_path)
    assert done.returncode == 0, done.stderr
    if "No matching distribution found for setuptools" in done.stderr + done.stdout:
        pytest.skip("building a package needs a package index")
    assert "ran with ['arg1', 'arg2']\n" in done.stdout
