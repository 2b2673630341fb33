"""PSNR and SSIM: known properties, and cases worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from multimodal.codes.metrics import C1, C2, psnr, ssim


@pytest.fixture
def pixels() -> Tensor:
    return torch.rand(2, 3, 24, 20, generator=torch.Generator().manual_seed(0))


def flat(value: float, side: int = 16) -> Tensor:
    return torch.full((1, 3, side, side), value)


def test_a_picture_is_like_itself(pixels: Tensor) -> None:
    assert ssim(pixels, pixels).tolist() == pytest.approx([1, 1], abs=1e-12)
    assert (psnr(pixels, pixels) >= 99).all()


def test_ssim_is_symmetric_and_falls_with_noise(pixels: Tensor) -> None:
    noise = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(1))
    little, much = ((pixels + share * noise).clamp(0, 1) for share in (0.02, 0.3))
    assert torch.equal(ssim(pixels, little), ssim(little, pixels))
    assert (ssim(little, pixels) < 1).all() and (ssim(much, pixels) < ssim(little, pixels)).all()


def test_a_negative_is_less_like_the_picture_than_nothing_at_all(pixels: Tensor) -> None:
    assert (ssim(1 - pixels, pixels) < 0).all()


def test_two_flat_greys_differ_in_luminance_alone() -> None:
    a, b = 0.2, 0.6
    expected = (2 * a * b + C1) / (a * a + b * b + C1)
    assert float(ssim(flat(a), flat(b))) == pytest.approx(expected, abs=1e-6)


def test_one_window_worked_out_by_hand() -> None:
    # Columns of 0 and 1 by turns against their negative: 11 x 11 pixels hold a single window, and
    # the weight of the even columns is all that matters.
    x = torch.zeros(1, 3, 11, 11)
    x[..., ::2] = 1
    weights = [math.exp(-((place - 5) ** 2) / (2 * 1.5**2)) for place in range(11)]
    mean = sum(weights[::2]) / sum(weights)  # of x; that of the negative is 1 - mean
    variance = mean - mean**2  # of both; their covariance is its negative
    expected = (2 * mean * (1 - mean) + C1) * (-2 * variance + C2)
    expected /= (mean**2 + (1 - mean) ** 2 + C1) * (2 * variance + C2)
    assert float(ssim(x, 1 - x)) == pytest.approx(expected, abs=1e-6)


def test_colours_of_the_same_luma_are_alike() -> None:
    green = torch.tensor([0.0, 0.299, 0.0]).view(1, 3, 1, 1).expand(1, 3, 16, 16)
    red = torch.tensor([0.587, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 16, 16)
    assert float(ssim(green, red)) == pytest.approx(1, abs=1e-6)
    assert float(psnr(green, red)) < 15


def test_psnr_of_a_tenth_of_the_range_is_20_db() -> None:
    assert float(psnr(flat(0.6), flat(0.5))) == pytest.approx(20, abs=1e-4)


def test_a_picture_smaller_than_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(flat(0, 10), flat(0, 10))
