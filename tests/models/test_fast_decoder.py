"""The fast decoder against the plain one, and its convolution against torch's."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.fast import decoder
from multimodal.models.fast.decoder import FastResnetBlock, FastUpsample
from multimodal.models.fast.memory import give_back_memory, keep_freed_memory
from multimodal.models.fast.winograd import Winograd, flipped, suits
from multimodal.models.vqgan import VQGAN, VQGANConfig

#: Like the f16 nets of taming-transformers, but narrow: no pixel-unshuffle, attention, shortcuts.
NARROW = VQGANConfig(
    image_size=64, patch=1, channels=(8, 8, 16), layers_per_block=1, latent_channels=8,
    num_codes=32, code_dim=4, norm_groups=4, attention=True,
)  # fmt: skip


def decoded(vqgan: VQGAN, z: Tensor) -> tuple[Tensor, Tensor]:
    """The picture, and the gradient of a weighted sum of it with respect to z."""
    z = z.clone().requires_grad_(True)
    pixels = vqgan.decode(z)
    weights = torch.linspace(-1, 1, pixels.numel()).view_as(pixels)
    (pixels * weights).sum().backward()
    assert z.grad is not None
    return pixels.detach(), z.grad


@pytest.mark.parametrize(("height", "width"), [(32, 32), (36, 48), (128, 32)])
def test_winograd_is_the_convolution_and_its_way_back(height: int, width: int) -> None:
    torch.manual_seed(0)
    weight, bias = torch.randn(12, 8, 3, 3), torch.randn(12)
    x = torch.randn(1, 8, height, width, requires_grad=True)
    expected = F.conv2d(x, weight, bias, padding=1)
    grad = torch.randn_like(expected)
    expected.backward(grad)
    for net, given, wanted in (
        (Winograd(weight, bias), x.detach(), expected),
        (Winograd(flipped(weight), None), grad, x.grad),
    ):
        source = given[0].permute(1, 2, 0).contiguous()
        parts = net(lambda a, b, rows=source: rows[a:b], height, width)
        rows = torch.cat([part for _, _, part in parts])
        torch.testing.assert_close(rows, wanted[0].permute(1, 2, 0), atol=2e-4, rtol=1e-4)


def test_only_whole_tiles_and_enough_of_them_are_taken() -> None:
    assert suits(32, 32) and suits(256, 256)
    assert not suits(16, 16) and not suits(34, 64)


@pytest.mark.parametrize("cells", [(16, 16), (12, 20), (9, 11)])  # the last one has odd sides
def test_the_fast_decoder_gives_the_same_picture_and_gradient(
    cells: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "LEAST_CHANNELS", 8)
    monkeypatch.setattr(decoder, "LEAST_VALUES", 0)
    torch.manual_seed(0)
    plain = VQGAN(NARROW).eval().requires_grad_(False)
    fast = copy.deepcopy(plain).optimize_for_inference()
    kinds = {type(module) for module in fast.modules()}
    assert {FastResnetBlock, FastUpsample} <= kinds
    assert fast.state_dict().keys() == plain.state_dict().keys()
    z = torch.randn(1, 4, *cells)
    for got, expected in zip(decoded(fast, z), decoded(plain, z), strict=True):
        scale = float(expected.abs().max())
        torch.testing.assert_close(got, expected, atol=1e-4 * scale, rtol=0.0)


def test_several_pictures_and_other_kinds_are_decoded_as_ever() -> None:
    torch.manual_seed(0)
    plain = VQGAN(NARROW).eval().requires_grad_(False)
    fast = copy.deepcopy(plain).optimize_for_inference()
    z = torch.randn(2, 4, 16, 16)
    torch.testing.assert_close(fast.decode(z), plain.decode(z))
    torch.testing.assert_close(fast.double().decode(z.double()), plain.double().decode(z.double()))


def test_memory_is_kept_where_the_c_library_can_and_given_back() -> None:
    assert isinstance(keep_freed_memory(), bool)
    give_back_memory()
