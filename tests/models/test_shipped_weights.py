"""A floor under each shipped model, measured on what this repository holds.

Held-out photographs and drawings made here; `python -m multimodal evaluate` measures more.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from multimodal.events import Progress, Result, last
from multimodal.images import decode, to_pixels
from multimodal.lab import Lab
from multimodal.models.clip import CLIP
from multimodal.settings.jobs import DalleSettings, SearchSettings
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.ui.clip import example as clip_example
from multimodal.ui.texts import EXAMPLES as EXAMPLE_TEXTS
from training.evaluation import evaluate

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DOCS = EXAMPLES.parent / "docs"


def example(name: str) -> Image.Image:
    return decode(EXAMPLES / f"{name}.jpg")


@pytest.mark.parametrize(
    ("picture", "labels", "expected"),
    [
        ("cat", "cat,dog,human face", "cat"),
        ("dalmatian", "cat,dog,human face", "dog"),
        ("face", "cat,dog,human face", "human face"),
        ("cat", "قطة,كلب,وجه إنسان", "قطة"),
        ("dalmatian", "قطة,كلب,وجه إنسان", "كلب"),
        ("face", "قطة,كلب,وجه إنسان", "وجه إنسان"),
    ],
)
def test_clip_tells_cat_dog_and_face_apart(
    lab: Lab, picture: str, labels: str, expected: str
) -> None:
    row = lab.classify([example(picture)], labels.split(","))[0]
    assert row[0].label == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a sunflower", "sunflower"),
        ("a motorcycle", "motorbike"),
        ("strawberry", "strawberry"),
        ("طائرة", "airplane"),
        ("فراولة", "strawberry"),
        ("حذاء", "shoes"),
    ],
)
def test_search_finds_examples_by_english_and_arabic_words(
    lab: Lab, query: str, expected: str
) -> None:
    gallery = lab.index([EXAMPLES])
    hits = lab.search(gallery, query, SearchSettings(top_k=2))
    assert expected in [Path(hit.item.path).stem for hit in hits]


def test_the_captions_that_the_page_begins_with_fit_its_pictures(lab: Lab) -> None:
    pictures = [example(name) for name in ("cat", "dalmatian", "face")]
    for captions in EXAMPLE_TEXTS["captions"][0]:
        shares = lab.score(pictures, captions.splitlines()).per_image()
        assert shares.argmax(1).tolist() == [0, 1, 2], captions


def test_what_the_page_proposes_to_search_for_is_found(lab: Lab) -> None:
    gallery = lab.index([EXAMPLES])
    expected = ("apples", "airplane", "saxophone", "sunflower")
    for queries, name in zip(EXAMPLE_TEXTS["query"], expected, strict=True):
        for query in queries:
            best = lab.search(gallery, query, SearchSettings(top_k=1))[0]
            assert Path(best.item.path).stem == name and best.relevant, query


def test_clip_knows_held_out_photos(lab: Lab) -> None:
    found = evaluate(lab, ["clip_photos_top1"])["clip_photos_top1"]
    assert found["n"] > 700
    assert found["value"] >= 0.8


def test_the_vqgan_gives_photos_back(lab: Lab) -> None:
    for name in ("sunflower", "dalmatian", "strawberry"):
        found = lab.reconstruct(example(name))
        assert found.psnr > 15, name
        assert found.codes_used > 30


def test_painting_beats_its_start_and_other_prompts(lab: Lab) -> None:
    *steps, result = lab.generate("a red heart", VQGANCLIPSettings(steps=40))
    start = next(step.image for step in steps if isinstance(step, Progress) and step.image)
    assert isinstance(result, Result)
    prompts = ["a red heart", "a green tree", "a blue car"]
    before, after = lab.score([start, result.image], prompts).cosine
    assert after.argmax() == 0
    assert after[0] > before[0] + 0.1
    assert result.pictures[0].clip_score > 0.3


def test_the_token_model_expects_real_pictures(lab: Lab) -> None:
    found = evaluate(lab, ["dalle_photos_nats"])["dalle_photos_nats"]
    assert found["value"] < 6.3  # the log of 2,048 tokens is 7.62


def test_the_token_model_draws_most_of_what_it_is_asked_for(lab: Lab) -> None:
    names = ["cat face", "dog face", "green apple", "skull", "red heart", "melon", "bus", "key"]
    images = [last(lab.generate(name, DalleSettings(num_candidates=1))).image for name in names]
    found = [row[0].label for row in lab.classify(images, names)]
    assert sum(one == name for one, name in zip(found, names, strict=True)) >= 6, found


def test_the_guide_knows_pictures_and_is_hard_to_fool(lab: Lab) -> None:
    assert lab.models.guide is not lab.models.clip and lab.models.guide.real_score is not None
    images = [example(name) for name in ("cat", "dalmatian", "strawberry", "sunflower", "airplane")]
    pixels = to_pixels(images, 96)
    texts = lab.models.clip.encode_texts(
        ["a cat", "a dog", "a strawberry", "a sunflower", "an airplane"]
    )

    def seen(clip: CLIP) -> tuple[int, float]:
        """How many pictures win, and how much score a small step against them costs."""
        moved = pixels.clone().requires_grad_(True)
        cosines = clip.encode_images(moved) @ texts.T
        (gradient,) = torch.autograd.grad(-cosines.diagonal().sum(), moved)
        step = 1.5 * gradient / gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        with torch.no_grad():
            after = clip.encode_images((pixels + step).clamp(0, 1)) @ texts.T
        won = int((cosines.argmax(1) == torch.arange(len(images))).sum())
        return won, float((cosines.detach() - after).diagonal().mean())

    won, lost = seen(lab.models.guide)
    assert won >= 4
    assert lost < 0.8 * seen(lab.models.clip)[1]


def test_the_token_model_draws_something_on_a_plain_ground(lab: Lab) -> None:
    image = last(lab.generate("sunflower", DalleSettings(num_candidates=1, seed=1))).image
    assert image.size == (128, 128)
    assert image.convert("L").getextrema()[1] > 200
    assert len(image.getcolors(1 << 16) or []) > 100


def test_the_worked_example_is_what_the_shipped_weights_say(lab: Lab) -> None:
    """`python docs/worked_example.py` makes it again."""
    spec = importlib.util.spec_from_file_location("worked_example", DOCS / "worked_example.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    now, stored = script.worked(lab), json.loads(clip_example.WORKED.read_text(encoding="utf-8"))
    assert list(now) == list(stored) == ["en", "ar"]
    for language, part in now.items():
        assert part["captions"] == stored[language]["captions"]
        difference = np.subtract(part["per_image"], stored[language]["per_image"])
        assert np.abs(difference).max() < 0.01
        for ours, theirs in zip(part["labels"], stored[language]["labels"], strict=True):
            assert [label for label, _ in ours] == [label for label, _ in theirs]
            shares = zip(ours, theirs, strict=True)
            assert all(abs(one - other) < 0.01 for (_, one), (_, other) in shares)
