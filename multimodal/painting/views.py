"""What CLIP sees of a picture while it guides: random views of it, each slightly changed.

Source: Crowson et al. 2022, "VQGAN-CLIP", section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from multimodal.settings.painting import VQGANCLIPSettings

#: Sides of the two families of views, as shares of the picture's shorter side.
WIDE, ZOOMED = (0.9, 1.15), (0.45, 0.8)
DEGREES, TILT = 15.0, 0.15
BRIGHTNESS, TINT, SATURATION, NOISE = 0.1, 0.04, 0.2, 0.05
ERASED = (0.3, 0.65)  # of a side


@dataclass(frozen=True)
class Views:
    """How views are drawn, as the settings say; strengths are multiples."""

    settings: VQGANCLIPSettings
    smallest: int = 0  # pixels a side, whatever the settings say

    @property
    def size(self) -> int:
        """Pixels a side."""
        return max(self.settings.cutout_size, self.smallest)

    def draw(
        self, pixels: Float[Tensor, "1 3 h w"], generator: torch.Generator, halved: bool = False
    ) -> Float[Tensor, "num 3 {self.size} {self.size}"]:
        """pixels -> views, half as many as usual if `halved`; differentiable.

        Wide views take in the picture's shorter side, zoomed ones about half of it. Randomness is
        drawn on the CPU, so it does not depend on the device.
        """
        num = max(1, self.settings.num_cutouts // 2) if halved else self.settings.num_cutouts
        num_zoomed = round(num * self.settings.zoomed)
        num_wide = num - num_zoomed
        grid = self._grid(num_wide, num_zoomed, pixels, generator)
        views = []
        for source, rows in (
            (_shrunk(pixels, self.size), grid[:num_wide]),
            (pixels, grid[num_wide:]),
        ):
            if len(rows):
                tiled = source.expand(len(rows), -1, -1, -1)
                views.append(
                    F.grid_sample(
                        tiled, rows, padding_mode=self.settings.padding, align_corners=False
                    )
                )
        return self._changed(torch.cat(views), generator)

    def _grid(
        self,
        num_wide: int,
        num_zoomed: int,
        pixels: Float[Tensor, "1 3 h w"],
        generator: torch.Generator,
    ) -> Float[Tensor, "{num_wide}+{num_zoomed} {self.size} {self.size} 2"]:
        """Where each view looks: a homography of the picture."""
        num, height, width = num_wide + num_zoomed, pixels.shape[-2], pixels.shape[-1]
        draw = _Draw(generator, pixels.device)
        place = torch.rand(num, generator=generator) ** self.settings.cutout_power
        low = torch.tensor([WIDE[0]] * num_wide + [ZOOMED[0]] * num_zoomed)
        high = torch.tensor([WIDE[1]] * num_wide + [ZOOMED[1]] * num_zoomed)
        side = (high - (high - low) * place).to(pixels.device)
        across, down = min(height, width) / width, min(height, width) / height
        shift = draw(num, 2)
        angle = draw(num) * math.radians(DEGREES) * self.settings.affine
        mirror = (
            torch.where(draw(num) < 0, -1.0, 1.0)
            if self.settings.affine
            else torch.ones_like(angle)
        )
        tilt = draw(num, 2) * TILT * self.settings.perspective
        room_x = (1 - side * across).clamp(min=0.06 * min(self.settings.affine, 1))
        room_y = (1 - side * down).clamp(min=0.06 * min(self.settings.affine, 1))
        cos, sin = angle.cos() * side, angle.sin() * side
        rows = torch.stack(
            [
                torch.stack([cos * mirror * across, -sin * across, shift[:, 0] * room_x], 1),
                torch.stack([sin * mirror * down, cos * down, shift[:, 1] * room_y], 1),
                torch.stack([tilt[:, 0], tilt[:, 1], torch.ones_like(side)], 1),
            ],
            1,
        )  # (num, 3, 3)
        axis = (torch.arange(self.size, device=pixels.device) + 0.5) * 2 / self.size - 1
        v, u = torch.meshgrid(axis, axis, indexing="ij")
        points = torch.stack([u, v, torch.ones_like(u)], -1).view(-1, 3)  # (size * size, 3)
        seen = points @ rows.mT  # (num, size * size, 3)
        return (seen[..., :2] / seen[..., 2:]).view(num, self.size, self.size, 2)

    def _changed(self, views: Tensor, generator: torch.Generator) -> Tensor:
        num, draw = len(views), _Draw(generator, views.device)
        if self.settings.colour:
            grey = views.mean(1, keepdim=True)
            saturation = 1 + self.settings.colour * SATURATION * draw(num, 1, 1, 1)
            views = grey + (views - grey) * saturation
            views = views * (1 + self.settings.colour * BRIGHTNESS * draw(num, 1, 1, 1))
            views = views + self.settings.colour * TINT * draw(num, 3, 1, 1)
        if self.settings.erasing:
            views = torch.where(self._erased(num, draw), 0.5, views)
        if self.settings.noise:
            strength = self.settings.noise * NOISE * draw(num, 1, 1, 1).abs()
            grain = torch.randn(views.shape, generator=generator).to(views.device)
            views = views + strength * grain
        return views

    def _erased(self, num: int, draw: _Draw) -> Bool[Tensor, "{num} 1 {self.size} {self.size}"]:
        """Which pixels are blanked out: a rectangle in some views."""
        chosen = (draw(num) + 1) / 2 < self.settings.erasing
        half = (ERASED[0] + (ERASED[1] - ERASED[0]) * (draw(num, 2) + 1) / 2) / 2
        centre = (draw(num, 2) + 1) / 2
        axis = (torch.arange(self.size, device=half.device) + 0.5) / self.size
        inside = (axis - centre[..., None]).abs() < half[..., None]  # (num, 2, size)
        both = inside[:, 0, :, None] & inside[:, 1, None, :] & chosen[:, None, None]
        return both[:, None]


@dataclass(frozen=True)
class _Draw:
    """Uniform numbers in [-1, 1), drawn on the CPU."""

    generator: torch.Generator
    device: torch.device

    def __call__(self, *shape: int) -> Tensor:
        return (2 * torch.rand(shape, generator=self.generator) - 1).to(self.device)


def _shrunk(pixels: Tensor, size: int) -> Tensor:
    """The picture at about the views' own scale, so that sampling it does not alias."""
    factor = min(pixels.shape[-2:]) // size
    return F.avg_pool2d(pixels, factor) if factor > 1 else pixels
