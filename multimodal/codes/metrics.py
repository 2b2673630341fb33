"""How close is a picture to its original? PSNR and SSIM."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

WINDOW, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2  # (K1 L)^2 and (K2 L)^2 with the range L = 1
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def psnr(pixels: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture in dB, (n,); both (n, 3, h, w) in [0, 1]."""
    error = (pixels.clamp(0, 1) - target).square().mean((1, 2, 3)).clamp(min=1e-10)
    return -10 * error.log() / math.log(10)


def ssim(pixels: Tensor, target: Tensor) -> Tensor:
    """Mean structural similarity of each picture, (n,): 1 is the same, 0 has nothing in common.

    Both (n, 3, h, w) in [0, 1] and compared on their luma, as in the paper; windows lie within
    the picture, so its sides must be 11 pixels or more, or ValueError is raised.
    Source: Wang et al. 2004, "Image Quality Assessment", eq. 13-15 and section III-C.
    """
    if min(pixels.shape[-2:]) < WINDOW:
        raise ValueError(f"SSIM needs pictures of {WINDOW} x {WINDOW} pixels or more.")
    kernel = _gaussian(pixels)

    def mean(values: Tensor) -> Tensor:
        across = F.conv2d(values, kernel.view(1, 1, 1, -1))
        return F.conv2d(across, kernel.view(1, 1, -1, 1))

    x, y = _luma(pixels.clamp(0, 1)), _luma(target)  # (n, 1, h, w)
    mu_x, mu_y = mean(x), mean(y)
    var_x, var_y = mean(x * x) - mu_x**2, mean(y * y) - mu_y**2
    covariance = mean(x * y) - mu_x * mu_y
    similarity = (2 * mu_x * mu_y + C1) * (2 * covariance + C2)
    similarity = similarity / ((mu_x**2 + mu_y**2 + C1) * (var_x + var_y + C2))
    return similarity.mean((1, 2, 3))


def _luma(pixels: Tensor) -> Tensor:
    weights = torch.tensor(LUMA, device=pixels.device, dtype=torch.double)
    return (pixels.double() * weights.view(1, 3, 1, 1)).sum(1, keepdim=True)


def _gaussian(like: Tensor) -> Tensor:
    """The window along one side, (11,), sum 1; double, as variances are differences of squares."""
    place = torch.arange(WINDOW, device=like.device, dtype=torch.double) - WINDOW // 2
    weights = (-(place**2) / (2 * SIGMA**2)).exp()
    return weights / weights.sum()
