"""Libraries on disk: what a run notices, what survives a kill, who may read and write."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from conftest import drawing
from PIL import Image

from multimodal import reading
from multimodal.errors import GalleryError
from multimodal.lab import Lab
from multimodal.library import refresh, writer
from multimodal.library.lock import LOCK_FILE, only_writer
from multimodal.library.progress import Update
from multimodal.library.reader import Library
from multimodal.library.store import DATABASE, Store
from multimodal.library.vectors import VectorIndex
from multimodal.limits import Limits
from multimodal.presets import Preset
from multimodal.settings import SearchSettings

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = SearchSettings(top_k=1000, strictness=0, group_alike=False)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the times of files that were written a moment ago."""
    monkeypatch.setattr(reading, "CLOCK_TICK_NS", 0)


def index(lab: Lab, library: Path, *sources: Path) -> Update:
    *_, end = lab.index_library(library, sources)
    return end


def names(lab: Lab, library: Path, query: Image.Image, top_k: int = 1000) -> list[str]:
    with lab.open_library(library) as opened:
        return [Path(h.item.path).name for h in lab.search(opened, query, SearchSettings(top_k, 0))]


def counts(end: Update) -> dict[str, int]:
    found = ("indexed", "unchanged", "changed", "copies", "moved", "deleted")
    return {name: getattr(end, name) for name in found if getattr(end, name)}


def noise(path: Path, seed: int, side: int = 200) -> None:
    """A picture of its own that takes a moment to decode."""
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, compress_level=1)


def test_every_picture_finds_itself_with_its_true_cosine(
    tiny_lab: Lab, picture_files: list[Path], library: Path
) -> None:
    end = index(tiny_lab, library, *picture_files)
    assert end.complete and end.pictures == end.indexed == 4
    gallery = tiny_lab.index(picture_files)
    with tiny_lab.open_library(library) as opened:
        assert len(opened) == 4
        for colour in ("red", "green", "blue", "yellow"):
            query = tiny_lab.encode_query("", [drawing(colour)])
            hits = opened.nearest(query, 3)
            assert Path(hits[0].item.path).stem == colour and len(hits) == 3
            exact = {
                item.path: float(f @ query)
                for item, f in zip(gallery.items, gallery.features, strict=True)
            }
            for hit in hits:
                assert hit.score == pytest.approx(exact[hit.item.path], abs=2e-3)
            assert hits == sorted(hits, key=lambda hit: -hit.score)


def test_new_changed_moved_copied_and_deleted_files_are_noticed(
    tiny_lab: Lab, picture_files: list[Path], library: Path
) -> None:
    folder, (red, green, blue, yellow) = picture_files[0].parent, picture_files
    assert counts(index(tiny_lab, library, folder)) == {"indexed": 4}
    assert counts(index(tiny_lab, library, folder)) == {"unchanged": 4}
    drawing("black").save(red)
    (folder / "deep").mkdir()
    green.rename(folder / "deep" / "verde.png")
    blue.unlink()
    shutil.copy(yellow, folder / "zz.png")
    drawing("white").save(folder / "new.png")
    end = index(tiny_lab, library, folder)
    assert counts(end) == {
        "indexed": 2, "changed": 1, "moved": 1, "deleted": 1, "copies": 1, "unchanged": 1,
    }  # fmt: skip
    assert end.pictures == 4
    found = names(tiny_lab, library, drawing("green"))
    assert found[0] == "verde.png"
    assert sorted(found) == ["new.png", "red.png", "verde.png", "yellow.png"]
    with tiny_lab.open_library(library) as opened:
        hit = tiny_lab.search(opened, drawing("yellow"))[0]
        assert opened.paths(hit.item) == [str(yellow), str(folder / "zz.png")]


