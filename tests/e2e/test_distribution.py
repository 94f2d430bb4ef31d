"""What is shipped: the wheel and the source archive are whole, and the wheel works away from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import World
from tests.e2e.tui import Tui

ROOT = Path(__file__).parents[2]


def build(kind: str, source: Path, out: Path) -> Path:
    """Build with the backend that pyproject.toml names, without a network."""
    code = f"import hatchling.build, sys; print(hatchling.build.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)], cwd=source, capture_output=True, text=True, timeout=100, check=True
    )
    return out / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an installer fills it."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def files(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_every_module_the_styles_and_the_themes(wheel: Path) -> None:
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "workbench").rglob("*.py")}
    expected |= {str(path.relative_to(ROOT)) for path in (ROOT / "workbench").rglob("*.tcss")}
    expected |= {f"workbench/config/themes_shipped/{path.name}" for path in (ROOT / "themes").glob("*.toml")}
    expected.add("workbench/py.typed")
    assert expected - files(wheel) == set()
    assert {name for name in files(wheel) if name.split("/")[0] != "workbench" and ".dist-info/" not in name} == set()


def test_the_wheel_names_the_command_and_the_licence(wheel: Path) -> None:
    [entry] = [name for name in files(wheel) if name.endswith("/entry_points.txt")]
    assert "backend-tui = workbench.cli.main:main" in zipfile.ZipFile(wheel).read(entry).decode()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in files(wheel))


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build("sdist", ROOT, tmp_path)
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    assert files(build("wheel", source, tmp_path)) == files(wheel)
    for name in ("Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "tests/e2e", "themes"):
        assert (source / name).exists(), name


def test_the_installed_wheel_opens_the_workbench_with_its_own_themes(installed: Path, world: World) -> None:
    env = {**world.env, "PYTHONPATH": str(installed)}
    where = "import workbench, workbench.config.paths as p; print(workbench.__file__, p.shipped_themes())"
    told = subprocess.run(
        [sys.executable, "-c", where], env=env, cwd=world.root, capture_output=True, text=True, timeout=60, check=True
    )
    assert [path.startswith(str(installed)) for path in told.stdout.split()] == [True, True]
    with Tui([sys.executable, "-m", "workbench", "--theme", "house-light"], env=env, cwd=world.root) as tui:
        tui.wait("Hello from a live session")
        tui.wait("local ●")
        tui.key("ctrl+q")
        assert tui.ended() == 0
    assert "There is no theme" not in tui.screen


def ci(tmp_path: Path, programs: dict[str, str], rig: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `.ci/run` where only these programs, and those of a bare shell, are found, and beside it this cluster."""
    for folder, scripts in (("bin", programs), ("shared/rig", rig or {})):
        (tmp_path / folder).mkdir(parents=True)
        for name, text in scripts.items():
            (tmp_path / folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / folder / name).chmod(0o755)
    for name in ("bash", "env", "dirname", "mktemp", "rm", "tail", "cat", "touch"):
        (tmp_path / "bin" / name).symlink_to(
            next(Path(each) / name for each in ("/bin", "/usr/bin") if Path(each, name).exists())
        )
    (tmp_path / "main" / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / "main" / ".ci" / "run")
    return subprocess.run(
        [tmp_path / "main" / ".ci" / "run"],
        env={**os.environ, "PATH": str(tmp_path / "bin"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_continuous_integration_fails_when_the_tests_fail(tmp_path: Path) -> None:
    found = dict.fromkeys(("vim", "htop", "tmux", "less"), "exit 0")
    done = ci(tmp_path, {**found, "make": 'echo "make $*"; exit 7', "apt-get": "exit 9"})
    assert (done.returncode, done.stdout, done.stderr) == (7, "make test\n", "")


def test_continuous_integration_goes_on_without_programs_it_cannot_install(tmp_path: Path) -> None:
    fails = "echo broken >&2; exit 100"
    done = ci(tmp_path, {"make": "echo tested", "apt-get": fails, "sudo": fails, "vim": "exit 0", "less": "exit 0"})
    assert (done.returncode, done.stdout) == (0, "tested\n")
    assert done.stderr == "Not installed: htop tmux. The tests that need them are skipped.\n"


FOUND = dict.fromkeys(("vim", "htop", "tmux", "less"), "exit 0")


@pytest.mark.skipif(os.geteuid() != 0, reason="a cluster is started by root only")
@pytest.mark.parametrize("code", [0, 3])
def test_continuous_integration_tests_a_cluster_and_stops_it_however_they_end(tmp_path: Path, code: int) -> None:
    rig = {"up": 'echo "export BACKEND_ENDPOINT=it" >"$1/env.sh"', "down": f'echo "$2" >{tmp_path}/stopped'}
    make = f'echo "make $* $BACKEND_ENDPOINT"; [ "$1" = test ] || exit {code}'
    done = ci(tmp_path, {**FOUND, "unshare": "exit 0", "make": make}, rig)
    assert (done.returncode, done.stdout, done.stderr) == (code, "make test \nmake interop it\n", "")
    assert (tmp_path / "stopped").read_text() == "--wipe\n"
    assert not list(tmp_path.glob("tmp.*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="a cluster is started by root only")
def test_continuous_integration_says_why_there_is_no_cluster(tmp_path: Path) -> None:
    rig = {"up": "echo starting; echo no python >&2; exit 1", "down": "exit 0"}
    done = ci(tmp_path, {**FOUND, "unshare": "exit 0", "make": 'echo "make $*"'}, rig)
    assert (done.returncode, done.stdout) == (0, "make test\n")
    assert "no python" in done.stderr
    assert "tests/interop did not run" in done.stderr


def test_continuous_integration_goes_on_where_no_cluster_can_be_started(tmp_path: Path) -> None:
    done = ci(tmp_path, {**FOUND, "unshare": "exit 1", "make": 'echo "make $*"'}, {"up": "exit 9", "down": "exit 9"})
    assert (done.returncode, done.stdout) == (0, "make test\n")
    assert "tests/interop did not run" in done.stderr
