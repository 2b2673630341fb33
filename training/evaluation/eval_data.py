"""The pictures, texts and features that figures are measured on, made when first needed.

OpenMoji is fetched by `npm pack`. The held-out photos are a credited slice in `data/`, or the
held-out tenth of a class-named folder of your own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from multimodal.lab import Lab
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_images
from multimodal.models.placement import to_device
from training.data.artwork import HELD_OUT_STYLE, STYLES, Artwork, load_artwork
from training.data.concepts import Concept, load_concepts
from training.data.photos import validation_photos
from training.evaluation.figure import Figure
from training.evaluation.judge import JudgeCLIP, load_judge

BATCH = 32
NAMES = "names"  # of the concepts, as something that figures need
JUDGE = Path(__file__).parents[1] / "weights" / "judge"
Say = Callable[[str], None]


class EvalData:
    """The data and features that several figures share, made when first needed.

    Args:
        photos: a class-named folder to measure photos on; without it the slice in `data/`.
        sheets: a folder for contact sheets of what the generators made; without it there are none.
        judge: the folder of the judge's weights.
    """

    def __init__(
        self, lab: Lab, photos: Path | None, sheets: Path | None = None, judge: Path = JUDGE
    ) -> None:
        self.lab, self.models = lab, lab.models
        self._photos, self.sheets, self._judge = photos, sheets, judge

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """All concepts, English names among them."""
        return load_concepts()

    @cached_property
    def names(self) -> list[str]:
        """The English name of each concept."""
        return [concept.name for concept in self.concepts]

    @cached_property
    def openmoji(self) -> tuple[list[Image.Image], list[int]]:
        """The held-out style over white, tightly cropped, and each picture's concept."""
        artwork = load_artwork(HELD_OUT_STYLE)
        return [over(row) for row in artwork.pixels], artwork.concept_ids.tolist()

    @cached_property
    def training_artwork(self) -> tuple[Tensor, list[tuple[Artwork, int]]]:
        """All training artwork: the judge's features (n, d), and each picture's style and row."""
        places = [(art, row) for art in map(load_artwork, STYLES) for row in range(len(art.pixels))]
        parts = []
        for start in range(0, len(places), BATCH):
            images = [over(art.pixels[row]) for art, row in places[start : start + BATCH]]
            parts.append(self.picture_features(self.judge, images))
        return torch.cat(parts), places

    @cached_property
    def photos(self) -> tuple[list[Image.Image], list[int], tuple[str, ...]]:
        """Held-out photos, the class of each, and the class names."""
        return validation_photos(self._photos)

    @cached_property
    def judge(self) -> JudgeCLIP:
        """The independent CLIP that judges what the generators draw. Raises CheckpointError."""
        return to_device(load_judge(self._judge), self.models.device)

    def picture_features(self, clip: CLIP, images: list[Image.Image]) -> Tensor:
        """(n, d) unit norm, by the lab's CLIP or by the judge."""
        return encode_images(clip, images, self.models.device).cpu()

    @cached_property
    def judged_names(self) -> Tensor:
        """The names of all concepts as the judge reads them, (m, d) unit norm."""
        return self.text_features(self.names, self.judge)

    @cached_property
    def openmoji_features(self) -> Tensor:
        """(n, d) unit norm, by the lab's CLIP."""
        return self.picture_features(self.models.clip, self.openmoji[0])

    @torch.no_grad()
    def text_features(self, texts: Sequence[str], clip: CLIP | None = None) -> Tensor:
        """(m, d) unit norm, in batches; by the lab's CLIP where none is given."""
        parts = [
            (clip or self.models.clip).encode_texts(list(texts[start : start + 256])).cpu()
            for start in range(0, len(texts), 256)
        ]
        return torch.cat(parts)


@dataclass(frozen=True)
class Group:
    """Figures that one measurement gives."""

    figures: tuple[str, ...]
    measure: Callable[[EvalData], dict[str, Figure]]
    needs: tuple[str, ...] = ()  # NAMES, and styles of artwork

    def fetch(self) -> None:
        """Fetch and render what it needs, unless it was before. Raises LabError."""
        for need in self.needs:
            _ = load_concepts() if need == NAMES else load_artwork(need)


def over(rgba: Any, colour: tuple[int, ...] = (255, 255, 255), margin: float = 0.0) -> Image.Image:
    """(h, w, 4) uint8 with straight alpha -> RGB over a colour; `margin` is a share of a side."""
    picture = Image.fromarray(rgba)
    width, height = picture.size
    across, down = round(margin * width), round(margin * height)
    ground = Image.new("RGBA", (width + 2 * across, height + 2 * down), (*colour, 255))
    ground.alpha_composite(picture, (across, down))
    return ground.convert("RGB")


def batches(images: list[Image.Image]) -> Iterator[list[Image.Image]]:
    """BATCH pictures at a time."""
    for start in range(0, len(images), BATCH):
        yield images[start : start + BATCH]
