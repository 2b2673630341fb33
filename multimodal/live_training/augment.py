"""Batched picture augmentation for the recipes: outlines, colour, placement, backgrounds.

All functions take and give float tensors in [0, 1], on any device; randomness comes from the
caller's CPU `torch.Generator`, so a resumed run draws what an unbroken one would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

#: Background colours a caption can name, sRGB in [0, 1].
BACKGROUNDS: dict[str, tuple[float, float, float]] = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.06, 0.06, 0.07),
    "grey": (0.55, 0.55, 0.56),
    "red": (0.86, 0.17, 0.17),
    "orange": (0.97, 0.58, 0.13),
    "yellow": (0.98, 0.87, 0.25),
    "green": (0.24, 0.66, 0.33),
    "blue": (0.18, 0.42, 0.85),
    "light blue": (0.66, 0.85, 0.96),
    "purple": (0.51, 0.27, 0.70),
    "pink": (0.97, 0.66, 0.78),
    "brown": (0.50, 0.33, 0.20),
}
BACKGROUND_NAMES = tuple(BACKGROUNDS)


@dataclass(frozen=True)
class Augmentation:
    """How strongly artwork is varied. Shares are probabilities, angles degrees."""

    outlines: float = 0.4
    grey: float = 0.03
    colour: float = 0.15
    rotation: float = 17.0
    scale: tuple[float, float] = (0.65, 1.1)
    shift: float = 0.08
    white: float = 0.5  # share of plain white backgrounds


def uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    """Uniform floats in [low, high)."""
    return low + (high - low) * torch.rand(shape, generator=generator)


def draw_outlines(rgba: Tensor, width: int = 5) -> Tensor:
    """Black lines where colour or opacity changes, as line-art emoji sets have them.

    rgba (n, 4, h, w) with straight alpha; the same shape comes back.
    """
    rgb, alpha = rgba[:, :3], rgba[:, 3:]
    luma = rgb.mean(1, keepdim=True) * alpha + (1 - alpha) * 1.5
    chroma = (rgb - rgb.mean(1, keepdim=True)).abs().amax(1, keepdim=True) * alpha
    pad = width // 2
    line = torch.zeros_like(alpha)
    for plane in (luma, chroma):
        high = F.max_pool2d(plane, width, 1, pad)
        low = -F.max_pool2d(-plane, width, 1, pad)
        line = torch.maximum(line, ((high - low - 0.22) * 8).clamp(0, 1))
    rgb = rgb * (1 - line)
    return torch.cat([rgb, torch.maximum(alpha, line)], 1)


def jitter_colour(rgb: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """Saturation, brightness and tint moved by up to `amount`; one draw a picture."""
    n = len(rgb)
    saturation = 1 + uniform((n, 1, 1, 1), -2 * amount, 2 * amount, generator)
    brightness = 1 + uniform((n, 1, 1, 1), -amount, amount, generator)
    tint = uniform((n, 3, 1, 1), -amount / 3, amount / 3, generator)
    saturation, brightness, tint = (x.to(rgb.device) for x in (saturation, brightness, tint))
    luma = rgb.mean(1, keepdim=True)
    return ((luma + (rgb - luma) * saturation) * brightness + tint).clamp(0, 1)


def place(
    planes: Tensor,
    size: int,
    generator: torch.Generator,
    *,
    rotation: float,
    scale: tuple[float, float],
    shift: float,
    mirror: Tensor | None = None,
    still: Tensor | None = None,
    padding: str = "zeros",
) -> Tensor:
    """Rotate, scale, shift and optionally mirror each picture; -> (n, c, size, size).

    `mirror` (n,) is -1 for pictures to flip and 1 for the others; those that are `still` (n,) are
    but mirrored.
    """
    n = len(planes)
    angle = uniform((n,), -rotation, rotation, generator) * (math.pi / 180)
    zoom = 1 / uniform((n,), *scale, generator)
    flip = torch.ones(n) if mirror is None else mirror
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    moved = uniform((n, 2), -2 * shift, 2 * shift, generator)
    if still is not None:
        cos, sin = cos.masked_fill(still, 1.0), sin.masked_fill(still, 0.0)
        moved = moved.masked_fill(still[:, None], 0.0)
    theta = torch.stack(
        [
            torch.stack([cos * flip, -sin, moved[:, 0]], 1),
            torch.stack([sin * flip, cos, moved[:, 1]], 1),
        ],
        1,
    )
    shape = [n, planes.shape[1], size, size]
    grid = F.affine_grid(theta.to(planes.device), shape, align_corners=False)
    return F.grid_sample(planes, grid, padding_mode=padding, align_corners=False)


def draw_backgrounds(n: int, white: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Colours (n, 3, 1, 1) and their index into BACKGROUND_NAMES (n,)."""
    ids = torch.randint(len(BACKGROUND_NAMES), (n,), generator=generator)
    ids[torch.rand(n, generator=generator) < white] = 0
    return background_colours(ids, generator), ids


