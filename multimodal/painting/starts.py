"""What VQGAN+CLIP starts from: codes, drawn or encoded."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from multimodal.images import filled, to_pixels
from multimodal.models.vqgan import TILE_CELLS, VQGAN

#: A first picture, or the z of an earlier run.
Start = Image.Image | Float[Tensor, "1 code_dim h w"]


@torch.no_grad()
def start_code(
    vqgan: VQGAN,
    kind: str,
    cells: tuple[int, int],
    generator: torch.Generator,
    device: torch.device,
    start: Start | None = None,
) -> Float[Tensor, "1 code_dim {cells[0]} {cells[1]}"]:
    """The first z, of the size `cells`.

    `kind` is that of VQGANCLIPSettings.start; `start` belongs to "picture" and "last".
    """
    height, width = cells[0] * vqgan.factor, cells[1] * vqgan.factor
    if isinstance(start, Tensor):
        z = start.to(device).clone()
        same = z.shape[-2:] == cells
        return z if same else encoded_at(vqgan, vqgan.decode(vqgan.quantize(z)), cells)
    if kind == "random":
        codes = torch.randint(len(vqgan.codebook), (1, *cells), generator=generator)
        return vqgan.lookup(codes.to(device)).clone()
    if start is not None:
        pixels = to_pixels([filled(start, height, width)])
    elif kind == "noise":
        coarse = torch.rand(1, 3, *cells, generator=generator)
        pixels = F.interpolate(coarse, (height, width), mode="bilinear")
    elif kind == "gradient":
        pixels = gradient(height, width, generator)
    else:
        pixels = grey_disc(height, width, generator)
    return vqgan.encode(pixels.to(device))


@torch.no_grad()
def encoded_at(
    vqgan: VQGAN, pixels: Float[Tensor, "n 3 h w"], cells: tuple[int, int], tile: bool = False
) -> Float[Tensor, "n code_dim {cells[0]} {cells[1]}"]:
    """pixels -> the code of the same pictures at another size.

    z itself cannot be enlarged: what lies between two codes is not what lies between two pictures,
    and z that was merely interpolated lost a third of its score. For a `tile`, copies lie on all
    sides, so that edges that met still meet.
    """
    factor, edge = vqgan.factor, TILE_CELLS if tile else 0
    size = [factor * (side + 2 * edge) for side in cells]
    if tile:  # copies around, as wide as they will be after the change of size
        down, across = (
            round(edge * old / new) for old, new in zip(pixels.shape[-2:], cells, strict=True)
        )
        pixels = F.pad(pixels, (across, across, down, down), mode="circular")
    pixels = F.interpolate(pixels, size, mode="bicubic", antialias=True)
    z = vqgan.encode(pixels.clamp(0, 1))
    return z[..., edge : edge + cells[0], edge : edge + cells[1]]


def gradient(
    height: int, width: int, generator: torch.Generator
) -> Float[Tensor, "1 3 {height} {width}"]:
    """Two random colours that run into each other, in [0, 1]."""
    first, second = torch.rand(2, 3, 1, 1, generator=generator)
    angle = float(torch.rand((), generator=generator)) * 2 * torch.pi
    across, down = torch.linspace(-1, 1, width), torch.linspace(-1, 1, height)
    turn = torch.tensor(angle)
    place = down[:, None] * turn.sin() + across[None, :] * turn.cos()
    share = ((place / 1.4142 + 1) / 2).clamp(0, 1)[None]
    return (first * (1 - share) + second * share)[None]


def grey_disc(
    height: int, width: int, generator: torch.Generator
) -> Float[Tensor, "1 3 {height} {width}"]:
    """A soft grey disc on white with a little coloured noise."""
    short = min(height, width)
    across = torch.linspace(-1, 1, width) * width / short
    down = torch.linspace(-1, 1, height) * height / short
    radius = (down[:, None].square() + across[None, :].square()).sqrt()
    inside = ((0.72 - radius) * 12).sigmoid()
    noise = torch.rand(1, 3, 8, 8, generator=generator)
    noise = F.interpolate(noise, (height, width), mode="bicubic")
    return (1 - inside * (0.45 + 0.25 * (noise - 0.5))).clamp(0, 1)
