"""What survives a kill or a damaged file, who may read and write a library, what is refused."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import torch
from conftest import drawing
from library_runs import EVERYTHING, counts, index, names, noise
from PIL import Image

from benchmarks.library_scenario import killed_at
from multimodal.errors import GalleryError
from multimodal.lab import Lab
from multimodal.models.presets import Preset
from multimodal.search.library import writer
from multimodal.search.library.lock import LOCK_FILE, only_writer
from multimodal.search.library.reader import Library
from multimodal.search.library.store import DATABASE
from multimodal.settings.limits import Limits


def test_a_reader_sees_what_is_written_while_it_is_written(
    tiny_lab: Lab, library: Path, tmp_path: Path
) -> None:
    for number in range(100):
        noise(tmp_path / f"{number:03}.png", number, 40)
    query = Image.open(tmp_path / "099.png")
    states = tiny_lab.index_library(library, [tmp_path])
    state = next(states)
    while not state.indexed:
        state = next(states)
    with tiny_lab.open_library(library) as first, tiny_lab.open_library(library) as second:
        seen = tiny_lab.search(first, query, EVERYTHING)
        assert 0 < len(seen) < 100
        with pytest.raises(GalleryError, match=f"written by process {os.getpid()}"):
            index(tiny_lab, library, tmp_path)
        for _ in states:
            assert tiny_lab.search(second, query)
        for reader in (first, second):
            hits = tiny_lab.search(reader, query, EVERYTHING)
            assert len(hits) == 100 and hits[0].item.name.endswith("099.png")
        (tmp_path / "099.png").unlink()
        index(tiny_lab, library, tmp_path)
        hits = tiny_lab.search(first, query, EVERYTHING)
        assert len(hits) == 99 == len(second)


def test_the_lock_does_not_outlive_its_holder(tmp_path: Path) -> None:
    with only_writer(tmp_path), pytest.raises(GalleryError), only_writer(tmp_path):
        pass
    with only_writer(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text().strip() == str(os.getpid())


def test_another_clip_is_refused(tiny_lab: Lab, picture_files: list[Path], library: Path) -> None:
    index(tiny_lab, library, *picture_files)
    with pytest.raises(GalleryError, match="was made with the CLIP embedded-"):
        Library(library, "another")
    other = writer.update(
        library,
        picture_files,
        tiny_lab.models.clip,
        "another",
        device=tiny_lab.models.device,
        lock=tiny_lab.lock,
        limits=Limits.local(),
    )
    with pytest.raises(GalleryError, match="not with another"):
        next(other)
    with (
        tiny_lab.open_library(library) as opened,
        pytest.raises(GalleryError, match="has the shape"),
    ):
        opened.nearest(torch.ones(3), 1)


@pytest.mark.parametrize("harm", ["missing", "torn", "of the same size"])
def test_a_lost_index_costs_time_only(
    tiny_lab: Lab, picture_files: list[Path], library: Path, harm: str
) -> None:
    index(tiny_lab, library, *picture_files)
    expected = names(tiny_lab, library, drawing("blue"))
    (path,) = library.glob("*.faiss")
    whole = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(b"x" * (len(whole) if harm == "of the same size" else 9))
    assert names(tiny_lab, library, drawing("blue")) == expected
    (library / "flat-99.faiss").write_bytes(b"left by a run that was killed here")
    drawing("black").save(picture_files[0])
    index(tiny_lab, library, *picture_files)
    (path,) = library.glob("*.faiss")
    assert len(path.read_bytes()) == len(whole) and path.name != "flat-99.faiss"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "holds no library"), (b"", "holds no library"), (b"no database" * 99, "is damaged")],
)
def test_what_is_no_library_is_said_to_be_none(
    tiny_lab: Lab, library: Path, content: bytes | None, said: str
) -> None:
    library.mkdir()
    if content is not None:
        (library / DATABASE).write_bytes(content)
    with pytest.raises(GalleryError, match=said):
        tiny_lab.open_library(library)


def test_empty_libraries_and_impossible_places_are_refused(
    tiny_lab: Lab, picture_files: list[Path], library: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert index(tiny_lab, library, tmp_path / "empty").pictures == 0
    with tiny_lab.open_library(library) as opened, pytest.raises(GalleryError, match="is empty"):
        tiny_lab.search(opened, "red")
    assert index(tiny_lab, library, picture_files[0]).pictures == 1
    picture_files[0].unlink()
    index(tiny_lab, library, picture_files[0].parent)
    assert names(tiny_lab, library, drawing("red"))[0] != "red.png"
    with pytest.raises(GalleryError, match="nothing to index"):
        tiny_lab.index_library(library, [])
    with pytest.raises(GalleryError, match="does not exist"):
        tiny_lab.index_library(library, [tmp_path / "nowhere"])
    with pytest.raises(GalleryError, match="cannot be written"):
        index(tiny_lab, picture_files[1], picture_files[1])


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_run_killed_twice_loses_nothing(
    tiny_lab: Lab, tiny_preset: Preset, library: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    (folder / "copies").mkdir(parents=True)
    for number in range(280):
        noise(folder / f"{number:03}.png", number)
    for number in range(0, 280, 14):
        shutil.copy(folder / f"{number:03}.png", folder / "copies" / f"{number:03}.png")
        (folder / f"broken-{number:03}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(number))
    command = [
        sys.executable, "-m", "multimodal", "index", str(folder), "--library", str(library),
        "--preset", tiny_preset.clip, "--device", "cpu",
    ]  # fmt: skip

    def best(name: str) -> str:
        return names(tiny_lab, library, Image.open(folder / name), 1)[0]

    assert killed_at(command, 60)[1] == -signal.SIGKILL
    assert best("003.png") == "003.png"
    assert killed_at(command, 60)[1] == -signal.SIGKILL
    kept = contents(library)
    assert 64 <= kept < 280
    end = index(tiny_lab, library, folder)
    assert end.indexed == 280 - kept and end.pictures == 280
    assert {Path(skipped.path).name[:6] for skipped in end.skipped} == {"broken"}
    assert len(end.skipped) == 20 and all(skipped.reason for skipped in end.skipped)
    assert contents(library, ever=True) == 280  # nothing was embedded and stored twice
    with tiny_lab.open_library(library) as opened:
        hit = tiny_lab.search(opened, Image.open(folder / "014.png"))[0]
        assert hit.score == pytest.approx(1, abs=1e-3)
        assert opened.paths(hit.item) == [str(folder / "014.png"), str(folder / "copies/014.png")]

    (folder / "moved").mkdir()
    for number in range(30, 40):
        (folder / f"{number:03}.png").rename(folder / "moved" / f"{number:03}.png")
    for number in range(50, 56):  # without 56, of which there is a copy
        (folder / f"{number:03}.png").unlink()
    for number in range(60, 65):
        noise(folder / f"{number:03}.png", 1000 + number)
    end = index(tiny_lab, library, folder)
    assert counts(end) == {
        "indexed": 5, "changed": 5, "moved": 10, "deleted": 6, "unchanged": 300 - 5 - 10 - 6,
    }  # fmt: skip
    with tiny_lab.open_library(library) as opened:
        query, most = Image.open(folder / "060.png"), EVERYTHING
        hits = tiny_lab.search(opened, query, most)
    assert hits[0].item.path == str(folder / "060.png") and hits[0].score > 0.999
    paths = {hit.item.path for hit in hits}
    assert len(paths) == 274 and all(Path(path).is_file() for path in paths)
    assert str(folder / "moved" / "030.png") in paths


def contents(library: Path, ever: bool = False) -> int:
    """How many contents are stored now, or were ever."""
    query = "SELECT seq FROM sqlite_sequence" if ever else "SELECT count(*) FROM pictures"
    with closing(sqlite3.connect(library / DATABASE)) as database:
        return int(database.execute(query).fetchone()[0])
