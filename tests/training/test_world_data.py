"""Packs of photographs: how they are read, what is held out, and which captions are true."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from world_packs import backgrounds, made_up_lexicon, write_pack, write_packs

from multimodal.errors import LabError
from multimodal.live_training.augment import BACKGROUNDS, Augmentation, augment_artwork
from training.data.lexicon import read_phrases
from training.data.packs import Packs, load_packs, squared
from training.data.photos import is_validation
from training.data.typos import with_typo
from training.data.views import PhotoViews, photo_views, with_thumbnails
from training.data.world_captions import TextLists, WorldCaptions, said_names
from training.pictures import Pictures


@pytest.fixture
def packs(tmp_path: Path) -> Packs:
    write_packs(tmp_path / "data")
    return load_packs(tmp_path / "data", tmp_path / "cache")


def held(packs: Packs, pack: str) -> list[str]:
    return [packs.pictures[row].file for row in packs.rows(pack, held=True)]


def test_packs_are_read_once(packs: Packs, tmp_path: Path) -> None:
    assert packs.pixels.shape == (54, 160, 160, 3) and len(packs.pictures) == 54
    dog = packs.pictures[packs.rows("flickr8k")[0]]
    assert dog.captions == ["a dog runs", "a brown dog"] and dog.captions_ar == ["كلب يركض"]
    cat = packs.pictures[packs.rows("photos")[0]]
    assert (cat.pack, cat.label, cat.captions) == ("photos/animals", "cat", ["A cat."])
    again = load_packs(tmp_path / "gone", tmp_path / "cache")
    assert again.pictures == packs.pictures and np.array_equal(again.pixels, packs.pixels)


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="holds no packs of pictures"):
        load_packs(tmp_path, tmp_path / "cache")


def test_each_pack_keeps_its_share_of_every_class(packs: Packs) -> None:
    assert held(packs, "flickr8k") == ["0.jpg", "1.jpg"]  # its official dev
    labels = [packs.pictures[row].label for row in packs.rows("intel_scenes", held=True)]
    assert sorted(labels) == ["forest", "sea"]
    assert len(held(packs, "pacs")) == 4  # one of three of each thing in each style
    for row in packs.rows("photos"):
        picture = packs.pictures[row]
        assert picture.held == is_validation(Path(picture.file))
    assert 0 < len(held(packs, "photos")) < 12


def test_all_of_coco_and_what_is_the_same_picture_are_held_out(packs: Packs) -> None:
    assert len(held(packs, "coco")) == 1
    assert "COCO_000000000007.jpg" in held(packs, "coco_square")


def test_a_pack_that_is_not_listed_keeps_a_tenth(tmp_path: Path) -> None:
    rows = [{"file": f"{n}.jpg", "captions": ["a hat"]} for n in range(20)]
    write_pack(tmp_path / "captioned", "mine", rows)
    packs = load_packs(tmp_path, tmp_path / "cache")
    assert len(held(packs, "mine")) == 2


def test_long_pictures_lose_their_ends_and_others_nothing() -> None:
    wide = Image.new("RGB", (400, 100), "red")
    wide.paste("blue", (150, 0, 250, 100))
    row = np.asarray(squared(wide))[80]
    assert row[80, 2] > 200 and row[2, 0] > 200 and (row[:, 2] > 128).mean() > 0.6
    tall = Image.new("RGB", (75, 100), "red")
    assert squared(tall).size == (160, 160)


def test_nothing_is_said_of_held_out_pictures(packs: Packs, pictures: Pictures) -> None:
    lexicon = made_up_lexicon()
    captions = WorldCaptions(packs, pictures.artwork, backgrounds(6), lexicon)
    for row, picture in enumerate(packs.pictures):
        if picture.held:
            assert not captions.captions.filled()[row] and not captions.labels.filled()[row]
    row = packs.rows("flickr8k", held=False)[0]
    generator = torch.Generator().manual_seed(0)
    drawn = {
        captions.texts[int(captions.captions.draw(torch.tensor([row]), generator))]
        for _ in range(30)
    }
    assert drawn == {"a dog runs", "a brown dog", "كلب يركض"}
    assert "a photo of a sea" in captions.texts and "صورة بحر" in captions.texts
    assert "a fruit" in captions.texts and "a vehicle" not in captions.texts  # of the held tenth
    assert captions.drawn.shape == (2, 6) and len(captions.pairs[0]) == 5
    assert (captions.typos >= captions.num_clean).sum() > 100
    assert lexicon.ancestors.names == [["animal"], ["dog", "domestic dog"]]
    assert lexicon.ancestors.above[1].nonzero()[:, 0].tolist() == [151, 152]


def test_each_row_draws_its_own_numbers() -> None:
    lists = TextLists.of([[1, 2], [], [7]])
    assert lists.filled().tolist() == [True, False, True] and len(lists) == 3
    drawn = lists.draw(torch.tensor([0, 2, 0]), torch.Generator().manual_seed(0))
    assert drawn[1] == 7 and drawn[0] in (1, 2)
    assert [row.tolist() for row in lists.rows()] == [[1, 2], [], [7]]


def test_big_cats_are_not_called_cats() -> None:
    assert said_names(["big cat", "cat"]) == ["big cat"]
    assert said_names(["dog", "domestic dog", "Canis familiaris"]) == ["dog", "domestic dog"]


def test_phrases_are_read_by_concept(tmp_path: Path) -> None:
    concepts = made_up_lexicon().concepts
    path = tmp_path / "phrases.tsv"
    path.write_text(f"# key\n{concepts[1].key}\t🚗\tcar\ta | b\tج | د\nzz\t?\t?\tx\ty\n")
    assert read_phrases(path, concepts) == {1: (["a", "b"], ["ج", "د"])}
    assert read_phrases(tmp_path / "none.tsv", concepts) == {}


def test_a_typo_is_one_small_change() -> None:
    for seed in range(50):
        text = with_typo("a brown butterfly", random.Random(seed))
        assert text and abs(len(text) - len("a brown butterfly")) <= 2
    assert with_typo("قطة", random.Random(0)) == "" and with_typo("a", random.Random(0)) == ""


def test_views_are_as_large_as_asked_and_some_are_blurred() -> None:
    raw = torch.randint(256, (4, 80, 80, 3), dtype=torch.uint8)
    generator = torch.Generator().manual_seed(0)
    options = PhotoViews(small=0.0)
    sharp = photo_views(raw, 64, options, generator, torch.zeros(4, dtype=torch.bool))
    assert sharp.shape == (4, 3, 64, 64) and sharp.min() >= 0 and sharp.max() <= 1
    blurred = with_thumbnails(sharp, PhotoViews(small=1.0), generator)
    assert (blurred.flatten(1).std(1) < sharp.flatten(1).std(1)).all()


def test_a_drawing_is_put_over_the_background_that_its_caption_names() -> None:
    generator = torch.Generator().manual_seed(0)
    grounds = torch.tensor([0, 3])
    pixels, found = augment_artwork(
        torch.zeros(2, 4, 40, 40), 32, Augmentation(), generator, None, grounds
    )
    assert torch.equal(found, grounds)
    for picture, name in zip(pixels, ("white", "red"), strict=True):
        wanted = torch.tensor(BACKGROUNDS[name])
        assert (picture.mean((1, 2)) - wanted).abs().max() < 0.06
