"""Checkpoints: written, verified, read; hub checkpoints behind the same protocol."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import drawing
from diffusers import VQModel
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from multimodal.clip import scoring
from multimodal.errors import CheckpointError, GalleryError, SettingError
from multimodal.events import last
from multimodal.images import to_pixels
from multimodal.lab import Lab
from multimodal.models.checkpoints import WEIGHTS_FILE, file_hash, load_vqgan, weight_files
from multimodal.models.hub_clip import HubCLIP
from multimodal.models.hub_vqgan import load_hub_vqgan, wrapped
from multimodal.models.placement import check_precision, check_token_precision
from multimodal.models.presets import EMBEDDED, Preset, find_preset
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.ui.texts.errors import in_arabic


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


def test_the_fast_paths_give_what_the_plain_ones_give(hub_folder: Path, tiny_lab: Lab) -> None:
    pixels = torch.rand(11, 3, 32, 32)
    for clip in (HubCLIP(str(hub_folder)), tiny_lab.models.clip):
        slow = clip.encode_images(pixels.clone().requires_grad_())
        assert slow.grad_fn is not None
        with torch.no_grad():
            fast = clip.encode_images(pixels)
            alone = clip.encode_images(pixels[4:5])
        torch.testing.assert_close(fast, slow.detach(), atol=2e-5, rtol=0)
        torch.testing.assert_close(fast[4:5], alone, atol=2e-5, rtol=0)


def test_int8_is_near_fp32_and_its_vectors_are_kept_apart(
    hub_folder: Path, tiny_preset: Preset, picture_files: list[Path], tmp_path: Path
) -> None:
    preset = Preset("hub", "hub", str(hub_folder), tiny_preset.vqgan, tiny_preset.dalle)
    exact, rounded = Lab.load(preset, "cpu"), Lab.load(preset, "cpu", precision="int8")
    images = [drawing(colour) for colour in ("red", "green", "blue")]
    a, b = (
        scoring.encode_images(lab.models.clip, images, lab.models.device)
        for lab in (exact, rounded)
    )
    assert float((a * b).sum(1).min()) > 0.99 and not torch.equal(a, b)
    alone = scoring.encode_images(rounded.models.clip, images[:1], rounded.models.device)
    assert float((alone * b[:1]).sum()) > 0.9999  # whatever else is in the batch
    gradient = torch.rand(1, 3, 32, 32).requires_grad_()
    torch.testing.assert_close(
        rounded.models.clip.encode_images(gradient), exact.models.clip.encode_images(gradient)
    )
    assert rounded.models.clip_id != exact.models.clip_id
    for _ in rounded.index_library(tmp_path / "library", picture_files):
        pass
    with rounded.open_library(tmp_path / "library") as library:
        assert len(library) == 4
    with pytest.raises(GalleryError, match="int8"):
        exact.open_library(tmp_path / "library")


def test_a_precision_that_cannot_be_is_refused(tiny_preset: Preset) -> None:
    with pytest.raises(SettingError, match="choose one of fp32, int8"):
        Lab.load(tiny_preset, "cpu", precision="int4")
    with pytest.raises(SettingError, match="less exact and hardly faster"):
        Lab.load(tiny_preset, "cpu", precision="int8")
    with pytest.raises(SettingError, match="is for a CPU"):
        check_precision("int8", "hub:owner/name", torch.device("meta"))


def test_a_token_precision_that_cannot_be_is_refused(
    tiny_preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingError, match="choose one of fp32, fp16, int8") as caught:
        Lab.load(tiny_preset, "cpu", token_precision="bf16")
    assert "bf16" in in_arabic(caught.value.message) != str(caught.value)
    with pytest.raises(SettingError, match="is for a CPU"):
        check_token_precision("fp16", torch.device("meta"))
    monkeypatch.setattr("multimodal.models.placement.can_halve", lambda: False)
    with pytest.raises(SettingError, match="x86") as caught:
        check_token_precision("fp16", torch.device("cpu"))
    assert in_arabic(caught.value.message) != str(caught.value)


def test_a_folder_without_a_clip_is_refused(tmp_path: Path, tiny_preset: Preset) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "no-such-model"}')
    preset = Preset("hub", "hub", str(tmp_path), tiny_preset.vqgan, tiny_preset.dalle)
    with pytest.raises(CheckpointError):
        _ = Lab.load(preset, "cpu").models.clip


@pytest.fixture(scope="module")
def vq_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VQModel as diffusers saves it, f4."""
    torch.manual_seed(1)
    net = VQModel(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 16),
        latent_channels=4,
        num_vq_embeddings=16,
        norm_num_groups=4,
        sample_size=32,
    )
    folder = tmp_path_factory.mktemp("vq")
    net.save_pretrained(folder)
    return folder


