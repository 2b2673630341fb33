"""Drawings of what is inside a VQGAN: a picture's codes as a grid of colours, and realness maps."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from multimodal.codes.reconstruction import Reconstruction

SIDE = 512
#: Realness that gets the full colour: the discriminator is trained to say at most -1 of what was
#: decoded and at least 1 of photographs, and says up to some -4 and 12 of those it is sure of.
SURE_FAKE, SURE_REAL = -4.0, 12.0
FAKE, UNSURE, REAL = (196, 98, 16), (236, 236, 232), (11, 113, 111)
STRENGTH = 0.72
GAP = 16  # between two maps side by side


def colours_of(patches: Tensor) -> list[tuple[int, int, int]]:
    """The mean colour of each patch, (n, 3, p, p) in [0, 1], as 8-bit RGB."""
    means = patches.mean((2, 3)).mul(255).round().to(torch.uint8).tolist()
    return [(red, green, blue) for red, green, blue in means]


def draw_codes(codes: Tensor, ids: Tensor, patches: Tensor, side: int = SIDE) -> Image.Image:
    """Codes (h, w) as a grid whose cells have their code's colour; `patches` are those of `ids`,
    sorted, which hold every code."""
    colours = torch.tensor(colours_of(patches), dtype=torch.uint8)
    cells = colours[torch.searchsorted(ids, codes.contiguous())]  # (h, w, 3)
    return Image.fromarray(cells.numpy()).resize((side, side), Image.Resampling.NEAREST)


def draw_realness(image: Image.Image, realness: Tensor, side: int = SIDE) -> Image.Image:
    """A picture in grey under its realness (h, w), a square a patch: orange looks fake, teal real.

    The scale is the same for every picture: SURE_FAKE to 0 to SURE_REAL, each half to its end.
    """
    under = image.resize((side, side), Image.Resampling.BICUBIC).convert("L").convert("RGB")
    level = torch.where(realness < 0, -realness / SURE_FAKE, realness / SURE_REAL).clamp(-1, 1)
    values = level.float().numpy()
    stops = np.array([FAKE, UNSURE, REAL], np.float32)
    colour = np.stack([np.interp(values, (-1, 0, 1), stops[:, c]) for c in range(3)], -1)
    over = Image.fromarray(colour.round().astype(np.uint8))
    return Image.blend(under, over.resize((side, side), Image.Resampling.NEAREST), STRENGTH)


def realness_pair(found: Reconstruction, side: int = SIDE) -> Image.Image:
    """The maps of the original (left) and of what was decoded (right), on white."""
    pair = Image.new("RGB", (2 * side + GAP, side), "white")
    pair.paste(draw_realness(found.original, found.original_realness, side), (0, 0))
    pair.paste(draw_realness(found.image, found.realness, side), (side + GAP, 0))
    return pair
