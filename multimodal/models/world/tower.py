"""The image tower that knows photographs: EfficientNet-Lite1, which gives its last map, too."""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from multimodal.models.efficientnet_lite import (
    EfficientNetLite,
    MakeConv,
    centred,
    fused_blocks,
    fused_layers,
)
from multimodal.models.fast.linear import FusedConv

#: pixels, or a map between two blocks -> averaged features (n, 1280), the last map (n, 320, h, w)
FeaturesAndMap = Callable[[Tensor], tuple[Tensor, Tensor]]


class WorldTower(EfficientNetLite):
    """pixels in [0, 1], any size from 32 px -> features and the map before the last convolution."""

    def __init__(self) -> None:
        super().__init__("lite1")

    def features_and_map(
        self, pixels: Float[Tensor, "n 3 h w"]
    ) -> tuple[Float[Tensor, "n 1280"], Float[Tensor, "n 320 rows columns"]]:
        """rows is ceil(h / 32), and columns alike."""
        x = self.stem(centred(pixels))
        for block in self.blocks:
            x = block(x)
        return self.head(x).mean((2, 3)), x

    def fused_features_and_map(self, make: MakeConv = FusedConv) -> FeaturesAndMap:
        """`features_and_map` of the weights as they are now, for a CPU and without gradients."""
        lower, upper = self.fused_lower(len(self.blocks), make), fused_layers(self.head, make)

        def forward(pixels: Tensor) -> tuple[Tensor, Tensor]:
            x = lower(pixels)
            return upper(x).mean((2, 3)), x

        return forward

    def fused_lower(self, first: int, make: MakeConv = FusedConv) -> Callable[[Tensor], Tensor]:
        """pixels -> what the blocks before `first` make of them, in the same way."""
        stem, blocks = fused_layers(self.stem, make), fused_blocks(self.blocks[:first], make)
        return lambda pixels: blocks(stem(centred(pixels)))

    def fused_upper(self, first: int, make: MakeConv = FusedConv) -> FeaturesAndMap:
        """The rest: what `fused_lower` gives -> features and map, in the same way."""
        blocks, head = fused_blocks(self.blocks[first:], make), fused_layers(self.head, make)

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            x = blocks(x)
            return head(x).mean((2, 3)), x

        return forward
