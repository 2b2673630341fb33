"""The recipes of CLIP, guide and judge and their pictures, two steps on made-up data: they train,
resume, export and load."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import TINY_CLIP
from recipe_data import NAMES, made_up_concepts, steps_of, teacher
from torch import Tensor

from multimodal.errors import LabError
from multimodal.lab import Lab
from multimodal.live_training.augment import Augmentation, augment_photos
from multimodal.models.checkpoints import GUIDE_FILE, load_clip, load_guide, load_vqgan
from multimodal.models.presets import Preset
from training import export
from training.clip import align, refit_guide_text, soup
from training.clip import guide as clip_guide
from training.clip import judge as clip_judge
from training.clip import text as clip_text
from training.clip import train as clip
from training.clip.clip_labels import Names, caption
from training.clip.pseudo_labels import Meanings
from training.data.captions import TextPair, describe
from training.data.concepts import Concept
from training.evaluation.judge import JudgeConfig, load_judge
from training.load_run import load_trained
from training.pictures import Pictures


def test_the_clip_recipes_train_and_export(pictures: Pictures, tmp_path: Path) -> None:
    pairs = [TextPair(text, text, 1.0) for text in (*NAMES, "a cat", "a dog", "صورة قطة")]
    text_run, image_run, joint_run = (str(tmp_path / n) for n in ("text", "image", "joint"))
    recipe = clip_text.ClipTextRecipe(out=text_run, steps=2, batch=4, device="cpu")
    clip_text.train(recipe, pairs, TINY_CLIP, teacher)
    names = Names(made_up_concepts(), ("cat", "dog"))
    image = clip.ClipRecipe(
        out=image_run, text=text_run, steps=2, batch=6, device="cpu", pretrained=False
    )
    clip.train(image, pictures, names, TINY_CLIP, teacher)
    start = str(Path(image_run) / "checkpoint.pt")
    joint = replace(image, out=joint_run, phase="joint", start=start, extra_texts=2)
    clip.train(joint, pictures, names, TINY_CLIP, teacher)
    assert steps_of(tmp_path / "joint") == 2
    kept = replace(joint, out=str(tmp_path / "kept"), start="", text_lr=0.0)
    clip.train(kept, pictures, names, TINY_CLIP, teacher)  # pictures alone, from their start
    texts = load_trained(tmp_path / "kept").text_tower.state_dict()
    for name, value in clip.trained_texts(tmp_path / "text").items():
        assert torch.equal(value, texts[name]), name
    export.export("clip", tmp_path / "joint", tmp_path / "weights", "a test")
    features = load_clip(tmp_path / "weights" / "clip").encode_texts(["a cat", "تفاحة"])
    assert features.norm(dim=-1).allclose(torch.ones(2))
    recipe = align.ClipAlignRecipe(
        out=str(tmp_path / "align"), start=str(tmp_path / "weights" / "clip"),
        own=str(tmp_path / "joint"), steps=2, batch=4, device="cpu",
    )  # fmt: skip
    words = Meanings(["red apple", "cat"], ["kitty", "fruit"], torch.tensor([[0, 1.0], [0.9, 0.1]]))
    align.train(recipe, [*pairs, TextPair("تفاحة", "red apple", 1.0)], words)
    (tmp_path / "aligned" / "clip").mkdir(parents=True)
    (tmp_path / "aligned" / "clip" / GUIDE_FILE).touch()
    (tmp_path / "aligned" / "manifest.json").write_text('{"clip": {"guide": {"commit": "1"}}}')
    export.export("clip", tmp_path / "align", tmp_path / "aligned", "a test")
    stated = json.loads((tmp_path / "aligned" / "manifest.json").read_text())["clip"]
    assert stated["guide"] == {"commit": "1"} and GUIDE_FILE in stated["sha256"]
    before, after = (load_clip(tmp_path / f / "clip") for f in ("weights", "aligned"))
    assert after.encode_texts(["تفاحة"]).sub(before.encode_texts(["تفاحة"])).abs().max() > 1e-4
    assert torch.equal(after.image_projection.weight, before.image_projection.weight)
    soup.soup([tmp_path / f / "clip" for f in ("weights", "aligned")], tmp_path / "soup")
    mixed = load_clip(tmp_path / "soup")
    for found, one, other in zip(
        mixed.parameters(), before.parameters(), after.parameters(), strict=True
    ):
        assert torch.allclose(found, (one + other) / 2, atol=1e-3)
    soup.main(
        [str(tmp_path / f) for f in ("weights/clip", "align")]
        + ["--out", str(tmp_path / "shares"), "--shares", "3", "1", "--text-shares", "0", "2"]
    )
    after, uneven = load_trained(tmp_path / "align"), load_clip(tmp_path / "shares")
    assert uneven.encode_texts(["تفاحة"]).allclose(after.encode_texts(["تفاحة"]), atol=0.02)
    for found, one, other in zip(
        uneven.image_tower.parameters(),
        before.image_tower.parameters(),
        after.image_tower.parameters(),
        strict=True,
    ):
        assert torch.allclose(found, 0.75 * one + 0.25 * other, atol=1e-3)
    export.export("clip", tmp_path / "soup", tmp_path / "shipped", "an average")
    shipped = load_clip(tmp_path / "shipped" / "clip")
    assert torch.equal(shipped.image_projection.weight, mixed.image_projection.weight)
    stated = json.loads((tmp_path / "shipped" / "manifest.json").read_text())["clip"]
    assert stated["run"] == {"steps": 0, "minutes": 0.0, "note": "an average"}
    other_tongue = tmp_path / "other" / "clip"
    shutil.copytree(tmp_path / "soup", other_tongue)
    spoilt = json.loads((other_tongue / "tokenizer.json").read_text())
    spoilt["truncation"] = {
        "direction": "Right",
        "max_length": 9,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    (other_tongue / "tokenizer.json").write_text(json.dumps(spoilt))
    with pytest.raises(ValueError, match="tokenizers"):
        soup.soup([tmp_path / "soup", other_tongue], tmp_path / "never")
    with pytest.raises(ValueError, match="shares"):
        soup.soup([tmp_path / "soup"], tmp_path / "never", [1.0], [0.5, 0.5])


def test_the_guide_recipe_trains_and_is_what_steers(
    pictures: Pictures, tmp_path: Path, tiny_preset: Preset
) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(Path(tiny_preset.clip).parent, weights)
    (weights / "manifest.json").write_text('{"clip": {"metrics": {}}}')
    names = Names(made_up_concepts(), ("cat", "dog"))
    recipe = clip_guide.ClipGuideRecipe(
        out=str(tmp_path / "guide"), start=tiny_preset.clip, steps=2, batch=6, device="cpu"
    )
    clip_guide.train(recipe, pictures, names)
    assert steps_of(tmp_path / "guide") == 2
    export.write_guide(tmp_path / "guide", weights, "a test")
    plain, guide = load_clip(weights / "clip"), load_guide(weights / "clip")
    assert torch.equal(plain.encode_texts(["a cat"]), guide.encode_texts(["a cat"]))
    pixels = torch.rand(1, 3, 64, 64)
    assert not torch.equal(plain.encode_images(pixels), guide.encode_images(pixels))
    folders = [str(weights / kind) for kind in ("clip", "vqgan", "dalle")]
    lab = Lab.load(Preset("guided", "With a guide", *folders), "cpu")
    assert torch.equal(lab.models.guide.encode_images(pixels), guide.encode_images(pixels))


def test_a_guide_keeps_its_texts_beside_another_clip(tiny_preset: Preset, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(Path(tiny_preset.clip).parent, weights)
    (weights / "manifest.json").write_text('{"clip": {"metrics": {}}}')
    before, clip_now = (load_clip(weights / "clip") for _ in range(2))
    torch.manual_seed(0)
    torch.nn.init.orthogonal_(clip_now.text_projection.weight)  # it reads texts otherwise
    texts = [f"{word} {number}" for word in NAMES for number in range(40)]
    state = refit_guide_text.fit(before, clip_now, texts)
    refit_guide_text.write(state, tmp_path / "run")
    export.write_guide(tmp_path / "run", weights, "a test")
    kept = load_guide(weights / "clip")
    wanted = before.encode_texts(texts)
    assert (kept.encode_texts(texts) * wanted).sum(-1).mean() > 0.99
    assert (clip_now.encode_texts(texts) * wanted).sum(-1).mean() < 0.5


def test_an_attack_stays_within_its_distance_and_raises_the_loss(tiny_preset: Preset) -> None:
    model = load_clip(Path(tiny_preset.clip))
    bank = F.normalize(torch.randn(5, TINY_CLIP.teacher_dim), dim=-1)
    pixels, labels = torch.full((4, 3, 64, 64), 0.5), torch.arange(4)
    radius = torch.tensor([0.5, 1.0, 1.5, 2.0])
    noise = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0))
    changed = clip_guide.attack(model, bank, pixels, labels, radius, noise)
    assert ((changed - pixels).flatten(1).norm(dim=1) <= radius + 1e-4).all()

    def loss(seen: Tensor) -> float:
        return float(clip.label_loss(model, model.encode_images(seen), bank, labels, 0.0))

    assert loss(changed) > loss(pixels)


def test_noise_is_the_same_again_and_normal() -> None:
    pixels = torch.zeros(8, 3, 32, 32)
    drawn = clip_guide.noise_like(pixels, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, clip_guide.noise_like(pixels, torch.Generator().manual_seed(3)))
    assert abs(drawn.mean()) < 0.05 and abs(drawn.std() - 1) < 0.05
    generator = torch.Generator().manual_seed(3)
    assert not torch.equal(
        clip_guide.noise_like(pixels, generator), clip_guide.noise_like(pixels, generator)
    )


def test_the_judge_recipe_trains_resumes_exports_and_goes_on(
    pictures: Pictures, tmp_path: Path, tiny_preset: Preset
) -> None:
    names = Names(made_up_concepts(), ("cat", "dog"))
    config = JudgeConfig(image_size=64, smallest_image=32, embed_dim=16, vocab_size=300)
    recipe = clip_judge.ClipJudgeRecipe(
        out=str(tmp_path / "judge"),
        vqgan=tiny_preset.vqgan,
        decoded=0.5,
        steps=2,
        batch=4,
        others=3,
        device="cpu",
        pretrained=False,
    )
    clip_judge.train(replace(recipe, steps=1), pictures, names, config)
    clip_judge.train(recipe, pictures, names, config)
    assert steps_of(tmp_path / "judge") == 2
    export.export("judge", tmp_path / "judge", tmp_path / "weights", "a test")
    judge = load_judge(tmp_path / "weights" / "judge")
    assert judge.config == config
    further = replace(recipe, out=str(tmp_path / "on"), start=str(tmp_path / "weights" / "judge"))
    assert clip_judge.build(further, names, config).encode_texts(["a cat"]).shape == (1, 16)


def test_the_judge_sees_pictures_drawn_from_few_codes_or_many(
    tiny_preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_judge, "FEWEST_CODES", 4)
    net, pixels = load_vqgan(Path(tiny_preset.vqgan)), torch.rand(2, 3, 32, 32)
    pixels = F.interpolate(pixels, net.image_size)
    drawn = [
        clip_judge.there_and_back(net, pixels, torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert drawn[0].shape == pixels.shape and 0 <= drawn[0].min() <= drawn[0].max() <= 1


def test_a_wrong_caption_of_the_judge_is_not_true_of_its_picture() -> None:
    names = Names(made_up_concepts(), ("cat", "dog"))
    rng = random.Random(0)
    true = {describe(NAMES[0], s, b) for s in ("noto", None) for b in (3, None)}
    for _ in range(200):
        assert clip_judge.caption(names, 0, 2, 3, rng) in true
        assert clip_judge.wrong_caption(names, 0, 2, 3, rng) not in true


def test_pictures_held_on_a_device_are_drawn_like_those_in_files(pictures: Pictures) -> None:
    held = replace(pictures, artwork=[*pictures.artwork, pictures.artwork[0]])
    files = replace(held)
    held.hold(torch.device("cpu"))
    seeds = [torch.Generator().manual_seed(3) for _ in range(2)]
    for found, wanted in zip(
        held.draw_artwork(20, 32, Augmentation(), seeds[0]),
        files.draw_artwork(20, 32, Augmentation(), seeds[1]),
        strict=True,
    ):
        assert torch.equal(found, wanted)
    photos = [p.draw_photos(9, 32, 0.1, g)[0] for p, g in zip((held, files), seeds, strict=True)]
    assert torch.equal(*photos)


def test_still_photos_are_but_mirrored() -> None:
    generator = torch.Generator().manual_seed(0)
    rgb = torch.rand(16, 3, 24, 24, generator=generator)

    def unmoved(share: float) -> tuple[int, int]:
        """How many pictures came back as they were, and how many mirrored."""
        found = augment_photos(rgb, 24, 0.0, generator, still=share)
        close = torch.isclose(torch.stack([rgb, rgb.flip(-1)]), found, atol=1e-5)
        same, mirrored = close.flatten(2).all(2).sum(1).tolist()
        return same, mirrored

    same, mirrored = unmoved(1.0)
    assert same + mirrored == 16 and same and mirrored
    assert 0 < sum(unmoved(0.5)) < 16


def test_held_out_photos_are_never_drawn(pictures: Pictures) -> None:
    assert pictures.photos is not None
    rows = np.flatnonzero(~pictures.photos.validation)
    assert len(rows) <= len(pictures.photos.validation)
    from training.data.artwork import ALL_STYLES, HELD_OUT_STYLE

    assert HELD_OUT_STYLE not in ALL_STYLES


def test_the_word_for_one_thing_is_one_label() -> None:
    names = Names(made_up_concepts(), ("blue cars", "dog"))
    assert names.label_of_class == [1, 3]
    assert names.texts == [*NAMES, "dog"]


def test_another_word_for_an_emoji_is_its_label_and_may_stand_under_both_their_pictures() -> None:
    concepts = (Concept("1f697", 0, {"en": "automobile"}, {"en": ()}),)
    names = Names(concepts, ("car", "dog"))
    assert names.label_of_class == [0, 1] and names.texts == ["automobile", "dog"]
    rng = random.Random(0)
    photos = {caption(names, 0, -1, -1, rng) for _ in range(200)}
    drawings = {caption(names, 0, 0, 0, rng) for _ in range(200)}
    assert {"a photo of a car", "a photo of an automobile", "a vehicle"} <= photos
    assert {"a car", "an automobile", "a 3D rendering of a car"} <= drawings
    dogs = {caption(names, 1, -1, -1, rng) for _ in range(100)}
    assert not any("car" in text or "automobile" in text for text in dogs)


def test_what_imagenet_knows_of_photos_needs_photos() -> None:
    with pytest.raises(LabError, match="--photos"):
        clip.main(["--imagenet", "1"])
