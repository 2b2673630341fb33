"""How figures are counted, what they are measured on, and the judge they are measured by."""

from __future__ import annotations

import math

import pytest
import torch
from conftest import drawing
from tokenizers import Tokenizer

from multimodal.clip.templates import is_arabic
from multimodal.lab import Lab
from multimodal.live_training.augment import BACKGROUND_NAMES
from training.data.combinations import held_out
from training.evaluation import evaluate
from training.evaluation.bench import JUDGE, Figure, among, chance_among, ranks
from training.evaluation.generators import CHOICES, prompts
from training.evaluation.judge import JudgeCLIP, JudgeConfig, load_judge
from training.evaluation.sheets import SIDE, Tile, contact_sheet


def test_a_rank_counts_the_texts_that_beat_the_true_one() -> None:
    images, texts = torch.tensor([[1.0, 0.0], [0.6, 0.8]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert ranks(images, texts, torch.tensor([0, 0])).tolist() == [0, 1]


def test_the_chance_among_a_few_is_that_of_drawing_none_of_the_better_texts() -> None:
    assert chance_among(0, 50, 10) == pytest.approx(1)
    assert chance_among(49, 50, 2) == 0
    assert chance_among(3, 10, 4) == pytest.approx(math.comb(6, 3) / math.comb(9, 3))


def test_figures_of_ranks_have_a_mean_and_an_interval_around_it() -> None:
    found = among("x", [0, 4, 5, 900], 1000, "top1", "top5", "of100")
    assert found["x_top1"].value == 0.25 and found["x_top5"].value == 0.5
    assert 0.25 < found["x_of100"].value < 0.6
    low, high = Figure.of([0.0, 1.0, 1.0, 1.0]).ci95
    assert low < 0.75 < high


def test_fifty_paintings_are_asked_for_and_some_in_arabic() -> None:
    rows = prompts("paint")
    assert len(rows) == 50 and len({row["prompt"] for row in rows}) == 50
    assert sum(is_arabic(row["prompt"]) for row in rows) == 10


def test_no_training_shows_a_combination_that_is_measured() -> None:
    rows = prompts("combined")
    assert len(rows) == CHOICES and len({row["object"] for row in rows}) == CHOICES
    for row in rows:
        assert held_out(row["key"], row["style"], BACKGROUND_NAMES.index(row["background"]))


def test_about_a_tenth_of_the_combinations_is_held_out_and_never_white() -> None:
    share = sum(held_out(f"{n:x}", "noto", 3) for n in range(5000)) / 5000
    assert 0.08 < share < 0.12
    assert not any(held_out(f"{n:x}", "noto", 0) for n in range(500))


def test_a_contact_sheet_shows_every_picture_and_what_the_judge_said() -> None:
    tiles = [Tile(drawing("red"), "a red disc", True), Tile(drawing("blue"), "جزرة", False)]
    sheet = contact_sheet(tiles)
    below = [sheet.getpixel((8 + place * (SIDE + 8), 8 + SIDE + 2)) for place in (0, 1)]
    assert below[0] != below[1]
    assert sheet.getpixel((8 + SIDE // 2, 8 + SIDE // 2)) == (255, 0, 0)
    wide = contact_sheet([Tile(drawing("red"), "one", True, drawing("blue"))])
    assert wide.getpixel((8 + SIDE + SIDE // 2, 8 + SIDE // 2)) == (0, 0, 255)


def test_the_judge_reads_words_in_their_order(tiny_tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    judge = JudgeCLIP(JudgeConfig(vocab_size=300), tiny_tokenizer).eval()
    texts = judge.encode_texts(["a red apple a blue car", "a blue apple a red car", "a red apple"])
    assert texts.norm(dim=-1).allclose(torch.ones(3))
    assert not texts[0].allclose(texts[1], atol=1e-3)
    alone = judge.encode_texts(["a red apple"])  # padding changes nothing
    assert alone[0].allclose(texts[2], atol=1e-6)


def test_the_shipped_judge_knows_photos_and_shares_no_weights(lab: Lab) -> None:
    found = evaluate(lab, ["judge_photos"])["judge_photos_top1"]
    assert found["n"] > 700 and found["value"] > 0.6
    judge = load_judge(JUDGE)
    shapes = {tuple(p.shape) for p in lab.models.guide.parameters() if p.ndim > 1}  # type: ignore[attr-defined]
    own = [p for p in judge.parameters() if p.ndim > 1 and tuple(p.shape) in shapes]
    theirs = [p for p in lab.models.guide.parameters() if p.ndim > 1]  # type: ignore[attr-defined]
    for weight in own:
        for other in theirs:
            if weight.shape == other.shape:
                assert not torch.allclose(weight, other, atol=1e-3)
