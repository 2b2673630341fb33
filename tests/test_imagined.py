"""Features made up for classes without pictures lie where such pictures' features would."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from conftest import TINY_CLIP
from recipe_data import CLASSES, OTHERS, SHOWN, World, made_up_concepts
from torch import Tensor

from multimodal.models.checkpoints import load_clip
from multimodal.presets import Preset
from multimodal.recipes import clip
from multimodal.recipes.imagenet import Answers, Memory, SoftLabels
from multimodal.recipes.imagined import KNOWN, Imagined, guess
from multimodal.recipes.labels import Names
from multimodal.recipes.pictures import Pictures
from multimodal.recipes.trained import load_trained


def test_what_was_never_shown_is_found_from_the_classifier_and_from_what_its_name_means() -> None:
    world = World()
    away = world.imagined().away
    assert len(away) == CLASSES + OTHERS
    known = world.means - world.means[:SHOWN].mean(0)
    cosines = F.cosine_similarity(known, away)
    assert cosines[SHOWN:CLASSES].min() > 0.8
    assert cosines[CLASSES:].mean() > 0.6
    assert 0.8 < away[SHOWN:].norm(dim=1).mean() < 1.25


def test_a_photo_is_put_to_another_thing_and_keeps_what_it_has_besides_its_own() -> None:
    world = World()
    made, labels = world.imagined(), world.labels
    middles = made.middles.clone()
    photos = torch.arange(0, len(labels), 10)
    features = world.features[photos]
    drawn, things = made.draw(features, photos, 30, torch.Generator().manual_seed(1))
    assert set(things.tolist()) == set(range(SHOWN, CLASSES + OTHERS))  # photos show the others
    assert len(drawn) == 30 * len(photos) and drawn.min() >= 0
    middle = made.middles.mean(0)
    step = KNOWN * (made.middles - middle).norm(dim=1).mean() * made.away[things]
    own = (made.middles[labels[photos]] - middle).repeat(30, 1)
    left = features.repeat(30, 1) + step - drawn  # a random share of the photo's own class
    whole = drawn.min(1).values > 0  # nothing was cut off at 0
    share = (left * own).sum(1)[whole] / own.square().sum(1)[whole]
    assert 0.4 < share.mean() < 0.6 and share.min() > -0.01 and share.max() < 1.01
    assert (made.middles - middles).norm(dim=1).min() > 0  # they follow what they were shown

    made.middles -= 20
    assert made.draw(features - 20, photos, 1, torch.Generator())[0].min() == 0


def test_the_middle_of_a_class_follows_the_tower() -> None:
    world = World()
    made = world.imagined()
    for _ in range(150):
        made.draw(world.features[:1] + 5, torch.tensor([0]), 1, torch.Generator())
    torch.testing.assert_close(made.middles[0], world.features[0] + 5, atol=1e-2, rtol=0)


def test_ridge_regression_is_that_of_a_library() -> None:
    generator = torch.Generator().manual_seed(0)
    sentences, values = torch.randn(50, 4, generator=generator), torch.rand(50, 3)
    inputs = torch.cat([sentences - sentences.mean(0), 20**0.5 * torch.eye(4)])
    outputs = torch.cat([values - values.mean(0), torch.zeros(4, 3)])
    solved = torch.linalg.lstsq(inputs, outputs).solution
    others = torch.randn(5, 4, generator=generator)
    expected = (others - sentences.mean(0)) @ solved + values.mean(0)
    torch.testing.assert_close(guess(sentences, values, others), expected)


def test_a_head_is_told_what_they_are_and_which_names_are_no_mistake(tiny_preset: Preset) -> None:
    model = load_clip(Path(tiny_preset.clip)).requires_grad_()
    width = model.image_projection.in_features
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(2).repeat_interleave(50)
    features = 0.5 + torch.rand(2, width, generator=generator)[labels]
    features += 0.1 * torch.rand(100, width, generator=generator)
    labelled = SoftLabels(torch.zeros(100, 1, dtype=torch.long), torch.ones(100, 1))
    memory = Memory(Answers(labelled, features), [["tabby"], ["hound"]], ["cat", "dog", "kitty"])
    assert memory.texts.texts[-1] == "a photo of a kitty"
    teacher_dim = model.config.teacher_dim
    memory.bank = F.normalize(torch.randn(5, teacher_dim, generator=generator))
    rows = torch.randn(2, width, generator=generator)
    batch = torch.arange(0, 100, 5)

    def loss(alike: Tensor, prior: float = 0.0, artwork: int = 0) -> Tensor:
        made = Imagined(features, labels, rows, memory.bank.clone(), torch.tensor([2, 3]), alike)
        assert made.drawn.tolist() == [0, 1, 4]
        seen = torch.cat([torch.rand(artwork, width), features[batch]])
        shown = torch.cat([torch.full((artwork,), -1), batch])
        return made.loss(model, memory, seen, shown, 4, prior, torch.Generator().manual_seed(3))

    none = torch.eye(5, dtype=torch.bool)
    pets = none.clone()
    pets[[0, 2, 1, 3], [2, 0, 3, 1]] = True  # a tabby is a cat, a hound is a dog
    pets[[0, 4, 2, 4], [4, 0, 4, 2]] = True
    assert loss(pets) < loss(none) < loss(none, prior=0.2)
    assert loss(pets, artwork=3) == loss(pets)
    everything = torch.ones(5, 5, dtype=torch.bool)
    assert loss(everything, prior=0.2) == 0  # nothing is wrong
    start = loss(pets).item()
    head = torch.optim.Adam(model.image_projection.parameters(), 1e-3)
    for _ in range(60):
        head.zero_grad()
        loss(pets).backward()
        head.step()
    assert loss(pets) < start / 2


def test_clip_is_trained_on_them_and_its_norms_stand_still(
    pictures: Pictures, tiny_preset: Preset, tmp_path: Path
) -> None:
    assert pictures.photos is not None
    names = Names(made_up_concepts(), pictures.photos.classes)
    labels = torch.from_numpy(pictures.photos.labels).long()
    features = torch.rand(len(labels), 1280)
    seen = Answers(SoftLabels(labels[:, None], torch.ones(len(labels), 1)), features)
    memory = Memory(seen, [["tabby"], ["hound"]], names.texts)
    things = len(memory.texts.first)
    places = 2 + torch.tensor(names.label_of_class)
    rows, sentences = torch.randn(2, 1280), torch.randn(things, 384)
    made = Imagined(
        features, labels, rows, F.normalize(sentences), places, torch.eye(things).bool()
    )
    recipe = clip.ClipRecipe(
        out=str(tmp_path), start=tiny_preset.clip, phase="joint", steps=2, batch=8,
        photo_share=0.5, device="cpu", extra_texts=2, near=1.0, imagined=4,
    )  # fmt: skip
    clip.train(recipe, pictures, names, TINY_CLIP, memory=memory, imagined=made)
    (logged,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert logged["imagined"] > 0 and logged["drift"] > 0
    before, after = load_clip(Path(tiny_preset.clip)), load_trained(tmp_path)
    for name, value in before.image_tower.state_dict().items():
        same = torch.equal(value, after.image_tower.state_dict()[name])
        assert same == ("running" in name or "tracked" in name), name
