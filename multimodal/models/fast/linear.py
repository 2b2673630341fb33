"""The same frozen nets, computed faster on a CPU.

- Linear layers keep a copy of their weights in oneDNN's own order, with the activation after them
  in the same pass. On an AMD processor with AVX-512 that is twice as fast as torch's usual
  product (MKL's); on Intel's it was not measured.
- Or they keep it in 16 bits (`precision="fp16"`) and compute in 32: half of what must come from
  memory, which is what a few rows at a time wait for.
- Or they compute in 8 bits (`precision="int8"`): weights with a scale a row, rounded once; inputs
  with a scale a token, rounded on the way, so a picture's vector does not depend on its batch.
  Jacob et al. 2018, "Quantization and Training of Neural Networks", section 2, without training.
- Convolutions take in the batch norm that follows them, and the ReLU6 after that.

Where a gradient to the input is asked for, Linear layers take the fast path in fp32 both ways, the
way back with a second copy in oneDNN's order; weights get no gradient. So do patches; the embedded
tower's convolutions are computed as they were then. Every copy is made at first use, beside the
weights themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

#: hidden_act -> (factor, oneDNN's name, its algorithm, the function): act(x) = f(factor x) / factor
ACTIVATIONS: dict[str, tuple[float, str, str | None, Callable[[Tensor], Tensor]]] = {
    "quick_gelu": (1.702, "swish", None, F.silu),
    "gelu": (1.0, "gelu", "none", F.gelu),
    "gelu_pytorch_tanh": (1.0, "gelu", "tanh", lambda x: F.gelu(x, approximate="tanh")),
}
SMALLEST = 1e-12


@runtime_checkable
class Multiply(Protocol):
    """x -> x W^T + b, and an activation."""

    def __call__(self, x: Float[Tensor, "*rows k"]) -> Float[Tensor, "*rows n"]: ...


@runtime_checkable
class Make(Protocol):
    """Weight, bias, one of ACTIVATIONS without its factor -> the product."""

    def __call__(
        self, weight: Float[Tensor, "n k"], bias: Float[Tensor, " n"] | None, activation: str = ""
    ) -> Multiply: ...


def can_pack() -> bool:
    """Whether this torch computes with oneDNN."""
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def can_halve() -> bool:
    """Whether this torch multiplies with weights in 16 bits: FBGEMM does, on x86 processors."""
    return torch.backends.quantized.engine in ("x86", "fbgemm")


def has_fast_kind(x: Float[Tensor, "*shape"]) -> bool:
    """Whether it is of the device and kind that the fast paths are for, a gradient or not."""
    return x.device.type == "cpu" and x.dtype == torch.float32


def is_plain(x: Float[Tensor, "*shape"]) -> bool:
    """Whether the fast path may be taken: on a CPU, in fp32, without a gradient."""
    wanted = torch.is_grad_enabled() and x.requires_grad
    return not wanted and has_fast_kind(x)


def plain(
    weight: Float[Tensor, "n k"], bias: Float[Tensor, " n"] | None, activation: str = ""
) -> Multiply:
    """A Linear as torch computes it, on any device."""
    activate = ACTIVATIONS[activation][3] if activation else None

    def multiply(x: Tensor) -> Tensor:
        out = F.linear(x, weight, bias)
        return activate(out) if activate else out

    return multiply


def packed(
    weight: Float[Tensor, "n k"], bias: Float[Tensor, " n"] | None, activation: str = ""
) -> Multiply:
    """A frozen Linear in oneDNN's order."""
    order = torch.ops.mkldnn._reorder_linear_weight(weight.detach().contiguous())
    _, name, algorithm, _ = ACTIVATIONS.get(activation, (1.0, "none", None, F.silu))
    algorithm = algorithm or ""

    def multiply(x: Tensor) -> Tensor:
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, order, bias, name, [], algorithm)
        return out

    return multiply


def halved(
    weight: Float[Tensor, "n k"], bias: Float[Tensor, " n"] | None, activation: str = ""
) -> Multiply:
    """A frozen Linear with weights in 16 bits; beyond 65504 they are cut there."""
    shift = None if bias is None else bias.detach()
    order = torch.ops.quantized.linear_prepack_fp16(weight.detach().contiguous(), shift)
    activate = ACTIVATIONS[activation][3] if activation else None

    def multiply(x: Tensor) -> Tensor:
        out: Tensor = torch.ops.quantized.linear_dynamic_fp16(x, order)
        return activate(out) if activate else out

    return multiply


