"""The lab's VQGAN: a diffusers `VQModel` behind a pixel-unshuffle.

Source: Esser, Rombach, Ommer 2021, "Taming Transformers for High-Resolution Image Synthesis";
pixel-unshuffle as in Shi et al. 2016, eq. 4, backwards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch.nn.functional as F
from diffusers.models.autoencoders.vq_model import VQModel
from jaxtyping import Float, Int
from torch import Tensor, nn

from multimodal.models.fast.decoder import hasten_decoder

#: Cells beyond each edge that a tile is decoded with.
TILE_CELLS = 3


@dataclass(frozen=True)
class VQGANConfig:
    """Everything needed to rebuild the net; stored as config.json beside the weights."""

    image_size: int = 128
    patch: int = 4  # pixel-unshuffle factor before the convolutions; 1 for plain VQGANs
    channels: tuple[int, ...] = (96, 160)
    layers_per_block: int = 1
    latent_channels: int = 160
    num_codes: int = 4096
    code_dim: int = 8
    norm_groups: int = 16
    attention: bool = False  # beside every convolution block of the coarsest level, too
    black: float = -1.0  # what the net reads and writes for black; white is 1

    @property
    def cells(self) -> int:
        """Codes a picture of `image_size`."""
        return (self.image_size // (self.patch * 2 ** (len(self.channels) - 1))) ** 2

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class VQGAN(nn.Module):
    """pixels (n, 3, h, w) in [0, 1] <-> codes (n, h / factor, w / factor).

    Args:
        net: a VQModel that fits the config; a new one without it.
    """

    def __init__(self, config: VQGANConfig, net: nn.Module | None = None) -> None:
        super().__init__()
        self.config = config
        depth = 3 * config.patch**2
        finer, kind = len(config.channels) - 1, "Attn" if config.attention else ""
        self.net: Any = net or VQModel(
            in_channels=depth,
            out_channels=depth,
            down_block_types=(*["DownEncoderBlock2D"] * finer, f"{kind}DownEncoderBlock2D"),
            up_block_types=(f"{kind}UpDecoderBlock2D", *["UpDecoderBlock2D"] * finer),
            block_out_channels=config.channels,
            layers_per_block=config.layers_per_block,
            latent_channels=config.latent_channels,
            num_vq_embeddings=config.num_codes,
            vq_embed_dim=config.code_dim,
            norm_num_groups=config.norm_groups,
        )
        self.factor = config.patch * 2**finer
        self.image_size = config.image_size

    def optimize_for_inference(self) -> VQGAN:
        """From here on decode faster on a CPU, with gradients to the codes; the weights must not
        change any more."""
        hasten_decoder(self.net.decoder)
        return self

    @property
    def codebook(self) -> Float[Tensor, "num_codes code_dim"]:
        """All code vectors."""
        return self.net.quantize.embedding.weight

    def encode(
        self, pixels: Float[Tensor, "n 3 h w"]
    ) -> Float[Tensor, "n code_dim h//{self.factor} w//{self.factor}"]:
        """pixels in [0, 1] -> z, unquantised."""
        black = self.config.black
        patches = F.pixel_unshuffle(black + (1 - black) * pixels, self.config.patch)
        return self.net.quant_conv(self.net.encoder(patches))

    def codes_of(self, z: Float[Tensor, "n code_dim h w"]) -> Int[Tensor, "n h w"]:
        """The nearest code of each cell."""
        return nearest_codes(cells_of(z), self.codebook).view(len(z), *z.shape[2:])

    def lookup(self, codes: Int[Tensor, "n h w"]) -> Float[Tensor, "n code_dim h w"]:
        """codes -> z_q."""
        return F.embedding(codes, self.codebook).permute(0, 3, 1, 2)

    def quantize(self, z: Float[Tensor, "n code_dim h w"]) -> Float[Tensor, "n code_dim h w"]:
        """Nearest codes with straight-through gradients: value z_q, gradient of z."""
        z_q = self.lookup(self.codes_of(z.detach()))
        return z + (z_q - z).detach()

    def decode(
        self, z_q: Float[Tensor, "n code_dim h w"]
    ) -> Float[Tensor, "n 3 h*{self.factor} w*{self.factor}"]:
        """z_q -> pixels, about [0, 1].

        Values are not clamped, so gradients pass; `images.from_pixels` clamps.
        """
        black, patches = self.config.black, self.net.decoder(self.net.post_quant_conv(z_q))
        return (F.pixel_shuffle(patches, self.config.patch) - black) / (1 - black)

    def decode_tile(
        self, z_q: Float[Tensor, "n code_dim h w"]
    ) -> Float[Tensor, "n 3 h*{self.factor} w*{self.factor}"]:
        """As `decode`, but as if copies lay on all sides, so that the edges of copies meet.

        What the decoder sees beyond an edge is the cells of the opposite one, TILE_CELLS deep; its
        attention and norms see these a second time.
        """
        edge = min(TILE_CELLS, *z_q.shape[-2:])
        pixels = self.decode(F.pad(z_q, (edge,) * 4, mode="circular"))
        cut = edge * self.factor
        return pixels[..., cut:-cut, cut:-cut]


def cells_of(z: Float[Tensor, "n code_dim h w"]) -> Float[Tensor, "n*h*w code_dim"]:
    """z -> its cells in reading order."""
    return z.permute(0, 2, 3, 1).flatten(0, 2)


def nearest_codes(
    vectors: Float[Tensor, "n code_dim"],
    codebook: Float[Tensor, "num_codes code_dim"],
    costs: Float[Tensor, " num_codes"] | None = None,
) -> Int[Tensor, " n"]:
    """The nearest codebook row of each vector: squared distance, plus its cost if it has one."""
    distances = codebook.square().sum(1) - 2 * vectors @ codebook.T
    return (distances if costs is None else distances + costs).argmin(1)


def clamp_range(
    codebook: Float[Tensor, "num_codes code_dim"],
) -> tuple[Float[Tensor, "1 code_dim 1 1"], Float[Tensor, "1 code_dim 1 1"]]:
    """Lowest and highest value a code takes in each dimension."""
    low, high = codebook.min(0).values, codebook.max(0).values
    return low.view(1, -1, 1, 1), high.view(1, -1, 1, 1)
