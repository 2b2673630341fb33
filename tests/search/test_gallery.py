"""Indexing, searching and saving galleries."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from threading import Event, Thread

import pytest
import torch
from conftest import drawing
from PIL import Image

from multimodal.errors import GalleryError, ImageError, PromptError
from multimodal.files.originals import read_original, write_zip
from multimodal.lab import Lab
from multimodal.search.gallery import Gallery
from multimodal.search.hits import NEAREST
from multimodal.settings.jobs import SearchSettings
from multimodal.settings.limits import Limits


def test_a_picture_finds_itself_first(tiny_lab: Lab, picture_files: list[Path]) -> None:
    gallery = tiny_lab.index(picture_files)
    assert len(gallery) == 4
    for path, colour in zip(picture_files, ("red", "green", "blue", "yellow"), strict=True):
        best = tiny_lab.search(gallery, drawing(colour), SearchSettings(top_k=2, strictness=0))
        assert best[0].item.path == str(path)
        assert best[0].score == pytest.approx(1, abs=1e-4)
        assert best[0].score >= best[1].score


def test_broken_files_are_named_and_the_rest_survives(
    tiny_lab: Lab, picture_files: list[Path]
) -> None:
    folder = picture_files[0].parent
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    gallery = tiny_lab.new_gallery()
    end = list(tiny_lab.add_to_gallery(gallery, [folder]))[-1]
    assert end.indexed == len(gallery) == 4
    assert {skipped.name.split("/")[-1] for skipped in end.skipped} == {
        "broken.jpg",
        "empty.png",
        "notes.txt",
    }
    assert all(skipped.reason for skipped in end.skipped)


def test_a_zip_is_read_and_the_same_content_is_indexed_once(
    tiny_lab: Lab, picture_files: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "more.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in picture_files:
            file.write(path, f"album/{path.name}")
    gallery = tiny_lab.index([archive])
    assert len(gallery) == 4
    end = list(tiny_lab.add_to_gallery(gallery, picture_files))[-1]
    assert end.indexed == 0 and len(gallery) == 4
    assert all("already" in skipped.reason for skipped in end.skipped)


def test_stopping_keeps_what_is_indexed(tiny_lab: Lab, tmp_path: Path) -> None:
    for number in range(40):
        drawing(f"#{number * 6:02x}8040", 40).save(tmp_path / f"{number:02}.png")
    stop, gallery = Event(), tiny_lab.new_gallery()
    for _ in tiny_lab.add_to_gallery(gallery, [tmp_path], stop):
        stop.set()
    assert 0 < len(gallery) < 40
    assert tiny_lab.search(gallery, "red")


def test_a_gallery_has_a_limit(tiny_lab: Lab, picture_files: list[Path]) -> None:
    gallery = Gallery(tiny_lab.models.clip_id, Limits(max_pictures=2))
    end = list(tiny_lab.add_to_gallery(gallery, picture_files))[-1]
    assert len(gallery) == 2
    assert any("limit" in skipped.reason for skipped in end.skipped)


def test_searching_nothing_or_for_nothing_is_refused(
    tiny_lab: Lab, picture_files: list[Path]
) -> None:
    with pytest.raises(GalleryError, match="empty"):
        tiny_lab.search(tiny_lab.new_gallery(), "a red apple")
    with pytest.raises(PromptError):
        tiny_lab.search(tiny_lab.index(picture_files), " ")


def test_when_nothing_fits_the_nearest_few_are_shown_and_marked(
    tiny_lab: Lab, picture_files: list[Path]
) -> None:
    gallery = tiny_lab.index(picture_files)
    strict = SearchSettings(strictness=2)
    hits = tiny_lab.search(gallery, "a red apple", strict)
    assert 0 < len(hits) <= NEAREST and not any(hit.relevant for hit in hits)
    everything = tiny_lab.search(gallery, "a red apple", SearchSettings(strictness=0))
    assert len(everything) == 4 and all(hit.relevant for hit in everything)
    assert [hit.item for hit in hits] == [hit.item for hit in everything][: len(hits)]


def test_pictures_are_removed_by_id_or_path_and_may_come_back(
    tiny_lab: Lab, picture_files: list[Path]
) -> None:
    gallery = tiny_lab.index(picture_files)
    red, green = gallery.items[:2]
    assert gallery.remove([red.id, str(picture_files[1]), "no such picture"]) == 2
    assert [item.name for item in gallery.items] == ["blue.png", "yellow.png"]
    hit = tiny_lab.search(gallery, drawing("yellow"), SearchSettings(strictness=0))[0]
    assert hit.item.name == "yellow.png" and hit.score > 0.999
    with pytest.raises(GalleryError, match="no longer"):
        gallery.find(green.id)
    assert list(tiny_lab.add_to_gallery(gallery, picture_files))[-1].indexed == 2
    assert gallery.find(red.id)[0].path == str(picture_files[0])


def test_progress_knows_how_much_is_left(tiny_lab: Lab, tmp_path: Path) -> None:
    for number in range(40):
        drawing(f"#{number * 6:02x}8040", 40).save(tmp_path / f"{number:02}.png")
    events = list(tiny_lab.add_to_gallery(tiny_lab.new_gallery(), [tmp_path]))
    assert [(event.done, event.total) for event in events] == [(32, 40), (40, 40), (40, 40)]
    first, *_, last = events
    assert first.seconds_left == pytest.approx(first.seconds / 4) and last.seconds_left == 0


def test_the_same_file_given_twice_is_indexed_once(
    tiny_lab: Lab, picture_files: list[Path]
) -> None:
    gallery = tiny_lab.new_gallery()
    end = list(tiny_lab.add_to_gallery(gallery, [picture_files[0], picture_files[0]]))[-1]
    assert len(gallery) == end.indexed == len(end.skipped) == 1


def test_indexing_searching_and_removing_at_once_keep_the_gallery_whole(
    tiny_lab: Lab, tmp_path: Path
) -> None:
    generator = torch.Generator().manual_seed(0)
    for number in range(96):
        noise = torch.randint(0, 256, (8, 8, 3), generator=generator, dtype=torch.uint8)
        Image.fromarray(noise.numpy()).resize((40, 40)).save(tmp_path / f"{number:02}.png")
    gallery = tiny_lab.index(sorted(tmp_path.glob("0*.png")))
    failed: list[BaseException] = []

    def add() -> None:
        try:
            for _ in tiny_lab.add_to_gallery(gallery, [tmp_path]):
                pass
        except BaseException as error:
            failed.append(error)

    adding = [Thread(target=add) for _ in range(2)]
    for thread in adding:
        thread.start()
    removed = 0
    while any(thread.is_alive() for thread in adding):
        hits = tiny_lab.search(gallery, "red", SearchSettings(strictness=0, group_alike=False))
        if len(hits) > 5:
            removed += gallery.remove([hits[-1].item.id])
        time.sleep(0.01)  # a tight loop would keep the lock from the others
    assert failed == [] and removed
    ids = [item.id for item in gallery.items]
    assert len(ids) == len(set(ids)) == len(gallery.features)
    for item in gallery.items[:3]:
        with Image.open(item.path) as picture:
            best = tiny_lab.search(gallery, picture.convert("RGB"))[0]
        assert best.score > 0.999


def test_the_original_is_read_again_from_a_file_or_a_zip(
    tiny_lab: Lab, picture_files: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "album.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(picture_files[1], "inner/صورة.png")
    gallery = tiny_lab.index([picture_files[0], archive])
    plain, zipped = gallery.items
    assert read_original(plain, 1) == picture_files[0].read_bytes()
    assert read_original(zipped, 1) == picture_files[1].read_bytes()
    picture_files[0].write_bytes(picture_files[2].read_bytes())
    archive.unlink()
    for item in (plain, zipped):
        with pytest.raises(ImageError, match="no longer kept or has changed"):
            read_original(item, 1)


def test_hits_go_into_a_zip_under_names_of_their_own(
    tiny_lab: Lab, picture_files: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "other" / "red.png"
    other.parent.mkdir()
    drawing("purple").save(other)
    gallery = tiny_lab.index([*picture_files, other])
    picture_files[3].unlink()
    with (tmp_path / "hits.zip").open("wb") as file:
        assert write_zip(gallery.items, file, 1) == ["yellow.png"]
    with zipfile.ZipFile(tmp_path / "hits.zip") as archive:
        assert archive.namelist() == ["red.png", "green.png", "blue.png", "red-2.png"]
        assert archive.read("red-2.png") == other.read_bytes()
