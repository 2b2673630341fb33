"""The recipes of the CLIP that knows photographs, two steps on made-up packs: they train, resume
and go on from one another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from recipe_data import NAMES, steps_of
from tokenizers import Tokenizer
from torch import nn
from world_packs import TINY_HEADS, backgrounds, made_up_lexicon, tiny_world_clip, write_packs

from multimodal.errors import LabError
from multimodal.models.efficientnet_lite import EfficientNetLite
from multimodal.models.world.clip import WorldCLIP, shrunk
from multimodal.models.world.heads import HeadConfig
from multimodal.models.world.tower import WorldTower
from training.clip.pseudo_labels import PseudoLabels
from training.clip.world import head, tower
from training.clip.world.assemble import START_FILE, load_run, note_start
from training.clip.world.features import (
    FeaturesRecipe,
    cache_features,
    fast_tower,
    load_features,
    tuned_tower,
)
from training.clip.world.losses import ancestor_loss, label_loss, pair_loss
from training.clip.world.near_copies import near_copies
from training.clip.world.sampler import Sampler
from training.clip.world.texts import cached_vectors
from training.clip.world.vocabulary import write_words
from training.clip.world.word_meanings import WordMeanings, mixtures
from training.data.packs import load_packs
from training.data.world_captions import WorldCaptions
from training.pictures import Pictures

HEAD_ONLY = replace(TINY_HEADS, grid_layers=0)


@pytest.fixture
def data(pictures: Pictures, tmp_path: Path) -> head.WorldData:
    write_packs(tmp_path / "data")
    packs = load_packs(tmp_path / "data", tmp_path / "cache")
    captions = WorldCaptions(packs, pictures.artwork, backgrounds(6), made_up_lexicon())
    generator = torch.Generator().manual_seed(0)
    shape = (len(captions.texts), TINY_HEADS.text_dim)
    vectors = torch.randn(shape, generator=generator).half().numpy()
    answers = (20 * torch.randn(len(packs.pictures), 1000, generator=generator)).softmax(1)
    return head.WorldData(packs, pictures, captions, vectors, answers)


@pytest.fixture
def classifier() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(1280, 1000)


def test_no_held_out_picture_is_drawn(data: head.WorldData) -> None:
    sampler = Sampler(data.captions, data.answers, data.concepts, ([0], [0, 1]), data.packs)
    generator, recipe = torch.Generator().manual_seed(0), head.HeadRecipe(batch=64)
    batches = [sampler.draw(recipe.sizes, generator) for _ in range(12)]
    rows = torch.cat([batch.photos for batch in batches]).unique().tolist()
    assert len(rows) > 20 and not any(data.packs.pictures[row].held for row in rows)
    for batch in batches:
        assert len(batch.texts) == 64 and batch.same.shape == (64, 64)
        assert batch.same.diagonal().float().mean() > 0.7  # but for texts with a typo, which differ
        assert torch.equal(batch.concepts, data.concepts[batch.drawings])


def test_the_recipes_train_and_go_on_from_one_another(
    data: head.WorldData, classifier: nn.Linear, tmp_path: Path, tiny_tokenizer: Tokenizer
) -> None:
    cache = tmp_path / "cache"
    drawn = fast_tower(EfficientNetLite().eval())
    towers = {
        "world": fast_tower(WorldTower().eval()),
        "drawn": lambda pixels: drawn(shrunk(pixels)),
    }
    cache_features(towers, data.packs, data.pictures, FeaturesRecipe(cache=str(cache)))
    seen = load_features(cache, "world", "photos")
    assert list(seen) == [0, 1] and seen[0].shape == (len(data.packs.pictures), 1280)
    answers = head.classified(classifier, seen[0])
    assert answers.sum(1).allclose(torch.ones(len(answers)))

    recipe = head.HeadRecipe(
        out=str(tmp_path / "head"), cache=str(cache), steps=2, batch=12, extra_texts=4, meanings=4
    )
    features = head.CachedFeatures(cache, ["world", "drawn"])
    heads = head.new_heads(HEAD_ONLY, classifier)
    head.train(recipe, data, heads, features, fresh=True)
    assert steps_of(tmp_path / "head") == 2
    assert torch.equal(heads.image.classifier.weight, classifier.weight)
    trained = heads.image.linear.weight.clone()
    head.train(recipe, data, heads, features, fresh=False)  # it has ended
    assert steps_of(tmp_path / "head") == 2 and torch.equal(heads.image.linear.weight, trained)

    def build(config: HeadConfig, words: Path | None) -> WorldCLIP:
        return tiny_world_clip(config, tiny_tokenizer, words)

    changes = {"grid_layers": 1}
    clip = load_run(tmp_path / "head", changes, build)
    before = clip.world.blocks[-1].layers[0].weight.clone()  # type: ignore[union-attr, index]
    tower_recipe = tower.TowerRecipe(
        out=str(tmp_path / "tower"), cache=str(cache), steps=2, batch=8, extra_texts=4,
        meanings=4, first_block=20, thumbnails=0.5,
    )  # fmt: skip
    tower.train(tower_recipe, data, clip, backgrounds(6))
    note_start(tmp_path / "tower", str(tmp_path / "head"))
    tuned = load_run(tmp_path / "tower", build=build)
    shadow = torch.load(tmp_path / "tower" / "checkpoint.pt", weights_only=True)["ema"]["shadow"]
    last = tuned.world.blocks[-1].layers[0].weight  # type: ignore[union-attr, index]
    blocks = len(tuned.world.blocks) - 20
    assert torch.equal(last, shadow[f"upper.{blocks - 1}.layers.0.weight"])
    assert not torch.equal(last, before)
    assert torch.equal(tuned.world.head[0].weight, shadow[f"upper.{blocks}.0.weight"])
    for name, weight in tuned.world.blocks[19].state_dict().items():  # the last frozen one
        assert torch.equal(weight, clip.world.blocks[19].state_dict()[name])

    again = FeaturesRecipe(cache=str(cache), photo_views="0", artwork_views="1")
    cache_features(tuned_tower(tuned.world, "tuned"), data.packs, data.pictures, again)
    onwards = replace(recipe, out=str(tmp_path / "onwards"), features="tuned")
    features = head.CachedFeatures(cache, ["tuned", "drawn", "tuned-grid"])
    assert features.views == ([0], [1])
    labels = PseudoLabels(list(NAMES), ["pomme", "auto"], torch.tensor([[0.9, 0.1, 0], [0, 1, 0]]))
    mixed = mixtures(labels, len(NAMES))
    words = WordMeanings(data.vectors[:2], mixed["places"], mixed["shares"])  # type: ignore[arg-type]
    head.train(onwards, data, tuned.heads, features, False, words)
    note_start(tmp_path / "onwards", str(tmp_path / "tower"))
    final = load_run(tmp_path / "onwards", build=build)
    assert torch.equal(final.world.head[0].weight, tuned.world.head[0].weight)
    assert final.encode_images(torch.rand(1, 3, 160, 160)).shape == (1, 16)
    assert (tmp_path / "onwards" / START_FILE).read_text().strip() == str(tmp_path / "tower")


def test_another_device_than_a_cpu_is_refused() -> None:
    with pytest.raises(LabError, match="the device is cuda"):
        tower.TowerRecipe(device="cuda")


def test_a_run_of_something_else_is_refused(tmp_path: Path, tiny_tokenizer: Tokenizer) -> None:
    torch.save({"ema": {"shadow": {"heads.nothing": torch.ones(1)}}}, tmp_path / "checkpoint.pt")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="something else"):
        load_run(tmp_path, build=lambda *_: tiny_world_clip(TINY_HEADS, tiny_tokenizer))


def test_texts_that_were_read_are_not_read_again(tmp_path: Path) -> None:
    read_texts: list[str] = []

    def read(texts: list[str]) -> np.ndarray:
        read_texts.extend(texts)
        return np.array([[len(text)] for text in texts], np.float16)

    first = cached_vectors(["a", "bb"], tmp_path, lambda: read)
    second = cached_vectors(["ccc", "a"], tmp_path, lambda: read)
    assert first[:, 0].tolist() == [1, 2] and second[:, 0].tolist() == [3, 1]
    assert read_texts == ["a", "bb", "ccc"]
    assert cached_vectors(["ccc", "a"], tmp_path, lambda: read).tolist() == second.tolist()


def test_words_are_counted_commonest_first(tmp_path: Path) -> None:
    assert write_words(["a red cat", "the cat", "قطة"], tmp_path / "words.txt") == 4
    assert (tmp_path / "words.txt").read_text(encoding="utf-8") == "2 cat\n1 red the قطة\n"


def test_a_held_out_photo_with_a_near_copy_is_found() -> None:
    features = torch.randn(6, 32, generator=torch.Generator().manual_seed(0))
    features[4] = features[1] + 0.01
    held = torch.tensor([True, True, False, False, False, False])
    ((cosine, row, other),) = near_copies(features, held)
    assert (row, other) == (1, 4) and cosine > 0.99


def test_a_word_is_put_among_the_names_that_it_means() -> None:
    weights = torch.tensor([[0.6, 0.2, 0.2], [0.1, 0.1, 0.8]])
    found = mixtures(PseudoLabels(["cat", "dog", "moon"], ["Kitty!", "night"], weights), 2)
    assert found["texts"] == ["kitty"]  # the other one means a photo class
    assert found["places"].tolist() == [[0, 1]]  # type: ignore[attr-defined]
    assert found["shares"].flatten().tolist() == pytest.approx([0.75, 0.25])  # type: ignore[attr-defined]


SCALE = torch.tensor(20.0)


def test_true_pairs_cost_less_than_exchanged_ones() -> None:
    texts = F.normalize(torch.eye(4, 8), dim=1)
    eye = torch.eye(4, dtype=torch.bool)
    right = pair_loss(texts, texts, SCALE, eye, eye)
    assert right < 0.01 < pair_loss(texts.flip(0), texts, SCALE, eye, eye)


def test_pairs_that_may_be_true_are_no_negatives() -> None:
    texts, eye = F.normalize(torch.ones(2, 8), dim=1), torch.eye(2, dtype=torch.bool)
    assert pair_loss(texts, texts, SCALE, torch.ones(2, 2, dtype=torch.bool), eye) < 1e-3
    assert pair_loss(texts, texts, SCALE, eye, eye) > 0.6


def test_a_picture_without_a_sure_ancestor_or_a_label_costs_nothing() -> None:
    images, texts = torch.rand(3, 8), torch.rand(5, 8)
    assert ancestor_loss(images, texts, SCALE, torch.zeros(3, 5), torch.Generator()) == 0
    nothing = torch.tensor([], dtype=torch.long)
    asked = torch.zeros(0, 5, dtype=torch.bool)
    assert label_loss(images[:0], texts, SCALE, nothing, asked) == 0


def test_a_label_is_asked_for_among_those_of_its_family_alone() -> None:
    texts = torch.eye(3)
    asked = torch.tensor([[True, True, False]])
    image = F.normalize(torch.tensor([[0.5, 0.0, 1.0]]), dim=1)  # most like one of another family
    assert label_loss(image, texts, SCALE, torch.tensor([0]), asked) < 0.01
