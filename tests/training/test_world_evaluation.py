"""What the figures of photographs are measured on, on made-up packs and by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import numpy as np
import pytest
import torch
from PIL import Image
from world_packs import made_up_lexicon, write_packs

from multimodal.lab import Lab
from training.data.load_table import load_table
from training.data.packs import load_packs
from training.evaluation.calibration import (
    calibration_error,
    calibration_figure,
    fit_scale,
    reliability,
)
from training.evaluation.shape_pairs import shape_pairs
from training.evaluation.world import WorldData, evaluate_world
from training.evaluation.world_sets import class_sets, relevant

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tiny_lab: Lab, tmp_path: Path) -> WorldData:
    write_packs(tmp_path / "data")
    packs = load_packs(tmp_path / "data", tmp_path / "cache")
    drawings = np.random.default_rng(0).integers(0, 256, (6, 144, 144, 4), np.uint8)
    ids = np.array([0, 1, 2, 0, 1, 2])
    return WorldData(tiny_lab.models.clip, packs, made_up_lexicon(), drawings, ids)


def test_any_clip_can_be_measured_on_the_held_out_side(world: WorldData) -> None:
    found = evaluate_world(world)
    assert found["world_intel_scenes_en_top1"].n == 2  # one of each kind of scene
    assert found["world_pacs_both_ar_top1"].n == 4
    assert found["world_flickr8k_to_picture_en_r1"].n == 4  # two captions of two pictures
    assert found["world_flickr8k_to_caption_ar_r1"].n == 2
    assert found["world_openmoji_hi_of100"].n == 6
    assert found["world_words_en_top1"].n == 2 and found["world_words_ar_top1"].n == 2
    assert found["world_search_en_precision"].n == 40
    assert found["world_word_order"].n == 168
    for name, figure in found.items():
        low, high = figure.ci95
        assert low - 1e-9 <= figure.value <= high + 1e-9, name


def test_sets_hold_the_pictures_that_show_their_names(world: WorldData) -> None:
    sets = class_sets(world.packs, world.lexicon)
    for key, part in sets.items():
        assert all(world.packs.pictures[row].held for row in part.rows), key
        assert set(part.truth) <= set(range(len(part.names["en"]))), key
        assert len(part.names["en"]) == len(part.names["ar"]), key
    labels = {world.packs.pictures[row].label for row in sets["cifar10"].rows}
    assert labels == {"cat", "dog"} and sets["cifar10"].side == 32
    coco = world.packs.rows("coco", True)[0]
    pets = dict(zip(sets["cat_dog"].rows, sets["cat_dog"].truth, strict=True))
    assert pets[coco] == 0  # its caption names a cat


def test_a_query_needs_each_of_its_groups_and_none_of_what_it_forbids() -> None:
    query = {"all": ["dogs?", "beach|sea"], "none": "hot ?dog"}
    facts = ["a dog at the sea", "a dog", "a hotdog on the beach", "A DOG on a beach"]
    assert relevant(query, facts).tolist() == [True, False, False, True]


def test_forty_searches_were_written_and_ten_for_nothing() -> None:
    table = load_table("world_queries")
    assert len(table["queries"]) == 40 and len(table["absent"]) == 10
    for query in table["queries"]:
        assert query["en"] and query["ar"] and relevant(query, [""]).tolist() == [False]


def test_shapes_have_the_colours_that_their_captions_name() -> None:
    pixels, right, wrong = shape_pairs(32)
    assert len(pixels) == len(right) == len(set(right)) == 168 and set(right) == set(wrong)
    red = pixels[right.index("a red square on a blue background")]
    assert red[0, 16, 16] > 0.8 > 0.3 > red[0, 0, 0]


def test_a_fitted_scale_is_better_calibrated() -> None:
    torch.manual_seed(0)
    cosines = torch.randn(400, 10) * 0.1
    truth = torch.multinomial((20 * cosines).softmax(1), 1)[:, 0]
    scale = fit_scale(cosines, truth)
    assert calibration_error(scale * cosines, truth) < calibration_error(80 * cosines, truth)
    figure = calibration_figure(80 * cosines, truth)
    assert figure.n == 400 and figure.ci95[0] < figure.value < figure.ci95[1]
    assert sum(share for *_, share in reliability(cosines, truth)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("flags", "said"), [([], "give their folder with --data"), (["--data", "."], "holds no packs")]
)
def test_without_packs_one_line_says_what_is_needed(flags: list[str], said: str) -> None:
    command = [sys.executable, "-m", "training.evaluate_world", *flags]
    done = run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert said in line


def test_pictures_are_shown_at_the_size_that_a_clip_likes(world: WorldData) -> None:
    assert world.photos.shape == (len(world.held), 16)
    assert world.drawings.shape == (6, 16)
    assert Image.fromarray(world.packs.pixels[0]).size == (160, 160)
