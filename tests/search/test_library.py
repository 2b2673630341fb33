"""Libraries on disk: what a run notices, and what it leaves alone."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from threading import Event

import pytest
from conftest import drawing
from library_runs import counts, index, names, noise

from multimodal.files import prefetch
from multimodal.lab import Lab
from multimodal.search.library import writer
from multimodal.settings.limits import Limits


@pytest.fixture
def no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the times of files that were written a moment ago."""
    monkeypatch.setattr(prefetch, "CLOCK_TICK_NS", 0)


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
        return prefetch.read(source, *rest)  # type: ignore[arg-type]

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
        tiny_lab.models.clip,
        tiny_lab.models.clip_id,
        device=tiny_lab.models.device,
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
