"""Made-up data that the recipes train on in the tests."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from conftest import TINY_CLIP
from torch import Tensor

from training.data.concepts import Concept

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
