"""The relevance cut, on made-up scores and, with a floor, on held-out photos."""

from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor

from multimodal.lab import Lab
from multimodal.models.features import encode_images, encode_texts
from multimodal.search import relevance
from training.data.captions import photo_names_ar
from training.data.photos import validation_photos

NUM_CLASSES = 70
#: Things that no photo shows; half of a class list that CLIP was never asked about here.
ABSENT = (
    "a submarine", "شاحنة", "a waterfall", "a wedding", "an elephant", "a snowman", "a bridge",
    "the moon", "a castle", "a computer keyboard", "a refrigerator", "fireworks", "a giraffe",
    "a football stadium", "حصان", "قلعة", "a traffic light", "a rainbow", "an igloo", "a piano",
    "a tennis racket", "a train", "قطار", "a volcano", "a skeleton", "a helicopter", "a pizza",
    "a bathtub", "a library full of books", "a map of the world", "a tent", "a toothbrush",
    "نافورة", "a snake", "a penguin", "an umbrella", "a ladder", "a hamburger", "a tractor",
    "a swimming pool", "a whale", "ثلج", "a mosque at night", "a passport", "a zebra", "a violin",
    "a washing machine", "a spider web", "a dentist", "أسد",
)  # fmt: skip
#: Classes that one word may well mean: finding the other counts neither way.
EITHER = (
    {"crocodile", "crocodile head"}, {"flamingo", "flamingo head"}, {"chair", "windsor chair"},
    {"cougar body", "cougar face", "wild cat", "leopard"}, {"shirt", "t shirt", "longsleeve"},
    {"milk", "oat milk", "soy milk", "sour milk", "oatghurt", "soyghurt", "yoghurt"},
    {"ketch", "schooner"}, {"orange", "satsumas", "red grapefruit"}, {"nectarine", "peach"},
    {"lotus", "water lilly"}, {"cucumber", "zucchini"}, {"lamp", "chandelier"},
    {"crab", "crayfish", "lobster"}, {"pants", "shorts"}, {"skirt", "dress"},
)  # fmt: skip


def unrelated(num: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Scores of a query that no picture shows, each picture with an offset of its own."""
    generator = torch.Generator().manual_seed(seed)
    offset = torch.randn(num, generator=generator) * 0.02
    cohort = offset[:, None] + 0.05 * torch.randn(num, 100, generator=generator)
    return offset + 0.05 * torch.randn(num, generator=generator), cohort


def kept(cosine: Tensor, cohort: Tensor, strictness: float = 1.0) -> Tensor:
    fit = relevance.fit(cosine, cohort)
    return relevance.relevant(fit, relevance.TEXT_RATE, strictness)


@pytest.mark.parametrize("num", [1, 5, 40, 1000])
def test_a_query_that_nothing_shows_finds_hardly_ever_anything(num: int) -> None:
    found = [int(kept(*unrelated(num, seed)).sum()) for seed in range(40)]
    assert sum(count > 0 for count in found) <= 4


@pytest.mark.parametrize(("num", "shown"), [(5, 1), (40, 3), (1000, 10), (40, 30), (10, 10)])
def test_nearly_all_pictures_that_show_it_are_found_however_many_they_are(
    num: int, shown: int
) -> None:
    cosine, cohort = unrelated(num)
    cosine[:shown] += 0.05 * 12
    found = kept(cosine, cohort)
    assert found[:shown].float().mean() >= 0.9 and not found[shown:].any()


def test_a_picture_that_is_near_to_everything_is_no_hit() -> None:
    cosine, cohort = unrelated(50)
    cosine[7] += 0.6
    cohort[7] += 0.6
    assert cosine.argmax() == 7 and not kept(cosine, cohort)[7]


def test_strictness_overrides_the_cut() -> None:
    cosine, cohort = unrelated(50)
    cosine[:5] += 0.05 * torch.tensor([9.0, 8.0, 7.0, 6.0, 5.0])
    counts = [int(kept(cosine, cohort, value).sum()) for value in (0, 0.5, 1, 1.4, 2)]
    assert counts[0] == 50 and counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1] >= counts[2] > counts[4]


def test_the_same_pictures_give_the_same_cohort_and_no_more_than_needed() -> None:
    features = torch.randn(1000, 4)
    cohort = relevance.picture_cohort(features)
    assert len(cohort) == relevance.MAX_COHORT
    torch.testing.assert_close(cohort, relevance.picture_cohort(features))
    assert len(relevance.picture_cohort(features[:3])) == 3


class Photos:
    """Held-out photos of half of the classes, with the features of everything asked about."""

    def __init__(self, lab: Lab) -> None:
        pictures, labels, classes = validation_photos()
        mixed = list(classes)
        random.Random(0).shuffle(mixed)
        self.present = sorted(mixed[:NUM_CLASSES])
        rows = [row for row, label in enumerate(labels) if classes[label] in self.present]
        self.shows = [classes[labels[row]] for row in rows]
        self.features = encode_images(
            lab.models.clip, [pictures[row] for row in rows], lab.models.device
        )
        self.background = lab.background_features

    def judge(self, queries: Tensor) -> Tensor:
        """(m, n) bool, for text features (m, d)."""
        cohort = self.features @ self.background.T
        return torch.stack([kept(cosine, cohort) for cosine in queries @ self.features.T])

    def f1(self, queries: Tensor) -> float:
        """Mean over the present classes, whose text features these are."""
        scores = []
        for found, name in zip(self.judge(queries).tolist(), self.present, strict=True):
            either = next((group for group in EITHER if name in group), {name})
            right = sum(f and shown == name for f, shown in zip(found, self.shows, strict=True))
            wrong = sum(
                f and shown not in either for f, shown in zip(found, self.shows, strict=True)
            )
            scores.append(2 * right / (right + wrong + self.shows.count(name)))
        return sum(scores) / len(scores)


@pytest.fixture(scope="module")
def photos(lab: Lab) -> Photos:
    return Photos(lab)


def test_class_names_find_their_photos_in_english_and_arabic(lab: Lab, photos: Photos) -> None:
    arabic = photo_names_ar()
    assert photos.f1(encode_texts(lab.models.clip, photos.present)) >= 0.78
    assert (
        photos.f1(encode_texts(lab.models.clip, [arabic[name] for name in photos.present])) >= 0.76
    )


def test_things_that_no_photo_shows_find_few_or_none(lab: Lab, photos: Photos) -> None:
    counts = photos.judge(encode_texts(lab.models.clip, ABSENT)).sum(1)
    assert (counts == 0).float().mean() >= 0.8
    assert counts.float().mean() <= 1.5
