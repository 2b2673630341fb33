"""A loss that keeps CLIP from forgetting ImageNet's 1,000 classes.

An image tower that starts from ImageNet forgets within one phase what our few photo classes do not
show. So each training photo has the ImageNet classifier's answer as a soft label over its 1,000
classes (a cowboy hat, a lighthouse, a tabby), whose names the text tower reads like any other.

Source: Li & Hoiem 2016, "Learning without Forgetting", equation 2; top-k soft labels as in Shen &
Xing 2021, "A Fast Knowledge Distillation Framework for Visual Recognition", section 3.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.clip import EmbeddedCLIP
from multimodal.models.efficientnet_lite import EfficientNetLite
from training.data.captions import photo_of
from training.data.npm import data_root, package_folder
from training.data.photos import Photos
from training.pretrained import load_classifier

TEACHER_SIZE = 224  # pixels; what the classifier was trained on
KEPT = 20  # classes of a photo's soft label
TEMPERATURE = 2.0


@dataclass(frozen=True)
class SoftLabels:
    """The KEPT likeliest of the 1,000 classes for each photo, `classes` (n, k), and their
    probabilities, `shares` (n, k), which sum to 1."""

    classes: Tensor
    shares: Tensor

    def loss(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Cross-entropy of logits (m, 1000) and the soft labels of the photos `rows` (m,); 0 where
        m is 0."""
        classes, shares = self.classes[rows], self.shares[rows]
        known = logits.log_softmax(1).gather(1, classes.to(logits.device))
        return -(known * shares.to(logits.device)).sum() / max(len(rows), 1)


def class_names(root: Path | None = None) -> list[list[str]]:
    """The names of each of the 1,000 classes, the commonest one first. Raises ValueError where
    the package lists them otherwise than expected."""
    script = package_folder("@tensorflow-models/mobilenet", root) / "dist" / "imagenet_classes.js"
    text = re.sub(r"' \+\s*'", "", script.read_text(encoding="utf-8"))
    entries = re.findall(r"""^\s+(\d+):\s+(?:'(.*)'|"(.*)"),?$""", text, re.MULTILINE)
    names = [(a or b).replace("\\'", "'").split(", ") for _, a, b in entries]
    if [int(number) for number, *_ in entries] != list(range(1000)):
        raise ValueError("the list of ImageNet's classes has another layout than before")
    return names


class ClassTexts:
    """Captions of the classes: `texts` has one for every name of every class, `first` (classes,)
    says where among them that of each class's commonest name stands."""

    def __init__(self, names: list[list[str]]) -> None:
        self.texts = [photo_of(name) for row in names for name in row]
        self._lengths = torch.tensor([len(row) for row in names])
        self.first = self._lengths.cumsum(0) - self._lengths

    def draw(self, generator: torch.Generator) -> Tensor:
        """One text of each class, as indices of `texts`; at least half are the commonest name."""
        chance = torch.rand(2, len(self._lengths), generator=generator)
        other = (chance[0] * self._lengths).long() * (chance[1] < 0.5)
        return self.first + other


def soft_labels(photos: Photos) -> SoftLabels:
    """The classifier's answers, cached on disk; it sees each photo whole and upright."""
    cached = data_root() / "teacher" / f"answers-{len(photos.pixels)}-{_digest(photos)}.pt"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        torch.save(_classified(photos), cached)
    found = torch.load(cached, weights_only=True)
    shares = (found["logits"].float() / TEMPERATURE).softmax(1)
    return SoftLabels(found["classes"], shares)


class ImageNetLoss:
    """The loss against the classifier's answers. `bank` (texts, d) holds the sentence vectors of
    its classes' names, `texts`; the recipe fills it."""

    def __init__(self, labels: SoftLabels, names: list[list[str]]) -> None:
        self.labels, self.texts = labels, ClassTexts(names)
        self.bank = torch.empty(0)

    def loss(
        self, model: EmbeddedCLIP, features: Tensor, rows: Tensor, generator: torch.Generator
    ) -> Tensor:
        """The loss of features (n, d); `rows` (n,) says which photo each picture is, -1 for
        artwork, which has no part in it."""
        shown = rows >= 0
        texts = model.project_texts(self.bank[self.texts.draw(generator)])
        logits = model.log_scale.exp() * features[shown.to(features.device)] @ texts.T
        return self.labels.loss(logits, rows[shown])


@torch.no_grad()
def _classified(photos: Photos) -> dict[str, Tensor]:
    """The likeliest classes of every photo and their logits, each (n, KEPT)."""
    tower = EfficientNetLite()
    last = load_classifier(tower)
    see = tower.fused()
    found = []
    for start in range(0, len(photos.pixels), 64):
        raw = torch.from_numpy(np.array(photos.pixels[start : start + 64]))
        pixels = raw.permute(0, 3, 1, 2).float() / 255
        pixels = F.interpolate(pixels, size=TEACHER_SIZE, mode="bicubic", antialias=True)
        found.append(last(see(pixels.clamp(0, 1))).topk(KEPT, 1))
    logits, classes = (torch.cat(part) for part in zip(*found, strict=True))
    return {"logits": logits.half(), "classes": classes}


def _digest(photos: Photos) -> str:
    """Tells one collection of photos from another."""
    found = hashlib.sha256("\n".join(photos.classes).encode())
    found.update(photos.labels.tobytes())
    found.update(np.ascontiguousarray(photos.pixels[::100]).tobytes())
    return found.hexdigest()[:16]
