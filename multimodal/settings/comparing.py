"""The knobs of a comparison of all generators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from multimodal.settings.fields import Range, Seed, Settings
from multimodal.settings.painting import QUALITIES


@dataclass(frozen=True)
class CompareSettings(Settings):
    """What all generators are asked for when they are compared."""

    title: ClassVar[str] = "Comparison"

    seed: Seed = 0
    steps: Annotated[int, Range(1, 500, "optimiser steps of VQGAN+CLIP")] = QUALITIES["normal"][
        "steps"
    ]
    num_candidates: Annotated[
        int, Range(1, 16, "pictures that DALL-E tokens draw; CLIP picks the best")
    ] = 1
