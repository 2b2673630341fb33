"""The recipes of VQGAN and token model, two steps on made-up data: they train, resume, export and
load."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import TINY_TOKENS
from recipe_data import NAMES, made_up_concepts, steps_of
from tokenizers import Tokenizer
from tokenizers.models import BPE

from multimodal.live_training.augment import BACKGROUND_NAMES
from multimodal.models.checkpoints import load_discriminator, load_token_transformer, load_vqgan
from multimodal.models.presets import Preset
from multimodal.models.token_transformer import TokenTransformer
from training import export
from training.data.artwork import Artwork
from training.data.captions import ARABIC_BACKGROUNDS
from training.pictures import Pictures
from training.tokens import token_captions, widen
from training.tokens import train as dalle
from training.vqgan import train as vqgan


def test_the_vqgan_recipe_trains_resumes_and_exports(pictures: Pictures, tmp_path: Path) -> None:
    recipe = vqgan.VQGANRecipe(
        out=str(tmp_path / "vqgan"), steps=4, batch=4, image_size=32, patch=4, channels="16,16",
        num_codes=16, code_dim=4, perceptual=0.0, adversarial_from=0.1, device="cpu",
    )  # fmt: skip
    vqgan.train(replace(recipe, steps=2), pictures)
    assert steps_of(tmp_path / "vqgan") == 2
    vqgan.train(recipe, pictures)
    assert steps_of(tmp_path / "vqgan") == 4
    export.export("vqgan", tmp_path / "vqgan", tmp_path / "weights", "a test")
    net = load_vqgan(tmp_path / "weights" / "vqgan")
    load_discriminator(tmp_path / "weights" / "vqgan")
    assert net.factor == 8 and net.codebook.shape == (16, 4)
    manifest = json.loads((tmp_path / "weights" / "manifest.json").read_text())
    assert manifest["vqgan"]["run"]["steps"] == 4
    deeper = vqgan.VQGAN(vqgan.model_config(replace(recipe, layers=2, num_codes=32)))
    assert not vqgan.go_on_from(deeper, net)
    pixels = torch.rand(1, 3, 32, 32)
    assert torch.equal(deeper.encode(pixels), net.encode(pixels))
    assert torch.equal(deeper.decode(net.encode(pixels)), net.decode(net.encode(pixels)))
    on = replace(recipe, out=str(tmp_path / "on"), start=str(tmp_path / "weights" / "vqgan"))
    vqgan.train(replace(on, layers=2, num_codes=32), pictures)
    assert steps_of(tmp_path / "on") == 4
    with pytest.raises(ValueError, match="does not fit"):
        vqgan.train(replace(on, out=str(tmp_path / "wide"), channels="16,32"), pictures)


def test_the_dalle_recipe_trains_and_exports(
    pictures: Pictures, tmp_path: Path, tiny_preset: Preset
) -> None:
    codes = load_vqgan(Path(tiny_preset.vqgan))
    plain = token_captions.plain_styles(pictures.artwork, len(NAMES))
    captions = token_captions.Captions(made_up_concepts(), ("cat", "dog"), plain)
    recipe = dalle.DalleRecipe(
        out=str(tmp_path / "dalle"), steps=2, batch=4, drafts=0.25, device="cpu", compiled=False
    )
    config = replace(TINY_TOKENS, inner=48, pictures=2)
    dalle.train(recipe, pictures, codes, config, captions)
    export.export("dalle", tmp_path / "dalle", tmp_path / "weights", "a test")
    model = load_token_transformer(tmp_path / "weights" / "dalle")
    assert model.config == config
    logged = json.loads((tmp_path / "dalle" / "log.jsonl").read_text().splitlines()[0])
    assert {"image_loss", "image_draft", "pair_loss", "pair_second", "draft_loss"} <= logged.keys()
    assert "draft_second" not in logged
    start = str(tmp_path / "weights" / "dalle")
    again = replace(recipe, out=str(tmp_path / "again"), start=start, pairs=0.0, drafts=0.0)
    dalle.train(again, pictures, codes, replace(config, inner=64), captions)
    assert steps_of(tmp_path / "again") == 2
    other = replace(
        again,
        out=str(tmp_path / "other"),
        start_vqgan=tiny_preset.vqgan,
    )
    dalle.train(other, pictures, codes, replace(config, num_codes=20), captions)
    export.export("dalle", tmp_path / "other", tmp_path / "weights", "a test")
    assert load_token_transformer(tmp_path / "weights" / "dalle").config.num_codes == 20


def test_image_tokens_of_another_vqgan_mean_what_the_known_ones_do() -> None:
    model = TokenTransformer(TINY_TOKENS, Tokenizer(BPE()))
    width, num = TINY_TOKENS.width, TINY_TOKENS.num_codes
    generator = torch.Generator().manual_seed(0)
    known = torch.randint(num, (500,), generator=generator)
    renamed, embeddings = torch.randperm(num, generator=generator), torch.randn(num, width)
    widen.translate(model, known, renamed[known], embeddings)
    rows = model.net.wte.weight[TINY_TOKENS.text_vocab :][renamed]
    assert (F.cosine_similarity(rows, embeddings) > 0.97).all()


def test_a_bare_name_stands_for_one_style_and_others_are_named() -> None:
    def art(style: str, *concepts: int) -> Artwork:
        return Artwork(style, np.zeros((len(concepts), 1, 1, 4), np.uint8), np.array(concepts))

    styles = token_captions.plain_styles([art("fluent-3d", 0, 1), art("twemoji", 0)], 3)
    assert styles.tolist() == [1, 0, -1]
    captions = token_captions.Captions(made_up_concepts(), (), styles)
    told = {captions.of_artwork(0, 0, 0, random.Random(seed)) for seed in range(40)}
    assert told == {"a 3D rendering of a red apple"}
    bare = {captions.of_artwork(1, 0, 0, random.Random(seed)) for seed in range(40)}
    assert {"blue car", "a blue car", "تفاحة"} <= bare


def test_a_background_is_named_where_a_draft_is_drawn_and_only_there() -> None:
    captions = token_captions.Captions(made_up_concepts(), (), torch.tensor([1, 0, 0]))
    seeds = range(60)
    pairs = {captions.of_artwork(1, 0, 3, random.Random(seed)) for seed in seeds}
    assert pairs >= {
        "a blue car on a red background",
        "a 3D rendering of a blue car on a red background",
        "تفاحة على خلفية حمراء",
    }
    assert all("red" in text or "حمراء" in text for text in pairs) and len(pairs) > 5
    assert all("background" not in captions.of(1, 0, 3, random.Random(seed)) for seed in seeds)
    assert len(ARABIC_BACKGROUNDS) == len(BACKGROUND_NAMES)