def test_a_change_that_keeps_size_and_time_is_noticed(
    tiny_lab: Lab, library: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.bmp"
    drawing("red").save(path)
    before = path.stat()
    index(tiny_lab, library, path)
    drawing("blue").save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert counts(index(tiny_lab, library, path)) == {"indexed": 1, "changed": 1}


@pytest.fixture
def opened_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read from here on."""
    opened: list[str] = []

    def listening(source: object, *rest: object) -> object:
        opened.append(source.name)  # type: ignore[attr-defined]
        return reading.read(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "read", listening)
    return opened


def test_unchanged_files_and_zips_are_not_opened_and_broken_ones_stay_listed(
    tiny_lab: Lab,
    picture_files: list[Path],
    library: Path,
    no_tick: None,
    opened_files: list[str],
) -> None:
    folder = picture_files[0].parent
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (folder / "notes.txt").write_text("no picture")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(picture_files[0], "same.png")
        archive.writestr("bad.png", b"no picture")
        archive.writestr("readme.txt", "no picture")
    first = index(tiny_lab, library, folder)
    assert counts(first) == {"indexed": 4, "copies": 1} and len(opened_files) == 7
    opened_files.clear()
    again = index(tiny_lab, library, folder)
    assert counts(again) == {"unchanged": 5} and opened_files == []
    listed = {Path(skipped.path).name: skipped.reason for skipped in first.skipped}
    assert set(listed) == {"broken.jpg", "notes.txt", "bad.png", "readme.txt"}
    assert all(listed.values())
    assert {Path(s.path).name: s.reason for s in again.skipped} == listed
    drawing("pink").save(folder / "broken.jpg")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(picture_files[1], "other.png")
    end = index(tiny_lab, library, folder)
    assert counts(end) == {"indexed": 1, "copies": 1, "deleted": 1, "unchanged": 4}
    assert [Path(skipped.path).name for skipped in end.skipped] == ["notes.txt"]
    assert sorted(Path(name).name for name in opened_files) == ["broken.jpg", "other.png"]


def test_a_damaged_zip_is_named_and_its_pictures_leave(
    tiny_lab: Lab, picture_files: list[Path], library: Path, tmp_path: Path
) -> None:
    path = tmp_path / "album.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(picture_files[0], "red.png")
    assert index(tiny_lab, library, path, picture_files[1]).pictures == 2
    path.write_bytes(b"PK\x03\x04 torn")
    end = index(tiny_lab, library, path)
    assert counts(end) == {"deleted": 1} and end.pictures == 1
    assert [skipped.path for skipped in end.skipped] == [str(path)]


def test_a_zip_that_was_left_in_the_middle_is_read_to_its_end(
    tiny_lab: Lab, library: Path, tmp_path: Path, no_tick: None
) -> None:
    path = tmp_path / "album.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(150):
            noise(tmp_path / "one.png", number, 40)
            archive.write(tmp_path / "one.png", f"{number:03}.png")
    stop = Event()
    states = []
    for state in tiny_lab.index_library(library, [path], stop):
        stop.set()
        states.append(state)
    kept = states[-1].pictures
    assert not states[-1].complete and 0 < kept < 150
    end = index(tiny_lab, library, path)
    assert end.indexed == 150 - kept and end.pictures == 150 and end.unchanged == kept


def test_only_what_lies_under_the_sources_can_be_gone(
    tiny_lab: Lab, picture_files: list[Path], library: Path, tmp_path: Path
) -> None:
    for number, path in enumerate(picture_files):
        place = tmp_path / ("photos" if number < 2 else "photos 2") / path.name
        place.parent.mkdir(exist_ok=True)
        path.rename(place)
    index(tiny_lab, library, tmp_path / "photos", tmp_path / "photos 2")
    (tmp_path / "photos 2" / "blue.png").unlink()
    assert counts(index(tiny_lab, library, tmp_path / "photos")) == {"unchanged": 2}
    both = [tmp_path / "photos 2", tmp_path / "photos 2" / "yellow.png"]  # one lies in the other
    assert counts(index(tiny_lab, library, *both)) == {"unchanged": 1, "deleted": 1}


def test_a_stopped_or_limited_run_deletes_nothing(
    tiny_lab: Lab, picture_files: list[Path], library: Path
) -> None:
    folder = picture_files[0].parent
    index(tiny_lab, library, folder)
    picture_files[3].unlink()
    stop = Event()
    stop.set()
    *_, end = tiny_lab.index_library(library, [folder], stop)
    assert not end.complete and end.pictures == 4
    *_, end = writer.update(
        library,
        [folder],
        tiny_lab.clip,
        tiny_lab.clip_id,
        device=tiny_lab.device,
        lock=tiny_lab.lock,
        limits=Limits(max_pictures=2),
    )
    assert not end.complete and end.pictures == 4
    assert "beyond the limit" in end.skipped[-1].reason
    assert index(tiny_lab, library, folder).pictures == 3


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_keeps_its_pictures(
    tiny_lab: Lab, picture_files: list[Path], library: Path
) -> None:
    folder = picture_files[0].parent
    index(tiny_lab, library, folder.parent)
    folder.chmod(0)
    try:
        end = index(tiny_lab, library, folder.parent)
    finally:
        folder.chmod(0o755)
    assert end.complete and end.pictures == 4 and end.skipped[0].path == str(folder)


def test_the_librarys_own_files_are_no_pictures_to_complain_about(
    tiny_lab: Lab, picture_files: list[Path]
) -> None:
    folder = picture_files[0].parent
    for _ in range(2):
        assert index(tiny_lab, folder / "library", folder).skipped == ()


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
        tiny_lab.clip,
        "another",
        device=tiny_lab.device,
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


def clustered(num: int, dim: int = 32, seed: int = 0) -> np.ndarray:
    """Unit vectors (num, dim) around 40 centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, dim))
    vectors = centres[rng.integers(0, 40, num)] + 0.4 * rng.standard_normal((num, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def put(store: Store, vectors: np.ndarray, start: int = 0) -> None:
    with store.transaction():
        store.sql.execute("UPDATE library SET dim = ?", (vectors.shape[1],))
        for number, vector in enumerate(vectors, start):
            picture = store.add_picture(number.to_bytes(32, "big"), vector)
            store.put_file(f"/{number}.png", f"{number}.png", "", picture)


def recall(library: Path, queries: np.ndarray, vectors: np.ndarray, gone: set[int]) -> float:
    """Recall@10 of a library of vectors whose numbers are the names of their files."""
    found = 0
    with Library(library, "model") as opened:
        for query in queries:
            scores = vectors @ query
            scores[list(gone)] = -2
            best = set(np.argsort(-scores)[:10].tolist())
            hits = opened.nearest(torch.from_numpy(query), 10)
            numbers = {int(Path(hit.item.name).stem) for hit in hits}
            assert len(numbers) == 10 and not numbers & gone
            found += len(best & numbers)
    return found / (10 * len(queries))


def test_a_large_library_grows_shrinks_and_finds_what_an_exact_search_finds(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "FLAT_UP_TO", 1000)
    library.mkdir()
    vectors = clustered(6000)
    queries = vectors[::200] + 0.02 * clustered(30, seed=1)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    store = Store.write(library, "model")
    put(store, vectors[:2500])
    refresh.refresh(store, drop_orphans=True)
    first = store.head()
    assert first.trained_on == 2500 and first.index_file.startswith("cells-")
    assert recall(library, queries, vectors[:2500], set()) >= 0.95
    put(store, vectors[2500:4000], 2500)
    assert recall(library, queries, vectors[:4000], set()) >= 0.95  # not in the index yet
    gone = set(range(100, 4000, 7))
    with store.transaction():
        for number in gone:
            store.sql.execute("DELETE FROM files WHERE path = ?", (f"/{number}.png",))
    assert recall(library, queries, vectors[:4000], gone) >= 0.95
    refresh.refresh(store, drop_orphans=True)
    grown = store.head()
    assert grown.trained_on == 2500 and grown.index_file != first.index_file
    assert grown.covered == 4000
    index = VectorIndex.load(library / grown.index_file, grown.index_bytes)
    assert index is not None and len(index) == 4000 - len(gone) == store.count()
    assert recall(library, queries, vectors[:4000], gone) >= 0.95
    put(store, vectors[4000:], 4000)
    refresh.refresh(store, drop_orphans=True)
    assert store.head().trained_on == 6000 - len(gone)  # learned anew
    assert recall(library, queries, vectors, gone) >= 0.95
    refresh.refresh(store, drop_orphans=True)
    assert store.head().generation == 3  # nothing to do
    store.close()
    with Library(library, "model", exact=True) as opened:
        hit = opened.nearest(torch.from_numpy(vectors[5]), 1)[0]
        assert hit.item.name == "5.png" and hit.score == pytest.approx(1, abs=1e-3)
        assert opened._index is None  # all of it compared


def test_a_long_run_writes_an_index_on_its_way(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.mkdir()
    store = Store.write(library, "model")
    put(store, clustered(50))
    assert not refresh.lags_far_behind(store)
    monkeypatch.setattr(refresh, "LAG", 20)
    assert refresh.lags_far_behind(store)
    refresh.refresh(store, drop_orphans=False)
    assert not refresh.lags_far_behind(store)
    store.close()


@pytest.mark.parametrize(
    "imports",
    [
        "import torch, multimodal.lab; assert 'faiss' not in sys.modules; import faiss",
        "import faiss, torch",
    ],
)
def test_the_lab_loads_no_faiss_and_faiss_and_torch_work_in_one_process(imports: str) -> None:
    script = """
import sys
IMPORTS
import numpy as np
vectors = np.random.default_rng(0).standard_normal((4000, 64), dtype=np.float32)
for _ in range(3):
    cells = faiss.IndexIVFFlat(faiss.IndexFlatIP(64), 64, 32)
    cells.train(vectors)
    cells.add(vectors)
    torch.randn(300, 300) @ torch.randn(300, 300)
    cells.search(vectors[:50], 5)
    torch.nn.Conv2d(3, 8, 3)(torch.randn(2, 3, 64, 64)).sum().backward()
"""
    command = [sys.executable, "-c", script.replace("IMPORTS", imports)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def killed_at(command: list[str], pictures: int) -> None:
    """Run until that many pictures are indexed, and kill -9."""
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        indexed = int(line.split(" files, ")[1].split()[0])
        if indexed >= pictures:
            process.send_signal(signal.SIGKILL)
            break
    process.stderr.close()
    assert process.wait() == -signal.SIGKILL


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

    killed_at(command, 60)
    assert best("003.png") == "003.png"
    killed_at(command, 60)
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
