"""What is measured on must not be trained on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import drawing
from PIL import Image
from torch import Tensor

from multimodal.lab import Lab
from multimodal.models.features import encode_images
from training.data.photos import SHIPPED_SLICE, is_validation, load_photos, validation_photos
from training.leaks import Leaks, find_leaks, of_photos


@pytest.fixture(scope="module")
def encode(lab: Lab) -> Callable[[list[Image.Image]], Tensor]:
    return lambda images: encode_images(lab.models.clip, images, lab.models.device)


def copied(image: Image.Image) -> Image.Image:
    """Saved once more as a small JPEG file."""
    file = io.BytesIO()
    image.resize((100, 100)).save(file, "JPEG", quality=60)
    return Image.open(file).convert("RGB").resize(image.size)


def test_every_shipped_photo_is_one_that_no_recipe_trains_on() -> None:
    with zipfile.ZipFile(SHIPPED_SLICE) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(names) == 762 and all(is_validation(Path(name)) for name in names)


def test_a_planted_leak_is_found(encode: Callable[[list[Image.Image]], Tensor]) -> None:
    pictures, *_ = validation_photos()
    named = [(f"photo {row}", picture) for row, picture in enumerate(pictures[:60])]
    held_out, trained = named[:20], named[20:]
    assert find_leaks(held_out, trained, encode) == Leaks([], [])
    assert find_leaks(held_out, [], encode) == find_leaks([], trained, encode) == Leaks([], [])
    planted = [*trained, ("again", pictures[3].copy()), ("saved again", copied(pictures[5]))]
    found = find_leaks(held_out, planted, encode)
    assert found.same == [("photo 3", "again")]
    assert found.near == [("photo 3", "again"), ("photo 5", "saved again")]


def test_the_two_parts_of_a_folder_share_no_picture(tmp_path: Path) -> None:
    for number in range(40):
        path = tmp_path / "photos" / "cat" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        drawing(f"#{number:02x}5080").save(path)
    photos = load_photos(tmp_path / "photos", tmp_path / "cache")
    parts = [{n: i.tobytes() for n, i in of_photos(photos, kept)} for kept in (True, False)]
    assert all(parts) and len(parts[0]) + len(parts[1]) == 40
    assert not parts[0].keys() & parts[1].keys()
    assert not {*parts[0].values()} & {*parts[1].values()}
    assert not list(of_photos(None, True))
