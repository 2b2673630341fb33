"""Indexing, searching and saving galleries."""

from __future__ import annotations

import zipfile
from pathlib import Path
from threading import Event

import pytest
import torch
from conftest import drawing

from multimodal.errors import GalleryError, PromptError
from multimodal.gallery import FEATURES_FILE, Gallery
from multimodal.lab import Lab
from multimodal.settings import Limits, SearchSettings


def test_a_picture_finds_itself_first(tiny_lab: Lab, picture_files: list[Path]) -> None:
    gallery = tiny_lab.index(picture_files)
    assert len(gallery) == 4
    for path, colour in zip(picture_files, ("red", "green", "blue", "yellow"), strict=True):
        best = tiny_lab.search(gallery, drawing(colour), SearchSettings(top_k=2))
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
    gallery = Gallery(tiny_lab.clip_id, Limits(max_pictures=2))
    end = list(tiny_lab.add_to_gallery(gallery, picture_files))[-1]
    assert len(gallery) == 2
    assert any("limit" in skipped.reason for skipped in end.skipped)


def test_a_library_is_found_again_and_refuses_another_clip(
    tiny_lab: Lab, picture_files: list[Path], tmp_path: Path
) -> None:
    library = tmp_path / "library"
    gallery = tiny_lab.index(picture_files)
    gallery.save(library)
    again = tiny_lab.load_gallery(library)
    assert [item.path for item in again.items] == [item.path for item in gallery.items]
    torch.testing.assert_close(again.features, gallery.features, atol=1e-3, rtol=0)
    end = list(tiny_lab.add_to_gallery(again, picture_files))[-1]
    assert end.indexed == 0
    with pytest.raises(GalleryError, match="was made with the CLIP"):
        Gallery.load(library, "another")


def test_saving_twice_leaves_one_features_file(
    tiny_lab: Lab, picture_files: list[Path], tmp_path: Path
) -> None:
    gallery = tiny_lab.index(picture_files[:2])
    gallery.save(tmp_path / "library")
    for _ in tiny_lab.add_to_gallery(gallery, picture_files):
        pass
    gallery.save(tmp_path / "library")
    assert len(list((tmp_path / "library").glob(f"*{FEATURES_FILE}"))) == 1
    assert len(tiny_lab.load_gallery(tmp_path / "library")) == 4


def test_searching_nothing_or_for_nothing_is_refused(
    tiny_lab: Lab, picture_files: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(GalleryError, match="empty"):
        tiny_lab.search(tiny_lab.new_gallery(), "a red apple")
    with pytest.raises(PromptError):
        tiny_lab.search(tiny_lab.index(picture_files), " ")
    with pytest.raises(GalleryError, match="holds no library"):
        tiny_lab.load_gallery(tmp_path)
    (tmp_path / "library.json").write_text("{")
    with pytest.raises(GalleryError, match="damaged"):
        tiny_lab.load_gallery(tmp_path)
