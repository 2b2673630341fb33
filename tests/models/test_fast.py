"""The fast layers, on towers of other kinds than OpenAI's CLIP."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModel, SiglipVisionConfig, SiglipVisionModel

from multimodal.models.efficientnet_lite import EfficientNetLite
from multimodal.models.fast.linear import (
    FastLinear,
    FastMLP,
    FastPatches,
    FusedConv,
    can_pack,
    hasten_transformer,
)

SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
SIZES |= {"num_attention_heads": 2, "image_size": 36, "patch_size": 8}


def tower(kind: str, activation: str) -> nn.Module:
    torch.manual_seed(0)
    if kind == "siglip":
        net = SiglipVisionModel(SiglipVisionConfig(**SIZES, hidden_act=activation))
    else:
        net = CLIPVisionModel(CLIPVisionConfig(**SIZES, hidden_act=activation))
    return net.eval().requires_grad_(False)


def pooled(net: nn.Module, pixels: Tensor) -> Tensor:
    with torch.no_grad():
        return net(pixel_values=pixels).pooler_output


KINDS = [
    ("siglip", "gelu_pytorch_tanh"), ("clip", "gelu"), ("clip", "quick_gelu"), ("clip", "relu"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "activation"), KINDS)
def test_gradients_of_the_pixels_are_the_same(kind: str, activation: str) -> None:
    plain = tower(kind, activation)
    grads = []
    for precision in ("", "fp32", "int8"):
        net, pixels = copy.deepcopy(plain), torch.linspace(0, 1, 3 * 36 * 36).view(1, 3, 36, 36)
        if precision:
            hasten_transformer(net, activation, precision)
        pixels.requires_grad_(True)
        (net(pixel_values=pixels).pooler_output * torch.linspace(0, 1, 32)).sum().backward()
        assert pixels.grad is not None
        grads.append(pixels.grad)
    scale = float(grads[0].abs().max())
    for grad in grads[1:]:
        torch.testing.assert_close(grad, grads[0], atol=1e-4 * scale, rtol=0.0)


@pytest.mark.parametrize(("kind", "activation"), KINDS)
def test_a_tower_gives_the_same_in_fp32_and_nearly_so_in_int8(kind: str, activation: str) -> None:
    plain, pixels = tower(kind, activation), torch.rand(3, 3, 36, 36)
    expected = pooled(plain, pixels)
    for precision, tolerance in (("fp32", 1e-4), ("int8", 0.1)):
        fast = copy.deepcopy(plain)
        hasten_transformer(fast, activation, precision)
        kinds = {type(module) for module in fast.modules()}
        assert {FastLinear, FastPatches} <= kinds and (FastMLP in kinds) == (activation != "relu")
        torch.testing.assert_close(pooled(fast, pixels), expected, atol=tolerance, rtol=0.0)
        assert fast.state_dict().keys() == plain.state_dict().keys()


@pytest.mark.skipif(not can_pack(), reason="fused convolutions are oneDNN's")
def test_the_fused_embedded_tower_gives_the_same_whatever_makes_its_convolutions() -> None:
    torch.manual_seed(0)
    net, pixels, sizes = EfficientNetLite(), torch.rand(2, 3, 64, 64), []
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    net(pixels)  # the norms take this batch's means
    net.eval().requires_grad_(False)

    def make(convolution: nn.Conv2d, norm: nn.BatchNorm2d, clamped: bool) -> FusedConv:
        sizes.append(convolution.kernel_size[0])
        return FusedConv(convolution, norm, clamped)

    expected = net(pixels)
    torch.testing.assert_close(net.fused()(pixels), expected, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(net.fused(make)(pixels), expected, atol=1e-3, rtol=1e-3)
    assert len(sizes) == 49 and sizes.count(1) == 32