def test_a_vqmodel_of_diffusers_runs_every_job(vq_folder: Path, lab: Lab) -> None:
    own = Lab.load(str(vq_folder), "cpu")
    assert (
        own.models.vqgan.factor == 4 and own.models.vqgan.image_size == 64
    )  # 16 cells at the least
    settings = VQGANCLIPSettings(steps=2, width=64, height=64, num_cutouts=2, cutout_size=32)
    assert last(own.generate("red", settings)).image.size == (64, 64)
    image = drawing("red", 64)
    found = own.reconstruct(image)
    assert found.codes.shape == (16, 16) and found.num_codes == 16
    net = VQModel.from_pretrained(vq_folder)
    with torch.no_grad():
        theirs = net(2 * to_pixels([image]) - 1).sample
    ours = to_pixels([found.image])
    torch.testing.assert_close(ours, ((theirs + 1) / 2).clamp(0, 1), atol=3e-3, rtol=0)
    asked = DalleSettings(num_candidates=1, seed=3)
    drawn, same = (last(one.generate("a red apple", asked)).image for one in (own, lab))
    assert drawn.tobytes() == same.tobytes()  # tokens keep the VQGAN that they belong to


def test_a_vqmodel_may_read_pixels_from_0_to_1(vq_folder: Path) -> None:
    net = VQModel.from_pretrained(vq_folder)
    net.register_to_config(lookup_from_codebook=True)
    vqgan = wrapped(net, "x")
    pixels = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(vqgan.encode(pixels), net.encode(pixels).latents)
        z_q = vqgan.lookup(torch.zeros(1, 16, 16, dtype=torch.long))
        torch.testing.assert_close(vqgan.decode(z_q), net.decoder(net.post_quant_conv(z_q)))


def test_a_vqmodel_of_another_kind_is_refused(tmp_path: Path) -> None:
    net = VQModel(latent_channels=4, num_vq_embeddings=16, norm_type="spatial",
                  block_out_channels=(32,))  # fmt: skip
    net.save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="VQModel of another kind"):
        load_hub_vqgan(str(tmp_path))
    (tmp_path / "diffusion_pytorch_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="No VQGAN checkpoint"):
        load_hub_vqgan(str(tmp_path))


def test_a_folder_of_parts_is_a_preset(
    tiny_preset: Preset, vq_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_preset.vqgan, tmp_path / "both" / "vqgan")
    shutil.copytree(tiny_preset.dalle, tmp_path / "both" / "dalle")
    both = find_preset(str(tmp_path / "both"))
    assert (both.clip, both.token_vqgan) == (EMBEDDED.clip, "")
    assert last(Lab.load(both, "cpu").generate("x", DalleSettings(num_candidates=1))).image
    shutil.copytree(vq_folder, tmp_path / "one" / "vqgan")
    one = find_preset(str(tmp_path / "one"))
    assert one.vqgan == str(tmp_path / "one" / "vqgan")
    assert (one.dalle, one.token_vqgan) == (EMBEDDED.dalle, EMBEDDED.vqgan)
    with pytest.raises(SettingError, match="folders clip, vqgan, dalle"):
        find_preset(str(tmp_path))
