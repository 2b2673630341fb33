"""What CLIP sees of a picture while it guides: random cutouts, weighted prompts, the loss.

Source: Crowson et al. 2022, "VQGAN-CLIP", sections 3.1-3.3 (cutouts, augmentation, loss).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.clip import CLIP
from multimodal.prompts import WeightedPrompt
from multimodal.scoring import encode_texts


@dataclass(frozen=True)
class Target:
    """Prompts as CLIP features: `features` (p, d) unit norm, `weights` (p,)."""

    features: Tensor
    weights: Tensor

    @classmethod
    def of(cls, clip: CLIP, prompts: Sequence[WeightedPrompt]) -> Target:
        """Encode prompts. Raises PromptError for one beyond the context."""
        features = encode_texts(clip, [prompt.text for prompt in prompts])
        return cls(features, torch.tensor([p.weight for p in prompts], device=features.device))

    def loss(self, image_features: Tensor) -> Tensor:
        """Weighted mean squared great-circle distance, 2 arcsin(|a - b| / 2)^2, sign by weight.

        image_features (n, d) unit norm.
        """
        chord = (image_features[:, None] - self.features[None]).norm(dim=-1)  # (n, p)
        distance = 2 * (chord / 2).clamp(max=1 - 1e-6).arcsin().square()
        return (distance * self.weights).mean(0).sum() / self.weights.abs().sum()

    def score(self, image_features: Tensor) -> float:
        """Weighted mean cosine with the prompts of positive weight, in [-1, 1]."""
        wanted = self.weights.clamp(min=0)
        cosines = (image_features @ self.features.T).mean(0)
        return float((cosines * wanted).sum() / wanted.sum())


def cutouts(pixels: Tensor, num: int, size: int, generator: torch.Generator) -> Tensor:
    """Random, slightly changed views of one picture, (num, 3, size, size); differentiable.

    Half of the views are zoomed in (0.45-0.8 of the side), half wide (0.9-1.15); each is turned
    up to 15 degrees, shifted, sometimes mirrored, changed in brightness and tint, and noised.
    pixels (1, 3, h, w); randomness is drawn on the CPU, so it does not depend on the device.
    """

    def draw(*shape: int, low: float = -1.0, high: float = 1.0) -> Tensor:
        values = torch.rand(shape, generator=generator)
        return (low + (high - low) * values).to(pixels.device)

    zoomed = num // 2
    wide = num - zoomed
    side = torch.cat([draw(wide, low=0.9, high=1.15), draw(zoomed, low=0.45, high=0.8)])
    room = (1 - side).clamp(min=0.06)
    shift = draw(num, 2) * room[:, None]
    angle = draw(num) * math.radians(15)
    mirror = torch.where(draw(num) < 0, -1.0, 1.0)
    cos, sin = angle.cos() * side, angle.sin() * side
    theta = torch.stack(
        [
            torch.stack([cos * mirror, -sin, shift[:, 0]], 1),
            torch.stack([sin * mirror, cos, shift[:, 1]], 1),
        ],
        1,
    )  # (num, 2, 3)
    grid = F.affine_grid(theta, [num, 3, size, size], align_corners=False)
    views = []
    for source, rows in ((_shrunk(pixels, size), grid[:wide]), (pixels, grid[wide:])):
        if len(rows):
            tiled = source.expand(len(rows), -1, -1, -1)
            views.append(F.grid_sample(tiled, rows, padding_mode="reflection", align_corners=False))
    found = torch.cat(views)
    brightness = 1 + 0.1 * draw(num, 1, 1, 1)
    tint = 0.04 * draw(num, 3, 1, 1)
    strength = 0.05 * draw(num, 1, 1, 1, low=0.0)
    noise = torch.randn(found.shape, generator=generator).to(found.device)
    return found * brightness + tint + strength * noise


def _shrunk(pixels: Tensor, size: int) -> Tensor:
    """The picture at about the views' own scale, so that sampling it does not alias."""
    factor = min(pixels.shape[-2:]) // size
    return F.avg_pool2d(pixels, factor) if factor > 1 else pixels


def total_variation(pixels: Tensor) -> Tensor:
    """Mean absolute difference of neighbours; small for smooth pictures."""
    across = (pixels[..., :, 1:] - pixels[..., :, :-1]).abs().mean()
    down = (pixels[..., 1:, :] - pixels[..., :-1, :]).abs().mean()
    return across + down
