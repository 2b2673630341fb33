"""Fetching packages: once, complete, also by two processes at a time."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run

import pytest

from multimodal.errors import LabError
from training.data.npm import package_folder

NAME, STEM = "openmoji", "openmoji-17.0.0"
#: Stands for the registry: packs one file, slowly enough for a second process to come between.
PACK = f"""#!{sys.executable}
import io, sys, tarfile, time
if "--fail" in {{mode!r}}:
    sys.exit("E404 not found")
with tarfile.open(sys.argv[-1] + "/{STEM}.tgz", "w:gz") as archive:
    file = tarfile.TarInfo("package/data.json")
    file.size = 2
    archive.addfile(file, io.BytesIO(b"[]"))
time.sleep(0.5)
"""


def put_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, mode: str = "") -> None:
    folder.mkdir()
    (folder / "npm").write_text(PACK.format(mode=mode))
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_two_processes_may_fetch_the_same_package_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_npm(tmp_path / "bin", monkeypatch)
    code = f"from training.data.npm import package_folder; package_folder({NAME!r})"
    environment = {**os.environ, "MULTIMODAL_DATA": str(tmp_path)}

    def fetch(_: int) -> str:
        command = [sys.executable, "-c", code]
        return run(command, env=environment, capture_output=True, text=True).stderr

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(fetch, range(3))) == ["", "", ""]
    assert [path.name for path in (tmp_path / "npm").iterdir()] == [STEM]
    assert (tmp_path / "npm" / STEM / "data.json").read_text() == "[]"


def test_what_cannot_be_fetched_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_npm(tmp_path / "bin", monkeypatch, "--fail")
    with pytest.raises(LabError, match=r"could not fetch openmoji@17.0.0 \(E404 not found\)"):
        package_folder(NAME, tmp_path)
    assert not list((tmp_path / "npm").iterdir())
