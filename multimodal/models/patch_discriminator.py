"""The VQGAN's patch discriminator: which parts of a picture look real?

Source: Isola et al. 2017, section 3.2 (PatchGAN); hinge loss as in Esser et al. 2021.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn


class PatchDiscriminator(nn.Module):
    """pixels in [0, 1] -> realness of each patch of 8 x 8; above 0 looks real."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for _ in range(2):
            layers += [
                nn.Conv2d(width, 2 * width, 4, 2, 1),
                nn.GroupNorm(8, 2 * width),
                nn.LeakyReLU(0.2),
            ]
            width *= 2
        layers.append(nn.Conv2d(width, 1, 3, 1, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n h//8 w//8"]:
        """One number a patch."""
        return self.layers(2 * pixels - 1)[:, 0]
