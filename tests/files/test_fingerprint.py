"""Near-duplicates: what is the same picture, and what only looks like it."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import drawing
from PIL import Image, ImageEnhance

from multimodal.files.fingerprint import Fingerprint, alike, bit_distance, fingerprint, groups
from multimodal.images import decode
from multimodal.lab import Lab
from multimodal.models.features import encode_images
from multimodal.settings.jobs import SearchSettings
from training.data.photos import validation_photos

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def reencoded(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=50)
    return Image.open(buffer).convert("RGB")


def halved(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2))


def cropped(image: Image.Image) -> Image.Image:
    x, y = image.width // 50, image.height // 50
    return image.crop((x, y, image.width - x, image.height - y))


def brightened(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1.15)


CHANGES = (reencoded, halved, cropped, brightened)


def prints(images: list[Image.Image]) -> list[Fingerprint]:
    return [fingerprint(image) for image in images]


def test_bits_are_counted() -> None:
    a = np.array([0, 2**64 - 1, 0b1011], dtype=np.uint64)
    b = np.array([[0], [2**64 - 1]], dtype=np.uint64)
    assert bit_distance(a, b).tolist() == [[0, 64, 3], [64, 0, 61]]


def test_groups_are_connected_components_in_order() -> None:
    found = groups("abcdef", [("e", "b"), ("b", "a"), ("c", "f"), ("x", "a")])
    assert found["a"] == found["b"] == found["e"] == ["a", "b", "e"]
    assert found["c"] == ["c", "f"] and "d" not in found


def test_hash_colours_and_features_must_all_agree() -> None:
    one, other = Fingerprint(0, bytes(32)), Fingerprint(2**40 - 1, bytes(32))
    painted = Fingerprint(0, bytes([90] * 32))
    features = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    assert alike([one], features[:1], [one, one, other, painted, one], features) == [(0, 0), (0, 4)]
    assert alike([], features[:0], [one], features[:1]) == []


def test_one_drawing_in_other_colours_is_another_picture() -> None:
    discs = prints([drawing(colour) for colour in ("red", "green", "blue", "yellow")])
    features = torch.ones(4, 1)
    assert alike(discs, features, discs, features) == [(n, n) for n in range(4)]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_copy_is_the_same_picture(lab: Lab, change: object) -> None:
    images = [decode(EXAMPLES / f"{n}.jpg") for n in ("cat", "coffee", "astronaut", "rose", "hat")]
    copies = [change(image) for image in images]  # type: ignore[operator]
    both = [encode_images(lab.models.clip, some, lab.models.device) for some in (images, copies)]
    found = alike(prints(images), both[0], prints(copies), both[1])
    assert found == [(number, number) for number in range(5)]


def test_photos_of_one_kind_are_not_the_same_picture(lab: Lab) -> None:
    pictures, labels, classes = validation_photos()
    wanted = [classes.index(name) for name in ("dalmatian", "sunflowers", "apple", "human face")]
    images = [image for image, label in zip(pictures, labels, strict=True) if label in wanted]
    features = encode_images(lab.models.clip, images, lab.models.device)
    pairs = alike(prints(images), features, prints(images), features)
    assert len(images) > 12
    assert all(row == column for row, column in pairs)


def test_a_search_shows_one_of_each_group(tiny_lab: Lab, tmp_path: Path) -> None:
    image = Image.effect_mandelbrot((96, 96), (-1.5, -1.0, 0.5, 1.0), 50).convert("RGB")
    image.save(tmp_path / "a.png")
    for number, change in enumerate(CHANGES):
        change(image).save(tmp_path / f"copy-{number}.png")
    drawing("red").save(tmp_path / "other.png")
    gallery = tiny_lab.index([tmp_path])
    everything = SearchSettings(strictness=0)
    hits = tiny_lab.search(gallery, image, everything)
    assert hits[0].item.name == f"{tmp_path.name}/a.png"
    names = {Path(item.name).name for item in hits[0].alike}
    assert names == {f"copy-{number}.png" for number in range(4)}
    assert Path(hits[1].item.name).name == "other.png" and len(hits) == 2
    apart = tiny_lab.search(gallery, image, SearchSettings(strictness=0, group_alike=False))
    assert len(apart) == 6 and not any(hit.alike for hit in apart)
    assert all(a.score >= b.score for a, b in itertools.pairwise(apart))