def rounded(
    weight: Float[Tensor, "n k"], bias: Float[Tensor, " n"] | None, activation: str = ""
) -> Multiply:
    """A frozen Linear in 8 bits; see the top of this file."""
    scale = weight.detach().abs().amax(1).clamp_min(SMALLEST).double() / 127
    zeros = torch.zeros(len(scale), dtype=torch.long)
    with warnings.catch_warnings():  # torch means to drop this kind of tensor, not yet in 2.13
        warnings.simplefilter("ignore")
        whole = torch.quantize_per_channel(weight.detach().float(), scale, zeros, 0, torch.qint8)
    order = torch.ops.quantized.linear_prepack(whole, None)
    # Without these instructions two products are summed in 16 bits, which 8-bit inputs overflow.
    spare_bit = not _sums_in_32_bits()
    shift = torch.zeros(len(weight)) if bias is None else bias.detach()
    # torch takes the step from a batch's least and largest value: a row with both ends fixes it.
    both_ends = torch.zeros(1, weight.shape[1])
    both_ends[0, 0], both_ends[0, -1] = 1, -1
    activate = ACTIVATIONS[activation][3] if activation else None

    def multiply(x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        size = flat.abs().amax(1, keepdim=True).clamp_min_(SMALLEST)
        scaled = torch.cat([flat / size, both_ends])
        out = torch.ops.quantized.linear_dynamic(scaled, order, spare_bit)[:-1]
        out = torch.addcmul(shift, out, size, out=out)
        return (activate(out) if activate else out).view(*x.shape[:-1], -1)

    return multiply


#: Precision -> what makes a frozen Linear's product on a CPU.
MAKES: dict[str, Make] = {"fp32": packed, "fp16": halved, "int8": rounded}


class _Product(torch.autograd.Function):
    """A frozen Linear with one product there and another back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, there: Multiply, back: Multiply) -> Tensor:
        ctx.back = back
        return there(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        return ctx.back(grad.contiguous()), None, None


class BothWays:
    """A frozen Linear whose input gets a gradient, both ways in oneDNN's order."""

    def __init__(self, weight: Float[Tensor, "n k"], bias: Float[Tensor, " n"] | None) -> None:
        self._there, self._back = packed(weight, bias), packed(weight.mT, None)

    def __call__(self, x: Float[Tensor, "*rows k"]) -> Float[Tensor, "*rows n"]:
        """The product; rows of any number of axes."""
        return _Product.apply(x, self._there, self._back)  # type: ignore[no-any-return]


class FastLinear(nn.Module):
    """A frozen nn.Linear with a fast path; the weights stay where `state_dict` looks for them."""

    def __init__(self, linear: nn.Linear, make: Make) -> None:
        super().__init__()
        self.weight, self.bias, self._make = linear.weight, linear.bias, make
        self._fast: Multiply | None = None
        self._fast_with_gradient: BothWays | None = None

    def forward(self, x: Float[Tensor, "*rows k"]) -> Float[Tensor, "*rows n"]:
        """As `nn.Linear.forward`."""
        if is_plain(x):
            self._fast = self._fast or self._make(self.weight, self.bias)
            return self._fast(x)
        if has_fast_kind(x) and can_pack():
            self._fast_with_gradient = self._fast_with_gradient or BothWays(self.weight, self.bias)
            return self._fast_with_gradient(x)
        return F.linear(x, self.weight, self.bias)


class FastMLP(nn.Module):
    """Two frozen Linear layers and the activation between them, which the first takes in."""

    def __init__(self, mlp: Any, activation: str, make: Make) -> None:
        super().__init__()
        self.fc1, self.fc2, self.activation_fn = mlp.fc1, mlp.fc2, mlp.activation_fn
        self._factor, _, _, self._activate = ACTIVATIONS[activation]
        self._activation, self._make = activation, make
        self._fast: tuple[Multiply, Multiply] | None = None
        self._fast_with_gradient: tuple[BothWays, BothWays] | None = None

    def forward(self, hidden_states: Float[Tensor, "*rows k"]) -> Float[Tensor, "*rows k"]:
        """Under the name that transformers passes it by."""
        if is_plain(hidden_states):
            if self._fast is None:
                (weight, bias), second = self._layers()
                self._fast = self._make(weight, bias, self._activation), self._make(*second)
            first, last = self._fast
            return last(first(hidden_states))
        if has_fast_kind(hidden_states) and can_pack():
            if self._fast_with_gradient is None:
                into, out = self._layers()
                self._fast_with_gradient = BothWays(*into), BothWays(*out)
            before, after = self._fast_with_gradient
            return after(self._activate(before(hidden_states)))
        return self.fc2(self.activation_fn(self.fc1(hidden_states)))  # type: ignore[no-any-return]

    def _layers(self) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Weights and biases with the activation's factor in them."""
        factor, fc1, fc2 = self._factor, self.fc1, self.fc2
        return (factor * fc1.weight, factor * fc1.bias), (fc2.weight / factor, fc2.bias)


class FastPatches(nn.Module):
    """A frozen convolution whose kernel is its stride: every patch once, so one Linear."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias = convolution.weight, convolution.bias
        self._side = convolution.kernel_size[0]
        self._fast: BothWays | None = None

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d rows columns"]:
        """One vector a patch; what is left over at the right and below is cut."""
        side = self._side
        if not has_fast_kind(x):
            return F.conv2d(x, self.weight, self.bias, side)
        self._fast = self._fast or BothWays(self.weight.flatten(1), self.bias)
        num, channels, height, width = x.shape
        rows, columns = height // side, width // side
        x = x[:, :, : rows * side, : columns * side]
        x = x.reshape(num, channels, rows, side, columns, side).permute(0, 2, 4, 1, 3, 5)
        out = self._fast(x.reshape(num, rows * columns, -1))  # (n, patches, d)
        return out.transpose(1, 2).unflatten(2, (rows, columns))


def hasten_transformer(tower: nn.Module, activation: str, precision: str) -> None:
    """Put fast layers in the place of a frozen vision transformer's own.

    `activation` is the configuration's `hidden_act`. The patches stay in fp32 for every precision.
    """
    make = MAKES[precision]
    for parent in list(tower.modules()):
        for name, child in list(parent.named_children()):
            if all(hasattr(child, part) for part in ("fc1", "fc2", "activation_fn")):
                if activation in ACTIVATIONS:
                    setattr(parent, name, FastMLP(child, activation, make))
            elif type(child) is nn.Linear and not isinstance(parent, FastMLP):
                setattr(parent, name, FastLinear(child, make))
            elif type(child) is nn.Conv2d and _is_of_patches(child) and can_pack():
                setattr(parent, name, FastPatches(child))


def fused_weights(
    convolution: nn.Conv2d, norm: nn.BatchNorm2d
) -> tuple[Float[Tensor, "c_out c_in k k"], Float[Tensor, " c_out"]]:
    """Weight and bias of a frozen convolution with the batch norm after it taken in."""
    assert norm.running_mean is not None and norm.running_var is not None
    weight, bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias, norm.running_mean, norm.running_var,
        norm.eps, norm.weight, norm.bias,
    )  # fmt: skip
    return weight.detach(), bias.detach()


class FusedConv:
    """A frozen convolution with the batch norm after it taken in, and perhaps a ReLU6."""

    def __init__(self, convolution: nn.Conv2d, norm: nn.BatchNorm2d, clamped: bool) -> None:
        weight, self._bias = fused_weights(convolution, norm)
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._kernel, self._stride = convolution.kernel_size[0], convolution.stride[0]
        self._groups = convolution.groups
        self._after: tuple[str, list[float]] = ("hardtanh", [0.0, 6.0]) if clamped else ("none", [])

    def __call__(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h_out w_out"]:
        """h_out is ceil(h / stride), and w_out alike."""
        pads = same_padding(x.shape[-2], x.shape[-1], self._kernel, self._stride)
        side = pads[0]
        if len(set(pads)) > 1:
            x, side = F.pad(x, pads), 0
        out: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, self._weight, self._bias, [side, side], [self._stride] * 2, [1, 1], self._groups,
            *self._after, "",
        )  # fmt: skip
        return out


def same_padding(height: int, width: int, kernel: int, stride: int) -> list[int]:
    """TensorFlow's "same" padding (left, right, top, bottom), lopsided for stride 2."""
    pads = []
    for side in (width, height):
        total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        pads += [total // 2, total - total // 2]
    return pads


def _is_of_patches(convolution: nn.Conv2d) -> bool:
    plain = convolution.groups == 1 and set(convolution.dilation) == {1}
    unpadded = convolution.padding in ("valid", (0, 0), 0)
    square = len(set(convolution.kernel_size)) == 1
    return plain and unpadded and square and convolution.kernel_size == convolution.stride


def _sums_in_32_bits() -> bool:
    """Whether the processor has 8-bit dot products (VNNI)."""
    for name in ("_is_vnni_supported", "_is_avx512_vnni_supported"):
        if known := getattr(torch.cpu, name, None):
            return bool(known())
    return False
