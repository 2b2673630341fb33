"""The heads: what the towers and the sentence encoders give -> one space of pictures and texts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from multimodal.models.efficientnet_lite import HEAD, STAGES

MAP_CHANNELS = STAGES[-1][-1]  # of the tower's last map
CLASSES = 1000  # ImageNet's


@dataclass(frozen=True)
class HeadConfig:
    """Widths of the heads; stored as JSON."""

    embed_dim: int = 512
    image_hidden: int = 768
    text_hidden: int = 768
    text_dim: int = 1408
    drawn: bool = True  # whether a second tower, which artwork trained, sees each picture too
    grid_layers: int = 0  # of a small transformer over the places of a picture; 0: none
    grid_width: int = 256

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class GridTransformer(nn.Module):
    """What stands where: a small transformer over the places of the tower's last map.

    Its last layer starts at zero, so that a head that had none goes on from where it was.
    """

    SIDE = 5  # places of a picture of 160 px

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        width = config.grid_width
        self.input = nn.Linear(MAP_CHANNELS, width)
        self.places = nn.Parameter(torch.randn(1, width, self.SIDE, self.SIDE) * 0.02)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, 4, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(config.grid_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, config.embed_dim, bias=False)
        nn.init.zeros_(self.output.weight)

    def forward(self, grid: Float[Tensor, "n 320 h w"]) -> Float[Tensor, "n d"]:
        """A map of any size; the learned places are stretched to it."""
        x = self.input(grid.permute(0, 2, 3, 1) / 4)  # (n, h, w, width)
        places: Tensor = self.places
        if places.shape[2:] != grid.shape[2:]:
            places = F.interpolate(places, size=grid.shape[2:], mode="bilinear")
        x = (x + places.permute(0, 2, 3, 1)).flatten(1, 2)  # (n, h * w, width)
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x.mean(1)))  # type: ignore[no-any-return]


class ImageHead(nn.Module):
    """The towers' features, what ImageNet's classifier makes of the first ones, and perhaps the
    last map -> image_features."""

    mean: Tensor
    spread: Tensor

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        width = HEAD * (2 if config.drawn else 1)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.classifier = nn.Linear(HEAD, CLASSES)
        self.classifier.requires_grad_(False)
        self.linear = nn.Linear(width, config.embed_dim)
        self.inner = nn.Linear(width, config.image_hidden)
        self.outer = nn.Linear(config.image_hidden, config.embed_dim, bias=False)
        self.of_classes = nn.Linear(CLASSES, config.embed_dim, bias=False)
        self.grid = GridTransformer(config) if config.grid_layers else None

    def forward(
        self,
        world: Float[Tensor, "n 1280"],
        drawn: Float[Tensor, "n 1280"] | None,
        grid: Float[Tensor, "n 320 h w"] | None = None,
        noise: float = 0.0,
    ) -> Float[Tensor, "n d"]:
        """-> unit norm. `noise` is added to features while training, in shares of their spread."""
        probabilities = self.classifier(world).softmax(1)
        seen = world if drawn is None else torch.cat([world, drawn], 1)
        x = (seen - self.mean) / self.spread
        if noise:
            x = x + noise * torch.randn_like(x)
        z = self.linear(x) + self.outer(F.gelu(self.inner(x)))
        z = z + self.of_classes(probabilities.sqrt())
        if self.grid is not None and grid is not None:
            z = z + self.grid(grid)
        return F.normalize(z, dim=-1)


class TextHead(nn.Module):
    """The sentence encoders' vectors -> text_features."""

    mean: Tensor
    spread: Tensor

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(config.text_dim))
        self.register_buffer("spread", torch.ones(config.text_dim))
        self.linear = nn.Linear(config.text_dim, config.embed_dim)
        self.inner = nn.Linear(config.text_dim, config.text_hidden)
        self.outer = nn.Linear(config.text_hidden, config.embed_dim, bias=False)

    def forward(
        self, sentences: Float[Tensor, "m text_dim"], noise: float = 0.0
    ) -> Float[Tensor, "m d"]:
        """-> unit norm; `noise` as in `ImageHead`."""
        x = (sentences - self.mean) / self.spread
        if noise:
            x = x + noise * torch.randn_like(x)
        return F.normalize(self.linear(x) + self.outer(F.gelu(self.inner(x))), dim=-1)


class Heads(nn.Module):
    """Both heads and the scale of their cosines."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.image, self.text = ImageHead(config), TextHead(config)
        self.log_scale = nn.Parameter(torch.tensor(3.0))
