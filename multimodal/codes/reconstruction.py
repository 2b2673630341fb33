"""Inside VQGAN: a picture as codes, decoded again, and what its discriminator thinks of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from PIL import Image
from torch import Tensor

from multimodal.codes.edits import bits_of, edited
from multimodal.codes.metrics import psnr, ssim
from multimodal.images import from_pixels, to_pixels
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.vqgan import VQGAN
from multimodal.settings.jobs import ReconstructSettings

BATCH = 64
RAW_BITS = 24  # of a pixel with three channels of 8 bits


@dataclass(frozen=True)
class Decoded:
    """`codes` (h, w) as a picture, and its `realness` (h', w'): above 0 looks real."""

    codes: Tensor
    image: Image.Image
    realness: Tensor


@dataclass(frozen=True)
class Reconstruction:
    """A picture through the VQGAN.

    `codes` (h, w) code ids below `num_codes`; `realness` (h', w') of what was decoded and
    `original_realness` of the picture itself, above 0 looks real; `psnr` in dB and `ssim` (on the
    luma, 1 is the same) against `original`, the central square at the VQGAN's size.
    """

    original: Image.Image
    image: Image.Image
    codes: Tensor
    realness: Tensor
    psnr: float
    ssim: float
    original_realness: Tensor
    num_codes: int

    @cached_property
    def codes_used(self) -> int:
        """How many different codes the picture takes."""
        return len(self.codes.unique())

    @property
    def bits(self) -> int:
        """What the codes take."""
        return bits_of(self.codes.numel(), self.num_codes)

    @property
    def raw_bits(self) -> int:
        """What the pixels of `original` take as they are, at 8 bits a channel."""
        return self.original.width * self.original.height * RAW_BITS

    def to_dict(self) -> dict[str, object]:
        """As JSON; realness as its mean over the picture."""
        return {
            "psnr": round(self.psnr, 3),
            "ssim": round(self.ssim, 4),
            "codes_used": self.codes_used,
            "num_codes": self.num_codes,
            "bits": self.bits,
            "raw_bits": self.raw_bits,
            "realness": round(float(self.realness.mean()), 4),
            "original_realness": round(float(self.original_realness.mean()), 4),
            "codes": self.codes.tolist(),
        }


@torch.no_grad()
def reconstruct(
    vqgan: VQGAN,
    discriminator: PatchDiscriminator,
    image: Image.Image,
    device: torch.device,
    settings: ReconstructSettings | None = None,
) -> Reconstruction:
    """Encode and decode the central square of a picture at the VQGAN's own size.

    The settings may have the codes changed in between. Raises SettingError.
    """
    num_codes = len(vqgan.codebook)
    pixels = to_pixels([image], vqgan.image_size).to(device)
    codes = vqgan.codes_of(vqgan.encode(pixels))[0].cpu()
    codes = edited(codes, settings or ReconstructSettings(), num_codes)
    pictured = vqgan.decode(vqgan.lookup(codes[None].to(device))).clamp(0, 1)
    return Reconstruction(
        from_pixels(pixels)[0],
        from_pixels(pictured)[0],
        codes,
        discriminator(pictured)[0].cpu(),
        float(psnr(pictured, pixels)[0]),
        float(ssim(pictured, pixels)[0]),
        discriminator(pixels)[0].cpu(),
        num_codes,
    )


@torch.no_grad()
def decode_codes(
    vqgan: VQGAN, discriminator: PatchDiscriminator, codes: Tensor, device: torch.device
) -> Decoded:
    """Codes (h, w) as a picture."""
    pixels = vqgan.decode(vqgan.lookup(codes[None].to(device))).clamp(0, 1)
    return Decoded(codes, from_pixels(pixels)[0], discriminator(pixels)[0].cpu())


@torch.no_grad()
def patches_of(vqgan: VQGAN, ids: Tensor, device: torch.device) -> Tensor:
    """What each code shows without neighbours of another kind, pixels (n, 3, factor, factor).

    Each is decoded in a field of 3 x 3 of itself, and the middle is cut out: a single cell alone
    is nothing that the decoder has ever seen, and comes out in wrong colours.
    """
    middle = slice(vqgan.factor, 2 * vqgan.factor)
    patches = []
    for part in ids.to(device).split(BATCH):
        z_q = vqgan.lookup(part.view(-1, 1, 1)).expand(-1, -1, 3, 3)
        patches.append(vqgan.decode(z_q)[:, :, middle, middle].clamp(0, 1).cpu())
    return torch.cat(patches)