def background_colours(ids: Tensor, generator: torch.Generator) -> Tensor:
    """Indices into BACKGROUND_NAMES (n,) -> colours (n, 3, 1, 1), each but white a little off."""
    palette = torch.tensor([BACKGROUNDS[name] for name in BACKGROUND_NAMES])
    wobble = uniform((len(ids), 3), -0.05, 0.05, generator) * (ids != 0)[:, None]
    return (palette[ids] + wobble).clamp(0, 1)[:, :, None, None]


def augment_artwork(
    rgba: Tensor,
    size: int,
    options: Augmentation,
    generator: torch.Generator,
    mirrors: Tensor | None = None,
    backgrounds: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """RGBA artwork (n, 4, h, w), straight alpha -> pixels (n, 3, size, size), background ids (n,).

    `mirrors` (n,) bool says which pictures may be flipped without turning their caption false,
    `backgrounds` (n,) which background each has where they are not to be drawn.
    """
    n = len(rgba)
    outlined = torch.rand(n, generator=generator) < options.outlines
    if outlined.any():
        rgba = rgba.clone()
        width = (3, 5, 5, 7)[int(torch.randint(4, (1,), generator=generator))]
        rows = outlined.nonzero()[:, 0].to(rgba.device)
        rgba[rows] = draw_outlines(rgba[rows], width)
    rgb, alpha = rgba[:, :3], rgba[:, 3:]
    rgb = jitter_colour(rgb, options.colour, generator)
    greyed = (torch.rand(n, generator=generator) < options.grey)[:, None, None, None]
    rgb = torch.where(greyed.to(rgb.device), rgb.mean(1, keepdim=True).expand_as(rgb), rgb)
    planes = torch.cat([rgb * alpha, alpha], 1)
    mirror = None
    if mirrors is not None:
        flipped = (torch.rand(n, generator=generator) < 0.5) & mirrors
        mirror = 1.0 - 2.0 * flipped
    planes = place(
        planes,
        size,
        generator,
        rotation=options.rotation,
        scale=options.scale,
        shift=options.shift,
        mirror=mirror,
    )
    if backgrounds is None:
        colours, ids = draw_backgrounds(n, options.white, generator)
    else:
        colours, ids = background_colours(backgrounds, generator), backgrounds
    return planes[:, :3] + colours.to(planes.device) * (1 - planes[:, 3:]), ids


def augment_photos(
    rgb: Tensor, size: int, colour: float, generator: torch.Generator, still: float = 0.0
) -> Tensor:
    """Photos (n, 3, h, w) -> (n, 3, size, size): small turns, zooms, flips and colour changes. A
    turn or zoom blurs a little, so a share of them may be kept `still`."""
    mirror = 1.0 - 2.0 * (torch.rand(len(rgb), generator=generator) < 0.5)
    rgb = place(
        rgb,
        size,
        generator,
        rotation=8.0,
        scale=(0.95, 1.4),
        shift=0.04,
        mirror=mirror,
        still=torch.rand(len(rgb), generator=generator) < still if still else None,
        padding="reflection",
    )
    return jitter_colour(rgb.clamp(0, 1), colour, generator)
