"""A frozen VQGAN decoder on a CPU, faster, with gradients to its input.

Every "group norm, SiLU, 3 x 3 convolution" becomes one function: the norm's scale and the SiLU are
computed a few rows at a time on the way into the convolution (Winograd's, models/winograd.py), and
again on the way back, instead of being stored. Frozen weights get no gradient, so the way back is
the convolution with the flipped kernel. Where a picture is too small for that, or not in fp32 on a
CPU, everything is computed as it was.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.upsampling import Upsample2D
from jaxtyping import Float
from torch import Tensor, nn

from multimodal.models.fast.linear import BothWays, FastLinear, can_pack, has_fast_kind, packed
from multimodal.models.fast.winograd import CHUNK_VALUES, Winograd, flipped, suits

#: With fewer channels, or fewer channels x pixels, the sums around the products take longer than
#: the products that they save.
LEAST_CHANNELS, LEAST_VALUES = 96, 2**18


class Convolution:
    """A frozen 3 x 3 convolution there and back; each is prepared at first use."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        self._weight, self._bias = convolution.weight, convolution.bias
        self.width = convolution.out_channels
        self._there: Winograd | None = None
        self._back: Winograd | None = None

    @property
    def there(self) -> Winograd:
        """Inputs -> outputs."""
        self._there = self._there or Winograd(self._weight, self._bias)
        return self._there

    @property
    def back(self) -> Winograd:
        """Gradients of the outputs -> gradients of the inputs."""
        self._back = self._back or Winograd(flipped(self._weight), None)
        return self._back


class FastResnetBlock(nn.Module):
    """A residual block of diffusers without time embedding, under the same names."""

    def __init__(self, block: ResnetBlock2D) -> None:
        super().__init__()
        self.norm1, self.conv1 = block.norm1, block.conv1
        self.norm2, self.conv2 = block.norm2, block.conv2
        self.conv_shortcut = block.conv_shortcut
        self._fast = Convolution(block.conv1), Convolution(block.conv2)
        self._fast_shortcut: BothWays | None = None

    def forward(
        self, x: Float[Tensor, "n c h w"], temb: None = None
    ) -> Float[Tensor, "n c_out h w"]:
        """Fast for n = 1; diffusers passes the time embedding, and there is none."""
        if is_fast(x):
            first, second = self._fast
            hidden = _NormConv.apply(x, None, self.norm1, first)
            return _NormConv.apply(hidden, self._shortcut(x), self.norm2, second)  # type: ignore[no-any-return]
        hidden = self.conv1(F.silu(self.norm1(x)))
        hidden = self.conv2(F.silu(self.norm2(hidden)))
        return hidden + (x if self.conv_shortcut is None else self.conv_shortcut(x))  # type: ignore[no-any-return]

    def _shortcut(self, x: Tensor) -> Tensor:
        if self.conv_shortcut is None:
            return x
        if self._fast_shortcut is None:
            weight = self.conv_shortcut.weight.detach().flatten(1)
            self._fast_shortcut = BothWays(weight, self.conv_shortcut.bias)
        return self._fast_shortcut(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class FastUpsample(nn.Module):
    """Twice the size by repetition, then a 3 x 3 convolution; under the names of diffusers."""

    def __init__(self, upsample: Upsample2D) -> None:
        super().__init__()
        self.conv = upsample.conv
        self._fast = Convolution(upsample.conv)

    def forward(
        self, x: Float[Tensor, "n c h w"], output_size: None = None
    ) -> Float[Tensor, "n c 2*h 2*w"]:
        """Fast for n = 1."""
        if is_fast(x, 2):
            return _DoubleConv.apply(x, self._fast)  # type: ignore[no-any-return]
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))  # type: ignore[no-any-return]


