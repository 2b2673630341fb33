"""Checkpoints: written, verified, read; hub checkpoints behind the same protocol."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import drawing
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from multimodal.errors import CheckpointError, SettingError
from multimodal.events import last
from multimodal.lab import Lab
from multimodal.models.checkpoints import WEIGHTS_FILE, file_hash, load_vqgan, weight_files
from multimodal.presets import Preset
from multimodal.settings import VQGANCLIPSettings


def test_a_file_that_differs_from_its_manifest_is_not_loaded(
    tiny_preset: Preset, tmp_path: Path
) -> None:
    folder = tmp_path / "vqgan"
    shutil.copytree(tiny_preset.vqgan, folder)
    weights = weight_files(folder)[0]
    manifest = {"vqgan": {"sha256": {weights.name: file_hash(weights)}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    load_vqgan(folder)
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(CheckpointError, match="sha256 differs"):
        load_vqgan(folder)
    weights.unlink()
    with pytest.raises(CheckpointError, match="is missing"):
        load_vqgan(folder)


def test_damaged_or_foreign_checkpoints_are_refused(tiny_preset: Preset, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not hold a vqgan"):
        load_vqgan(Path(tiny_preset.clip))
    with pytest.raises(CheckpointError, match="holds no vqgan"):
        load_vqgan(tmp_path)
    folder = tmp_path / "broken"
    shutil.copytree(tiny_preset.vqgan, folder)
    (folder / WEIGHTS_FILE).write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        load_vqgan(folder)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(SettingError, match="clip-base"):
        Lab.load("no-such-preset")


@pytest.fixture(scope="module")
def hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLIP saved in exactly the layout of openai/clip-vit-base-patch32."""
    folder = tmp_path_factory.mktemp("hub-clip")
    words = ["a", "p", "l", "e", "r", "d", "c", "t"]
    vocab = {token: i for i, token in enumerate([*words, *[f"{w}</w>" for w in words]])}
    vocab.update({"<|startoftext|>": len(vocab), "<|endoftext|>": len(vocab) + 1})
    text = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    text |= {"num_attention_heads": 2, "vocab_size": len(vocab)}
    text |= {"bos_token_id": len(vocab) - 2, "eos_token_id": len(vocab) - 1, "pad_token_id": 0}
    vision = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    vision |= {"num_attention_heads": 2, "image_size": 32, "patch_size": 8}
    torch.manual_seed(0)
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    size = {"height": 32, "width": 32}
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=size)
    CLIPProcessor(images, CLIPTokenizer(vocab=vocab, merges=[])).save_pretrained(folder)
    return folder


def test_a_hub_checkpoint_runs_every_job(hub_folder: Path, tiny_preset: Preset) -> None:
    preset = Preset("hub", "hub", str(hub_folder), tiny_preset.vqgan, tiny_preset.dalle)
    lab = Lab.load(preset, "cpu")
    scores = lab.score([drawing("red"), drawing("blue")], ["a red apple", "a cat"])
    assert scores.cosine.shape == (2, 2)
    assert scores.logit_scale == pytest.approx(1 / 0.07, rel=0.01)
    settings = VQGANCLIPSettings(steps=2, width=64, height=64, num_cutouts=2, cutout_size=32)
    assert last(lab.generate("red", settings)).steps == 2


def test_the_adapter_agrees_with_transformers(hub_folder: Path, tiny_preset: Preset) -> None:
    preset = Preset("hub", "hub", str(hub_folder), tiny_preset.vqgan, tiny_preset.dalle)
    image = drawing("red", 32)
    ours = Lab.load(preset, "cpu").score([image], ["a red cat"]).logits
    model, processor = (
        CLIPModel.from_pretrained(hub_folder),
        CLIPProcessor.from_pretrained(hub_folder),
    )
    batch = processor(text=["a red cat"], images=[image], return_tensors="pt")
    with torch.no_grad():
        theirs = model(**batch).logits_per_image
    torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=0)


def test_a_folder_without_a_clip_is_refused(tmp_path: Path, tiny_preset: Preset) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "no-such-model"}')
    preset = Preset("hub", "hub", str(tmp_path), tiny_preset.vqgan, tiny_preset.dalle)
    with pytest.raises(CheckpointError):
        _ = Lab.load(preset, "cpu").clip
