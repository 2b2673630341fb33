"""What all figures share: means with intervals, ranks, and the pictures that are measured on.

OpenMoji is fetched by `npm pack`; the held-out photos are a credited slice in `data/`, or the
held-out tenth of a class-named folder of your own.
"""

from __future__ import annotations

import math
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
from multimodal.models.placement import placed
from training.data.artwork import HELD_OUT_STYLE, STYLES, Artwork, load_artwork
from training.data.concepts import Concept, load_concepts
from training.data.photos import validation_photos
from training.evaluation.judge import JudgeCLIP, load_judge

BATCH = 32
JUDGE = Path(__file__).parents[1] / "weights" / "judge"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """A mean over `n` measurements with its 95 % confidence interval."""

    value: float
    n: int
    ci95: tuple[float, float]

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Mean and normal interval of one value a picture (0/1 hits, shares, dB)."""
        tensor = torch.tensor(values, dtype=torch.double)
        mean = float(tensor.mean())
        half = 1.96 * float(tensor.std(correction=1)) / math.sqrt(len(values))
        return cls(mean, len(values), (mean - half, mean + half))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to four places."""
        return {
            "value": round(self.value, 4),
            "n": self.n,
            "ci95": [round(bound, 4) for bound in self.ci95],
        }


class Bench:
    """The data and features that several figures share, made at first use.

    Args:
        photos: a class-named folder to measure photos on; the slice in the package otherwise.
        sheets: a folder for contact sheets of what the generators made; none otherwise.
    """

    def __init__(
        self, lab: Lab, photos: Path | None, sheets: Path | None = None, judge: Path = JUDGE
    ) -> None:
        self.lab, self._photos, self.sheets, self._judge = lab, photos, sheets, judge

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
        """All training artwork: the judge's features (n, d), and where each picture is."""
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
        """The independent CLIP that judges what the others made. Raises CheckpointError."""
        return placed(load_judge(self._judge), self.lab.models.device)

    def picture_features(self, clip: CLIP, images: list[Image.Image]) -> Tensor:
        """(n, d) unit norm, by the lab's CLIP or by the judge."""
        return encode_images(clip, images, self.lab.models.device).cpu()

    @cached_property
    def judged_names(self) -> Tensor:
        """The names of all concepts as the judge reads them, (m, d) unit norm."""
        return self.text_features(self.names, self.judge)

    @cached_property
    def openmoji_features(self) -> Tensor:
        """(n, d) unit norm, by the lab's CLIP."""
        return self.picture_features(self.lab.models.clip, self.openmoji[0])

    @torch.no_grad()
    def text_features(self, texts: Sequence[str], clip: CLIP | None = None) -> Tensor:
        """(m, d) unit norm, in batches; by the lab's CLIP where none is given."""
        parts = [
            (clip or self.lab.models.clip).encode_texts(list(texts[start : start + 256])).cpu()
            for start in range(0, len(texts), 256)
        ]
        return torch.cat(parts)


@dataclass(frozen=True)
class Group:
    """Figures that one measurement gives."""

    figures: tuple[str, ...]
    measure: Callable[[Bench], dict[str, Figure]]


def ranks(image_features: Tensor, text_features: Tensor, truth: Tensor) -> Tensor:
    """How many texts beat the true one for each picture, (n,); 0 is a hit."""
    return ranks_in(image_features @ text_features.T, truth)


def ranks_in(scores: Tensor, truth: Tensor) -> Tensor:
    """How many of each row's scores (n, m) beat that of the true column, (n,); 0 is a hit."""
    return (scores > scores.gather(1, truth[:, None])).sum(1)


def chance_among(rank: int, total: int, choices: int) -> float:
    """The probability that a text beaten by `rank` of `total` - 1 others comes first among
    itself and `choices` - 1 of them drawn at random: a hypergeometric with no hit."""
    others, drawn = total - 1, choices - 1
    if drawn > others - rank:
        return 0.0
    return math.exp(_log_choose(others - rank, drawn) - _log_choose(others, drawn))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def among(prefix: str, rank: Sequence[int], total: int, *kinds: str) -> dict[str, Figure]:
    """Figures PREFIX_KIND of ranks among `total` texts; kinds are top1, top5, of100, of10."""
    measures: dict[str, Callable[[int], float]] = {
        "top1": lambda r: float(r < 1),
        "top5": lambda r: float(r < 5),
        "of100": lambda r: chance_among(r, total, 100),
        "of10": lambda r: chance_among(r, total, 10),
    }
    return {f"{prefix}_{kind}": Figure.of([measures[kind](r) for r in rank]) for kind in kinds}


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