class _NormConv(torch.autograd.Function):
    """x -> convolution(SiLU(norm(x))) + residual, all (1, c, h, w) channels-last."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, residual: Tensor | None, norm: nn.GroupNorm, convolution: Convolution
    ) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        _, depth, height, width = x.shape
        normed, mean, rstd = torch.native_group_norm(
            x, norm.weight, norm.bias, 1, depth, height * width, norm.num_groups, norm.eps
        )
        ctx.save_for_backward(x, mean, rstd)
        ctx.norm, ctx.convolution, ctx.residual = norm, convolution, residual is not None
        source = as_rows(normed)
        out = _empty(x, convolution.width, height, width)
        target, added = as_rows(out), None if residual is None else as_rows(residual)
        rows = convolution.there(lambda a, b: F.silu(source[a:b]), height, width)
        for first, last, part in rows:
            if added is None:
                target[first:last] = part
            else:
                torch.add(part, added[first:last], out=target[first:last])
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None, None, None]:  # type: ignore[override]
        x, mean, rstd = ctx.saved_tensors
        norm: nn.GroupNorm = ctx.norm
        grad = grad.contiguous(memory_format=torch.channels_last)
        _, depth, height, width = x.shape
        size = depth // norm.num_groups
        mean, rstd = (value.view(-1).repeat_interleave(size) for value in (mean, rstd))  # (c,)
        scale = norm.weight * rstd
        scales, shifts = repeated(scale, width), repeated(norm.bias - scale * mean, width)
        source, inside = as_rows(grad), as_rows(x)
        before = torch.empty_like(x)  # the gradient between the norm and the SiLU
        target = as_rows(before)
        sums = x.new_zeros(2, depth)  # of it, and of its product with x
        rows = ctx.convolution.back(lambda a, b: source[a:b], height, width)
        for first, last, part in rows:
            here, between = inside[first:last], target[first:last]
            normed = torch.addcmul(shifts, here, scales)
            torch.ops.aten.silu_backward(part, normed, grad_input=between)
            sums[0] += between.sum((0, 1))
            sums[1] += torch.mul(between, here, out=normed).sum((0, 1))
        # The norm's own way back: scale x before + slope x x + constant, the last two a group.
        means = (norm.weight * sums).view(2, -1, size).sum(-1) / (size * height * width)
        first_mean, product_mean = means.repeat_interleave(size, 1)
        slope = -rstd.pow(3) * (product_mean - mean * first_mean)
        slopes = repeated(slope, width)
        constants = repeated(-rstd * first_mean - slope * mean, width)
        step = max(1, CHUNK_VALUES // (width * depth))
        for first in range(0, height, step):
            part = torch.addcmul(constants, inside[first : first + step], slopes)
            between = target[first : first + step]
            torch.addcmul(part, between, scales, out=between)
        return before, grad if ctx.residual else None, None, None


class _DoubleConv(torch.autograd.Function):
    """x (1, c, h, w) -> convolution of every pixel four times, (1, c_out, 2 h, 2 w)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: Convolution) -> Tensor:
        ctx.convolution, source = convolution, as_rows(x)
        height, width = 2 * x.shape[-2], 2 * x.shape[-1]

        def doubled(first: int, last: int) -> Tensor:
            low = first // 2
            part = source[low : (last + 1) // 2].repeat_interleave(2, 0).repeat_interleave(2, 1)
            return part[first - 2 * low : last - 2 * low]

        out = _empty(x, convolution.width, height, width)
        target = as_rows(out)
        for first, last, part in convolution.there(doubled, height, width):
            target[first:last] = part
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        source = as_rows(grad)
        height, width, _ = source.shape
        out: Tensor | None = None
        for first, last, part in ctx.convolution.back(lambda a, b: source[a:b], height, width):
            if out is None:
                out = _empty(grad, part.shape[-1], height // 2, width // 2)
            pairs = part.view((last - first) // 2, 2, width // 2, 2, -1)
            upper, lower = pairs[:, 0].sum(2), pairs[:, 1].sum(2)
            torch.add(upper, lower, out=as_rows(out)[first // 2 : last // 2])
        assert out is not None  # `suits` asks for some tiles
        return out, None


def is_fast(x: Float[Tensor, "n c h w"], factor: int = 1) -> bool:
    """Whether a layer with this input, enlarged by a factor, may take the fast path."""
    num, depth, height, width = x.shape
    height, width = factor * height, factor * width
    if num != 1 or depth < LEAST_CHANNELS or depth * height * width < LEAST_VALUES:
        return False
    return has_fast_kind(x) and suits(height, width)


def as_rows(x: Float[Tensor, "1 c h w"]) -> Float[Tensor, "h w c"]:
    """A view with the channels last."""
    return x[0].permute(1, 2, 0)


def repeated(values: Float[Tensor, " c"], width: int) -> Float[Tensor, "{width} c"]:
    """`width` rows of the same in memory: adding whole rows is faster than adding pixels."""
    return values.expand(width, -1).contiguous()


def _empty(like: Tensor, depth: int, height: int, width: int) -> Tensor:
    shape = (1, depth, height, width)
    return torch.empty(shape, dtype=like.dtype, memory_format=torch.channels_last)


def hasten_decoder(decoder: nn.Module) -> None:
    """Put fast layers in the place of a frozen VQModel decoder's own; names of weights stay."""
    if not can_pack():
        return
    for parent in list(decoder.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, ResnetBlock2D) and _is_known(child):
                setattr(parent, name, FastResnetBlock(child))
            elif isinstance(child, Upsample2D) and type(child.conv) is nn.Conv2d:
                setattr(parent, name, FastUpsample(child))
            elif type(child) is nn.Linear:
                setattr(parent, name, FastLinear(child, packed))


def _is_known(block: ResnetBlock2D) -> bool:
    plain = block.time_emb_proj is None and block.upsample is None and block.downsample is None
    return plain and block.output_scale_factor == 1.0 and isinstance(block.norm1, nn.GroupNorm)
