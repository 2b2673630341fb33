"""What VQGAN+CLIP strives for: prompts as CLIP features, one set a chapter, and its losses.

Source: Crowson et al. 2022, "VQGAN-CLIP", sections 3.1 and 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from multimodal.models.clip import CLIP
from multimodal.models.features import encode_images, encode_texts
from multimodal.prompts import WeightedPrompt

#: The share of a chapter in which it gives way to the next.
CROSSFADE = 0.2


@dataclass(frozen=True)
class Target:
    """Prompts as CLIP features, unit norm, and what each weighs."""

    features: Float[Tensor, "p d"]
    weights: Float[Tensor, " p"]

    @classmethod
    def of(
        cls,
        clip: CLIP,
        prompts: Sequence[WeightedPrompt],
        images: Sequence[Image.Image] = (),
        device: torch.device | None = None,
    ) -> Target:
        """Encode prompts; `images` are the pictures that `#1`, `#2` mean.

        Raises PromptError for words beyond the context.
        """
        rows = []
        for prompt in prompts:
            if prompt.picture is None:
                rows.append(encode_texts(clip, [prompt.text]))
            else:
                image = images[prompt.picture - 1]
                rows.append(encode_images(clip, [image], device or torch.device("cpu")))
        features = torch.cat(rows)
        return cls(features, torch.tensor([p.weight for p in prompts], device=features.device))

    def with_noise(self, weight: float, generator: torch.Generator) -> Target:
        """The same with a random direction as a further prompt."""
        noise = torch.randn(1, self.features.shape[1], generator=generator)
        direction = F.normalize(noise, dim=-1).to(self.features.device)
        more = torch.tensor([weight], device=self.weights.device)
        return Target(torch.cat([self.features, direction]), torch.cat([self.weights, more]))

    def blended(self, other: Target, share: float) -> Target:
        """Between this target and another: `share` of the other's weights."""
        weights = torch.cat([(1 - share) * self.weights, share * other.weights])
        return Target(torch.cat([self.features, other.features]), weights)

    def loss(self, image_features: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
        """Weighted mean squared great-circle distance, 2 arcsin(|a - b| / 2)^2, sign by weight.

        image_features are unit norm.
        """
        chord = (image_features[:, None] - self.features[None]).norm(dim=-1)  # (n, p)
        distance = 2 * (chord / 2).clamp(max=1 - 1e-6).arcsin().square()
        return (distance * self.weights).mean(0).sum() / self.weights.abs().sum()

    def score(self, image_features: Float[Tensor, "n d"]) -> float:
        """Weighted mean cosine with the prompts of positive weight, in [-1, 1]."""
        wanted = self.weights.clamp(min=0)
        cosines = (image_features @ self.features.T).mean(0)
        return float((cosines * wanted).sum() / wanted.sum())


@dataclass(frozen=True)
class Guide:
    """One CLIP that steers, how much it counts, and what it wants in each chapter."""

    clip: CLIP
    weight: float
    chapters: tuple[Target, ...]

    def target(self, progress: float) -> Target:
        """What it wants now, `progress` in [0, 1)."""
        place = progress * len(self.chapters)
        chapter = min(int(place), len(self.chapters) - 1)
        fading = (place - chapter - (1 - CROSSFADE)) / CROSSFADE
        if fading <= 0 or chapter + 1 == len(self.chapters):
            return self.chapters[chapter]
        return self.chapters[chapter].blended(self.chapters[chapter + 1], fading)


def total_variation(pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, ""]:
    """Mean absolute difference of neighbours; small for smooth pictures."""
    across = (pixels[..., :, 1:] - pixels[..., :, :-1]).abs().mean()
    down = (pixels[..., 1:, :] - pixels[..., :-1, :]).abs().mean()
    return across + down


def saturation(pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, ""]:
    """Mean distance of the channels from grey; 0 for a picture without colours."""
    return (pixels - pixels.mean(1, keepdim=True)).abs().mean()


def contrast(pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, ""]:
    """Standard deviation of the brightness; 0 for a flat picture."""
    return pixels.mean(1).flatten(1).std(1).mean()
