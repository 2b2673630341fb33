"""Features of ImageNet's 1,000 classes without a picture of them, made up from its classifier.

A CLIP that is shown photos of a hundred classes takes every other thing for one of these. The
classifier that its tower starts from knows a thousand. If the features of each class were normal
with one covariance S, its row for class c would be w_c = S^-1 (m_c - m), so S w_c is the way from
the middle of all features to that class's. How far they lie and how they scatter is taken from
the photos at hand: each gives up some of its own class for another. Such features are shown to
CLIP's head under that class's name, the names of the photos among the wrong answers.

Source: linear discriminant analysis (Hastie, Tibshirani & Friedman 2009, section 4.3) read
backwards; features of unseen classes as in Xian et al. 2018, "Feature Generating Networks for
Zero-Shot Learning".
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.data.captions import photo_of
from multimodal.data.photos import Photos
from multimodal.models.clip import EmbeddedCLIP
from multimodal.recipes.imagenet import Memory
from multimodal.recipes.labels import Names
from multimodal.recipes.pretrained import load_classifier
from multimodal.recipes.teacher import embed

ALIKE = 0.7  # cosine of two names from which on neither is a wrong answer to the other
KNOWN = 0.35  # share of the way to a class that its row points out: measured on shown classes
MOMENTUM = 0.05  # how fast the middle of a class's features follows the tower


class Imagined:
    """Moves features of photos to where other classes lie.

    `away` (1000, d) leads from the middle of all features to each class, on average as far as 1;
    `middles` (k, d) has the middle of each shown class, which follows the tower as it learns.

    Args:
        features: of photos, as the classifier's tower has them, (n, d).
        labels: what each photo shows, (n,): 0 to k - 1, or -1 for photos that are not shown.
        rows: the classifier's last layer, (1000, d).
        alike: (1000, m) bool, which of m other names are no wrong answer to a class.
    """

    def __init__(self, features: Tensor, labels: Tensor, rows: Tensor, alike: Tensor) -> None:
        self.labels, self.alike = labels, alike
        shown = [features[labels == label] for label in range(int(labels.max()) + 1)]
        self.middles = torch.stack([part.mean(0) for part in shown])
        inside = torch.cat([part - part.mean(0) for part in shown])
        away = (rows - rows.mean(0)) @ (inside.T @ inside) / len(inside)
        self.away = away / away.norm(dim=1).mean()

    def draw(
        self, features: Tensor, rows: Tensor, times: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """What photos have besides their classes, put to others: features (n, d) and rows (n,) of
        photos -> (n * times, d), none below 0 as none of the tower's are, and the classes
        (n * times,) that they are of now."""
        labels = self.labels[rows]
        for label, feature in zip(labels.tolist(), features, strict=True):
            self.middles[label].lerp_(feature, MOMENTUM)
        middle = self.middles.mean(0)
        distance = (self.middles - middle).norm(dim=1).mean()
        count = len(features) * times
        classes = torch.randint(len(self.away), (count,), generator=generator)
        lost = torch.rand(count, 1, generator=generator)
        own = (self.middles[labels] - middle).repeat(times, 1)
        made = features.repeat(times, 1) - lost * own + KNOWN * distance * self.away[classes]
        return made.clamp(min=0), classes

    def loss(
        self,
        model: EmbeddedCLIP,
        memory: Memory,
        features: Tensor,
        rows: Tensor,
        bank: Tensor,
        times: int,
        margin: float,
        generator: torch.Generator,
    ) -> Tensor:
        """Cross-entropy of made-up features with the 1,000 classes and the other names.

        Args:
            features: the tower's of a batch (n, d); rows (n,) of its photos, -1 for artwork.
            bank: the sentence vectors of the other names, (m, t).
            times: features that are made from each photo's.
            margin: by which the other names stand nearer than they are, in cosine, so that a
                name which real pictures make sure of does not win everywhere.
        """
        seen = features.detach().float().cpu()[rows >= 0]
        made, classes = self.draw(seen, rows[rows >= 0], times, generator)
        texts = memory.bank[memory.texts.draw(generator)]
        known = model.project_texts(torch.cat([texts, bank]))
        cosines = model.project_images(made.to(bank.device)) @ known.T
        cosines = cosines + margin * (torch.arange(len(known), device=bank.device) >= len(texts))
        right = F.pad(self.alike[classes], (len(texts), 0)).to(bank.device)
        logits = (model.log_scale.exp() * cosines).masked_fill(right, -1e4)
        return F.cross_entropy(logits, classes.to(bank.device))


def imagine(memory: Memory, photos: Photos, rows: np.ndarray, names: Names) -> Imagined:
    """From the photos `rows`; names that mean what a class does are no wrong answers."""
    texts = embed([photo_of(names.texts[label]) for label in names.shown])
    alike = memory.texts.by_class(embed(memory.texts.texts) @ texts.T > ALIKE)
    labels = torch.full((len(photos.labels),), -1)
    labels[rows] = torch.from_numpy(np.unique(photos.labels[rows], return_inverse=True)[1])
    _, last = load_classifier()
    return Imagined(memory.seen.features, labels, last.weight.detach(), alike)
