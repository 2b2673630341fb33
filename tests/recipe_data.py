"""Made-up data that the recipes train on in the tests."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from conftest import TINY_CLIP
from torch import Tensor

from multimodal.data.concepts import Concept
from multimodal.recipes.imagined import Imagined

CLASSES, SHOWN, OTHERS, DIM, MEANING = 40, 25, 6, 12, 8
NAMES = ("red apple", "blue car", "left arrow")


def made_up_concepts() -> tuple[Concept, ...]:
    return tuple(
        Concept(f"1f6{row}0", 0, {"en": name, "ar": "تفاحة"}, {"en": (name,), "ar": ("تفاحة",)})
        for row, name in enumerate(NAMES)
    )


def teacher(texts: list[str]) -> Tensor:
    """Made-up sentence vectors, the same for the same text."""
    rows = [
        torch.randn(TINY_CLIP.teacher_dim, generator=torch.Generator().manual_seed(len(text)))
        for text in texts
    ]
    return F.normalize(torch.stack(rows), dim=-1)


def steps_of(run: Path) -> int:
    stored = torch.load(run / "checkpoint.pt", weights_only=True)
    return int(stored["run"]["step"])


class World:
    """Things whose features lie where their meanings say: 40 that a classifier tells apart best,
    25 of them shown in photos, and 6 that it does not know."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.sentences = F.normalize(torch.randn(CLASSES + OTHERS, MEANING, generator=generator))
        self.means = 10 + 3 * self.sentences @ torch.randn(MEANING, DIM, generator=generator)
        root = torch.randn(DIM, DIM, generator=generator) / DIM**0.5
        self.labels = torch.arange(SHOWN).repeat_interleave(200)
        self.root, self.generator = root, generator
        self.features = self.draw(self.labels)
        known = self.means[:CLASSES]
        rows = (known - known.mean(0)) @ torch.linalg.inv(root @ root.T)
        self.rows = 0.1 * rows  # a net may be less sure than that

    def imagined(self) -> Imagined:
        things = CLASSES + OTHERS
        return Imagined(
            self.features, self.labels, self.rows, self.sentences, torch.arange(SHOWN),
            torch.eye(things, dtype=torch.bool),
        )  # fmt: skip

    def draw(self, things: Tensor) -> Tensor:
        """Features of pictures of some things."""
        noise = torch.randn(len(things), DIM, generator=self.generator)
        return self.means[things] + noise @ self.root.T
