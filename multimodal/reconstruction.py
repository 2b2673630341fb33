"""Inside VQGAN: a picture as codes, decoded again, and what its discriminator thinks of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from multimodal.images import from_pixels, to_pixels
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.vqgan import VQGAN


@dataclass(frozen=True)
class Reconstruction:
    """A picture through the VQGAN.

    `codes` (h, w) code ids; `realness` (h', w') of the reconstruction, above 0 looks real;
    `psnr` in dB against `original`, the picture at the VQGAN's size.
    """

    original: Image.Image
    image: Image.Image
    codes: Tensor
    realness: Tensor
    psnr: float

    @property
    def codes_used(self) -> int:
        """How many different codes the picture takes."""
        return len(self.codes.unique())


@torch.no_grad()
def reconstruct(
    vqgan: VQGAN, discriminator: PatchDiscriminator, image: Image.Image, device: torch.device
) -> Reconstruction:
    """Encode and decode the central square of a picture at the VQGAN's own size."""
    pixels = to_pixels([image], vqgan.image_size).to(device)
    codes = vqgan.codes_of(vqgan.encode(pixels))
    decoded = vqgan.decode(vqgan.lookup(codes)).clamp(0, 1)
    return Reconstruction(
        from_pixels(pixels)[0],
        from_pixels(decoded)[0],
        codes[0].cpu(),
        discriminator(decoded)[0].cpu(),
        float(psnr(decoded, pixels)[0]),
    )


def psnr(pixels: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture in dB, (n,); both (n, 3, h, w) in [0, 1]."""
    error = (pixels.clamp(0, 1) - target).square().mean((1, 2, 3)).clamp(min=1e-10)
    return -10 * error.log() / math.log(10)
