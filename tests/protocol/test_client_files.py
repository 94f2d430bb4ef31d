"""Files go into a real session's folder and come back as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.wire.compute import ComputeSession
from workbench.wire.errors import ApiError, NotFound
from workbench.wire.files import FileProblem

CONTENT = os.urandom(300_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few files."""
    (tmp_path / "src" / "deep er").mkdir(parents=True)
    (tmp_path / "src" / "main.py").write_text("print('main')")
    (tmp_path / "src" / "deep er" / "데이터 (1) ü.bin").write_bytes(CONTENT)
    return tmp_path


async def test_files_keep_their_folders_and_every_byte(
    kern: ComputeSession, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told: list[tuple[int, int]] = []
    await kern.upload([folder / "src"], basedir=folder, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (300_013, 300_013)
    assert [(entry.name, entry.is_folder) for entry in await kern.list_files("src")] == [
        ("deep er", True),
        ("main.py", False),
    ]
    (entry,) = await kern.list_files("src/deep er")
    assert (entry.name, entry.size) == ("데이터 (1) ü.bin", 300_000)
    assert await kern.download_single("src/deep er/데이터 (1) ü.bin") == CONTENT
    target = tmp_path_factory.mktemp("out")
    written = await kern.download(["src/main.py", "src/deep er/데이터 (1) ü.bin"], target)
    assert sorted(path.read_bytes() for path in written) == sorted([b"print('main')", CONTENT])
    assert all(path.is_relative_to(target.resolve()) for path in written)


async def test_more_files_than_one_request_takes(shared: ComputeSession, tmp_path: Path) -> None:
    names = [f"many-{number:02}.txt" for number in range(45)]
    for name in names:
        (tmp_path / name).write_text(name)
    await shared.upload([tmp_path / name for name in names])
    listed = {entry.name for entry in await shared.list_files()}
    assert set(names) <= listed
    written = await shared.download(names[:12], tmp_path / "back")
    assert sorted(path.read_text() for path in written) == names[:12]


async def test_code_sees_an_uploaded_file_and_a_file_that_code_made_comes_back(shared: ComputeSession) -> None:
    await shared.upload_bytes("given/in.txt", b"seven")
    result = await shared.execute(None, "open('made.txt', 'w').write(open('given/in.txt').read() * 2)")
    assert result["status"] == "finished"
    assert await shared.download_single("made.txt") == b"sevenseven"


async def test_relative_names_are_those_of_the_working_folder(
    shared: ComputeSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    await shared.upload(["src/main.py"])
    assert await shared.download_single("src/main.py") == b"print('main')"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "", "a\nb"])
async def test_a_name_outside_the_folder_is_not_even_sent(shared: ComputeSession, name: str) -> None:
    with pytest.raises(FileProblem):
        await shared.upload_bytes(name, b"x")


async def test_a_local_file_that_is_not_there_is_told_before_anything_is_sent(
    shared: ComputeSession, folder: Path
) -> None:
    with pytest.raises(FileProblem, match="is not a file"):
        await shared.upload([folder / "src" / "main.py", folder / "missing"])
    with pytest.raises(FileProblem, match="not in the folder"):
        await shared.upload([folder / "src" / "main.py"], basedir=folder / "src" / "deep er")


async def test_a_file_over_the_servers_limit_is_refused_by_the_server(shared: ComputeSession) -> None:
    with pytest.raises(ApiError) as caught:
        await shared.upload_bytes("large.bin", b"x" * (1 << 20))
    assert caught.value.status in {400, 413}


async def test_what_is_not_there_is_an_error(shared: ComputeSession, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await shared.list_files("no/such/folder")
    with pytest.raises(ApiError):
        await shared.download_single("no-such-file")
    with pytest.raises(ApiError):
        await shared.download(["no-such-file"], tmp_path)
    with pytest.raises(ApiError):
        await shared.download_single("../../../etc/passwd")
