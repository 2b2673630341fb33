"""Photographs from any class-named folder: `.../<class name>/<picture>`.

A picture is validation when the hash of its path below the class's parent says so, so the
split is the same on every machine and needs no list.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from multimodal.errors import LabError
from training.data.npm import data_root

PHOTO_SIZE = 128
VALIDATION_SHARE = 0.1
#: At most seven held-out photos a class (credits inside), for tests and evaluation.
SHIPPED_SLICE = Path(__file__).with_name("validation_photos.zip")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Photos:
    """`pixels` (n, 128, 128, 3) uint8, `labels` (n,) index into `classes`,
    `validation` (n,) bool."""

    pixels: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    validation: np.ndarray


def is_validation(path: Path) -> bool:
    """Whether `<class>/<picture>` belongs to the held-out tenth."""
    return place_of(f"{path.parent.name}/{path.name}") < VALIDATION_SHARE


def place_of(name: str) -> float:
    """A number in [0, 1) that depends on a name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def load_photos(folder: Path, root: Path | None = None) -> Photos:
    """Read a folder of class-named folders (any depth above the class), cached as one array.

    Raises LabError when the folder holds no pictures.
    """
    folder = Path(folder)
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise LabError(
            "{folder} holds no pictures; give a folder with one folder per class.", folder=folder
        )
    classes = tuple(sorted({path.parent.name for path in paths}))
    labels = np.array([classes.index(path.parent.name) for path in paths])
    validation = np.array([is_validation(path) for path in paths])
    listing = "\n".join(str(path.relative_to(folder)) for path in paths)
    digest = hashlib.sha256(listing.encode()).hexdigest()[:16]
    cached = (root or data_root()) / "photos" / f"{digest}.npy"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        np.save(cached, np.stack([_read(path) for path in paths]))
    return Photos(np.load(cached, mmap_mode="r"), labels, classes, validation)


def validation_photos(
    folder: Path | None = None,
) -> tuple[list[Image.Image], list[int], tuple[str, ...]]:
    """Held-out pictures, the class of each, and the class names.

    Of the shipped slice, or of a class-named folder of your own.
    """
    if folder is None:
        with zipfile.ZipFile(SHIPPED_SLICE) as archive:
            entries = sorted(n for n in archive.namelist() if n.endswith(SUFFIXES))
            pictures = [Image.open(io.BytesIO(archive.read(e))).convert("RGB") for e in entries]
        names = [Path(entry).parent.name for entry in entries]
        classes = tuple(sorted(set(names)))
        return pictures, [classes.index(name) for name in names], classes
    photos = load_photos(folder)
    rows = np.flatnonzero(photos.validation)
    pictures = [Image.fromarray(photos.pixels[row]) for row in rows]
    return pictures, photos.labels[rows].tolist(), photos.classes


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(
            ImageOps.fit(picture.convert("RGB"), (PHOTO_SIZE, PHOTO_SIZE), Image.Resampling.BICUBIC)
        )
