"""Features of what there is no photo of, made up from an ImageNet classifier and from names.

A CLIP that is shown photos of a hundred classes takes every other thing for one of these. The
classifier that its tower starts from knows a thousand. If the features of each class were normal
with one covariance S, its row for class c would be w_c = S^-1 (m_c - m), so S w_c is the way from
the middle of all features to that class's. The way to any other name is told from its sentence
vector by ridge regression on these and on the photos' classes. How far they lie and how features
scatter is taken from the photos at hand: each gives up some of its own class for another. Such
features are shown to CLIP's head under that name, all other names among the wrong answers.

Source: linear discriminant analysis (Hastie, Tibshirani & Friedman 2009, section 4.3) read
backwards; features of unseen classes from what their names mean as in Xian et al. 2018, "Feature
Generating Networks for Zero-Shot Learning".
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.data.photos import Photos
from multimodal.models.clip import EmbeddedCLIP
from multimodal.recipes.imagenet import Memory
from multimodal.recipes.labels import Names
from multimodal.recipes.pretrained import load_classifier
from multimodal.recipes.ridge import ridge
from multimodal.recipes.teacher import embed

KNOWN = 0.35  # share of the way to a class that its row points out: measured on shown classes
ALIKE = 0.7  # cosine of two names from which on neither is a wrong answer to the other
RIDGE = 20.0
MOMENTUM = 0.05  # how fast the middle of a class's features follows the tower


class Imagined:
    """Moves features of photos to where other things lie.

    `away` (c, d) leads from the middle of all features to each of c things, on average as far as
    1; `shown` (c,) says which of them the photos show; `middles` (k, d) has the middle of each
    class of photos, which follows the tower as it learns, and `places` (k,) which things they are.

    Args:
        features: of photos, as the classifier's tower has them, (n, d).
        labels: what each photo shows, (n,): 0 to k - 1, or -1 for photos that are not shown.
        rows: the classifier's last layer, (r, d).
        sentences: what each of the c things is called, (c, t) unit norm; the first r are the
            classifier's.
        places: which of the c things each of the k classes of photos is, (k,).
        alike: (c, c) bool, which of them are no wrong answers to each other.
    """

    def __init__(
        self,
        features: Tensor,
        labels: Tensor,
        rows: Tensor,
        sentences: Tensor,
        places: Tensor,
        alike: Tensor,
    ) -> None:
        self.labels, self.places = labels, places
        self.no_mistake = alike & ~torch.eye(len(alike), dtype=torch.bool)
        by_class = [features[labels == label] for label in range(len(places))]
        self.middles = torch.stack([part.mean(0) for part in by_class])
        inside = torch.cat([part - part.mean(0) for part in by_class])
        told = (rows - rows.mean(0)) @ (inside.T @ inside) / len(inside)
        told = told / told.norm(dim=1).mean()
        middle = self.middles.mean(0)
        seen = self.middles - middle
        seen = seen / seen.norm(dim=1).mean()
        known = torch.cat([sentences[: len(rows)], sentences[places]])
        guessed = guess(known, torch.cat([told, seen]), sentences[len(rows) :])
        self.away = torch.cat([told, guessed / guessed.norm(dim=1).mean().clamp(min=1e-6)])
        self.shown = torch.zeros(len(sentences), dtype=torch.bool)
        self.shown[places] = True
        self.drawn = (~self.shown).nonzero()[:, 0]

    def draw(
        self, features: Tensor, rows: Tensor, times: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """What photos have besides their classes, put to others: features (n, d) and rows (n,) of
        photos -> (n * times, d), none below 0 as none of the tower's are, and which of the c
        things they are now, (n * times,)."""
        labels = self.labels[rows]
        for label, feature in zip(labels.tolist(), features, strict=True):
            self.middles[label].lerp_(feature, MOMENTUM)
        middle = self.middles.mean(0)
        distance = (self.middles - middle).norm(dim=1).mean()
        count = len(features) * times
        things = self.drawn[torch.randint(len(self.drawn), (count,), generator=generator)]
        lost = torch.rand(count, 1, generator=generator)
        own = (self.middles[labels] - middle).repeat(times, 1)
        made = features.repeat(times, 1) - lost * own + KNOWN * distance * self.away[things]
        return made.clamp(min=0), things

    def loss(
        self,
        model: EmbeddedCLIP,
        memory: Memory,
        features: Tensor,
        rows: Tensor,
        times: int,
        prior: float,
        generator: torch.Generator,
    ) -> Tensor:
        """Cross-entropy of made-up features with all things.

        Args:
            features: the tower's of a batch (n, d); rows (n,) of its photos, -1 for artwork.
            times: features that are made from each photo's.
            prior: by which names that photos show stand nearer than they are, in cosine, as they
                do where real photos are seen, so that they do not win everywhere without it.
        """
        seen = features.detach().float().cpu()[rows >= 0]
        made, things = self.draw(seen, rows[rows >= 0], times, generator)
        texts = model.project_texts(memory.bank[memory.texts.draw(generator)])
        cosines = model.project_images(made.to(texts.device)) @ texts.T
        cosines = cosines + prior * self.shown.to(texts.device)
        ignored = self.no_mistake[things].to(texts.device)
        logits = (model.log_scale.exp() * cosines).masked_fill(ignored, -1e4)
        return F.cross_entropy(logits, things.to(texts.device))


def guess(sentences: Tensor, values: Tensor, others: Tensor) -> Tensor:
    """What `others` (m, t) should have where `sentences` (n, t) have `values` (n, d): (m, d)."""
    middle, level = sentences.mean(0), values.mean(0)
    return (others - middle) @ ridge(sentences - middle, values - level, RIDGE) + level


def imagine(memory: Memory, photos: Photos, rows: np.ndarray, names: Names) -> Imagined:
    """From the photos `rows`, for ImageNet's classes and all names."""
    sentences = embed(memory.texts.texts)
    alike = memory.texts.by_class(sentences @ sentences.T > ALIKE)
    alike = memory.texts.by_class(alike.T)
    labels = torch.full((len(photos.labels),), -1)
    classes, labels[rows] = (
        torch.from_numpy(part) for part in np.unique(photos.labels[rows], return_inverse=True)
    )
    _, last = load_classifier()
    before = len(last.weight)
    return Imagined(
        memory.seen.features,
        labels,
        last.weight.detach(),
        sentences[memory.texts.first],
        before + torch.tensor(names.label_of_class)[classes.long()],
        alike,
    )
