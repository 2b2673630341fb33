"""Augmented views of photographs: crops, stretching, mirrors, light, and pictures enlarged from
thumbnails.

Randomness comes from the caller's CPU `torch.Generator`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.live_training.augment import jitter_colour, uniform


@dataclass(frozen=True)
class PhotoViews:
    """How strongly photos are varied. Shares are probabilities, angles degrees."""

    smallest_crop: float = 0.7  # of a side
    stretch: float = 1.3  # either side against the other
    rotation: float = 5.0
    colour: float = 0.15
    grey: float = 0.02
    small: float = 0.15  # seen at 32 to 64 px, and enlarged again
    small_sides: tuple[int, int] = (32, 64)


def photo_views(
    raw: Tensor,
    size: int,
    options: PhotoViews,
    generator: torch.Generator,
    mirrors: Tensor | None = None,
) -> Tensor:
    """raw (n, h, w, 3) uint8 -> pixels (n, 3, size, size) in [0, 1]; `mirrors` (n,) bool says
    which pictures may be flipped without turning their caption false (none: all)."""
    rgb = raw.permute(0, 3, 1, 2).float().div_(255)
    rgb = F.grid_sample(
        rgb,
        _crops(len(rgb), size, options, generator, mirrors),
        padding_mode="reflection",
        align_corners=False,
    )
    rgb = jitter_colour(rgb, options.colour, generator)
    grey = torch.rand(len(rgb), generator=generator) < options.grey
    rgb[grey] = rgb[grey].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    return with_thumbnails(rgb, options, generator) if options.small else rgb


def with_thumbnails(pixels: Tensor, options: PhotoViews, generator: torch.Generator) -> Tensor:
    """(n, 3, size, size), a share of which have been thumbnails."""
    rgb = pixels.clone()
    small = (torch.rand(len(rgb), generator=generator) < options.small).nonzero()[:, 0]
    for part in small.tensor_split(2):
        if len(part):
            low, high = options.small_sides
            side = int(torch.randint(low, high + 1, (1,), generator=generator))
            rgb[part] = enlarged(shrunk(rgb[part], side), rgb.shape[-1])
    return rgb


def shrunk(pixels: Tensor, side: int) -> Tensor:
    """(n, 3, h, w) -> (n, 3, side, side), as a thumbnail is made."""
    return F.interpolate(pixels, size=side, mode="bilinear", antialias=True, align_corners=False)


def enlarged(pixels: Tensor, size: int) -> Tensor:
    """(n, 3, h, w) -> (n, 3, size, size), as a small picture is shown to a tower."""
    return F.interpolate(pixels, size=size, mode="bicubic", align_corners=False).clamp(0, 1)


def _crops(
    n: int,
    size: int,
    options: PhotoViews,
    generator: torch.Generator,
    mirrors: Tensor | None,
) -> Tensor:
    """What each picture is cropped to, for grid_sample: (n, size, size, 2)."""
    side = uniform((n,), options.smallest_crop, 1.0, generator)
    bend = (uniform((n,), -1.0, 1.0, generator) * math.log(options.stretch) / 2).exp()
    across, down = (side * bend).clamp(max=1.0), (side / bend).clamp(max=1.0)
    right = uniform((n,), -1.0, 1.0, generator) * (1 - across)
    below = uniform((n,), -1.0, 1.0, generator) * (1 - down)
    flip = torch.rand(n, generator=generator) < 0.5
    if mirrors is not None:
        flip &= mirrors
    sign = 1.0 - 2.0 * flip
    angle = uniform((n,), -1.0, 1.0, generator) * options.rotation * math.pi / 180
    cos, sin = angle.cos(), angle.sin()
    theta = torch.stack(
        [
            torch.stack([across * cos * sign, -across * sin, right], 1),
            torch.stack([down * sin * sign, down * cos, below], 1),
        ],
        1,
    )
    return F.affine_grid(theta, [n, 3, size, size], align_corners=False)
