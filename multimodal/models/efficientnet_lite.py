"""EfficientNet-Lite features: the embedded CLIP's image tower and the perceptual loss.

Source: Tan & Le 2019, "EfficientNet", in its Lite variant (no squeeze-excitation, ReLU6).
Pretrained ImageNet weights are loaded by the recipes alone (training/pretrained.py).
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from multimodal.models.fast.linear import FusedConv, same_padding

#: (expansion, kernel, stride, channels) of each stage.
STAGES = (
    (1, 3, 1, 16),
    (6, 3, 2, 24),
    (6, 5, 2, 40),
    (6, 3, 2, 80),
    (6, 5, 1, 112),
    (6, 5, 2, 192),
    (6, 3, 1, 320),
)
#: How many blocks each stage has.
REPEATS = {"lite0": (1, 2, 2, 3, 3, 4, 1), "lite1": (1, 3, 3, 4, 4, 5, 1)}
STEM, HEAD = 32, 1280
#: A convolution, the norm after it, whether a ReLU6 comes after that -> the three as one.
MakeConv = Callable[[nn.Conv2d, nn.BatchNorm2d, bool], Callable[[Tensor], Tensor]]


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding, which is lopsided for stride 2."""

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h_out w_out"]:
        """h_out is ceil(h / stride), and w_out alike."""
        pads = same_padding(x.shape[-2], x.shape[-1], self.kernel_size[0], self.stride[0])
        if pads[0] == pads[1] == pads[2] == pads[3]:
            return F.conv2d(x, self.weight, self.bias, self.stride, pads[0], 1, self.groups)
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride, 0, 1, self.groups)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedResidual(nn.Module):
    """Expand, filter each channel on its own, project; a shortcut where shapes allow."""

    def __init__(self, c_in: int, c_out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        hidden = c_in * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [SameConv(c_in, hidden, 1, bias=False), _norm(hidden), nn.ReLU6()]
        depthwise = SameConv(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        layers += [depthwise, _norm(hidden), nn.ReLU6()]
        layers += [SameConv(hidden, c_out, 1, bias=False), _norm(c_out)]
        self.layers = nn.Sequential(*layers)
        self.shortcut = stride == 1 and c_in == c_out

    def forward(self, x: Float[Tensor, "n c_in h w"]) -> Float[Tensor, "n c_out h_out w_out"]:
        """h_out is ceil(h / stride), and w_out alike."""
        return x + self.layers(x) if self.shortcut else self.layers(x)


class EfficientNetLite(nn.Module):
    """pixels in [0, 1], any size from 32 px -> features; `kind` is one of REPEATS."""

    def __init__(self, kind: str = "lite0") -> None:
        super().__init__()
        self.kind = kind
        self.stem = nn.Sequential(SameConv(3, STEM, 3, 2, bias=False), _norm(STEM), nn.ReLU6())
        blocks, channels = [], STEM
        for (expansion, kernel, stride, width), repeats in zip(STAGES, REPEATS[kind], strict=True):
            for repeat in range(repeats):
                first = stride if repeat == 0 else 1
                blocks.append(InvertedResidual(channels, width, expansion, kernel, first))
                channels = width
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Sequential(SameConv(channels, HEAD, 1, bias=False), _norm(HEAD), nn.ReLU6())

    def forward(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 1280"]:
        """The feature map, averaged over the picture."""
        return self.feature_map(pixels).mean((2, 3))

    def feature_map(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 1280 h_out w_out"]:
        """The last feature map; h_out is ceil(h / 32), and w_out alike."""
        x = self.stem(centred(pixels))
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def fused(self, make: MakeConv = FusedConv) -> Callable[[Tensor], Tensor]:
        """`forward` of the weights as they are now, for a CPU and without gradients; a third
        faster. `make` makes each convolution with what follows it."""
        stem, head = fused_layers(self.stem, make), fused_layers(self.head, make)
        blocks = fused_blocks(self.blocks, make)

        def forward(pixels: Tensor) -> Tensor:
            return head(blocks(stem(centred(pixels)))).mean((2, 3))

        return forward

    def early_features(
        self, pixels: Float[Tensor, "n 3 h w"], taps: tuple[int, ...] = (0, 2, 4)
    ) -> list[Float[Tensor, "n c _ _"]]:
        """Outputs of the named blocks, for a perceptual loss."""
        x, found = self.stem(centred(pixels)), []
        for index, block in enumerate(self.blocks[: max(taps) + 1]):
            x = block(x)
            if index in taps:
                found.append(x)
        return found


def fused_blocks(blocks: nn.ModuleList, make: MakeConv) -> Callable[[Tensor], Tensor]:
    """Blocks one after another, each fused."""
    residuals = [block for block in blocks if isinstance(block, InvertedResidual)]
    steps = [(fused_layers(block.layers, make), block.shortcut) for block in residuals]

    def forward(x: Tensor) -> Tensor:
        for layers, shortcut in steps:
            x = layers(x).add_(x) if shortcut else layers(x)
        return x

    return forward


def fused_layers(layers: nn.Sequential, make: MakeConv) -> Callable[[Tensor], Tensor]:
    """A sequence of convolution, norm and perhaps ReLU6, each three as one."""
    parts = list(layers)
    steps = []
    for convolution, norm, after in zip(parts, parts[1:], [*parts[2:], None], strict=False):
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            steps.append(make(convolution, norm, isinstance(after, nn.ReLU6)))

    def forward(x: Tensor) -> Tensor:
        for step in steps:
            x = step(x)
        return x

    return forward


def centred(pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 h w"]:
    """pixels in [0, 1] -> the numbers around 0 that the tower was trained on."""
    return (pixels * 255 - 127) / 128
