"""Features made up for classes without pictures lie where such pictures' features would."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.checkpoints import load_clip
from multimodal.presets import Preset
from multimodal.recipes.imagenet import Answers, Memory, SoftLabels
from multimodal.recipes.imagined import KNOWN, Imagined

CLASSES, SHOWN, DIM = 40, 25, 12
NO_NAMES = torch.zeros(CLASSES, 0, dtype=torch.bool)


@pytest.fixture
def world() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where each class lies, features and labels of the classes that are shown, and the rows of
    the classifier that tells all of them apart best."""
    generator = torch.Generator().manual_seed(0)
    means = 10 + torch.randn(CLASSES, DIM, generator=generator)
    root = torch.randn(DIM, DIM, generator=generator) / DIM**0.5
    labels = torch.arange(SHOWN).repeat_interleave(200)
    features = means[labels] + torch.randn(len(labels), DIM, generator=generator) @ root.T
    rows = (means - means.mean(0)) @ torch.linalg.inv(root @ root.T)
    return means, features, labels, 0.1 * rows  # a net may be less sure than that


def test_classes_that_were_never_shown_are_found_from_the_classifier(
    world: tuple[Tensor, Tensor, Tensor, Tensor],
) -> None:
    means, features, labels, rows = world
    made = Imagined(features, labels, rows, NO_NAMES)
    known = means[SHOWN:] - means.mean(0)
    assert F.cosine_similarity(known, made.away[SHOWN:]).min() > 0.8
    assert 0.8 < made.away[SHOWN:].norm(dim=1).mean() < 1.25


def test_a_photo_is_put_to_another_class_and_keeps_what_it_has_besides_its_own(
    world: tuple[Tensor, Tensor, Tensor, Tensor],
) -> None:
    _, features, labels, rows = world
    made = Imagined(features, labels, rows, NO_NAMES)
    middles = made.middles.clone()
    photos = torch.arange(0, len(features), 10)
    drawn, classes = made.draw(features[photos], photos, 30, torch.Generator().manual_seed(1))
    assert set(classes.tolist()) == set(range(CLASSES))
    assert len(drawn) == 30 * len(photos) and drawn.min() >= 0
    middle = middles.mean(0)
    step = KNOWN * (middles - middle).norm(dim=1).mean() * made.away[classes]
    own = (middles[labels[photos]] - middle).repeat(30, 1)
    rest = (features[photos] - middles[labels[photos]]).repeat(30, 1)
    left = drawn - middle - step - rest  # a random share of the photo's own class
    share = (left * own).sum(1) / own.square().sum(1)
    assert 0.4 < share.mean() < 0.6 and share.std() > 0.2
    assert (made.middles - middles).norm(dim=1).min() > 0  # they follow what they were shown

    made.middles -= 20
    assert made.draw(features[photos] - 20, photos, 1, torch.Generator())[0].min() == 0


def test_the_middle_of_a_class_follows_the_tower(
    world: tuple[Tensor, Tensor, Tensor, Tensor],
) -> None:
    _, features, labels, rows = world
    made = Imagined(features, labels, rows, NO_NAMES)
    for _ in range(150):
        made.draw(features[:1] + 5, torch.tensor([0]), 1, torch.Generator())
    torch.testing.assert_close(made.middles[0], features[0] + 5, atol=1e-2, rtol=0)


def test_a_head_is_told_which_class_they_are_and_which_names_are_no_mistake(
    tiny_preset: Preset,
) -> None:
    clip = load_clip(Path(tiny_preset.clip)).requires_grad_()
    width = clip.image_projection.in_features
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(4).repeat_interleave(50)
    features = 0.5 + torch.rand(4, width, generator=generator)[labels]
    features += 0.1 * torch.rand(200, width, generator=generator)
    rows = torch.randn(2, width, generator=generator)
    labelled = SoftLabels(torch.zeros(200, 1, dtype=torch.long), torch.ones(200, 1))
    memory = Memory(Answers(labelled, features), [["tabby"], ["hound"]])
    memory.bank = F.normalize(torch.randn(2, clip.config.teacher_dim, generator=generator))
    batch = torch.arange(0, 200, 5)

    def loss(alike: list[list[bool]], margin: float = 0.0, artwork: int = 0) -> Tensor:
        made = Imagined(features, labels, rows, torch.tensor(alike))
        seed = torch.Generator().manual_seed(3)
        seen = torch.cat([torch.rand(artwork, width), features[batch]])
        shown = torch.cat([torch.full((artwork,), -1), batch])
        return made.loss(clip, memory, seen, shown, memory.bank.clone(), 4, margin, seed)

    no_other, both = [[True, True], [True, True]], [[False, False], [False, False]]
    own = [[True, False], [False, True]]
    wrong = loss(both)  # the same texts once more, as wrong answers
    right = loss(own)  # each class's own name is none
    assert right < wrong < loss(both, margin=0.2)
    assert loss(no_other) == loss(no_other, margin=0.2)
    assert loss(own, artwork=3) == right
    head = torch.optim.Adam(clip.image_projection.parameters(), 1e-3)
    for _ in range(40):
        head.zero_grad()
        loss(own).backward()
        head.step()
    assert loss(own) < right / 2
