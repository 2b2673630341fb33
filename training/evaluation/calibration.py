"""Whether a stated 90 % is right nine times in ten.

Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", sections 2 and 4.2.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.evaluation.figure import Figure

BINS = 15
RESAMPLED = 200


def calibration_error(logits: Tensor, truth: Tensor) -> float:
    """Mean distance of confidence and accuracy over bins of confidence; equation 3."""
    return sum(share * abs(said - right) for said, right, share in reliability(logits, truth))


def calibration_figure(logits: Tensor, truth: Tensor) -> Figure:
    """The same with its bootstrap interval; Efron 1979. Resampling adds error, so the interval lies
    rather high."""
    generator = torch.Generator().manual_seed(0)
    value, n = calibration_error(logits, truth), len(truth)
    draws = torch.randint(n, (RESAMPLED, n), generator=generator)
    found = torch.tensor([calibration_error(logits[rows], truth[rows]) for rows in draws])
    low, high = found.quantile(torch.tensor([0.025, 0.975])).tolist()
    return Figure(value, n, (min(low, value), max(high, value)))


def reliability(logits: Tensor, truth: Tensor) -> list[tuple[float, float, float]]:
    """Of each bin of confidence that anything falls into: mean confidence, accuracy, share."""
    confidence, guess = logits.softmax(1).max(1)
    bins = (confidence * BINS).long().clamp(max=BINS - 1)
    found = []
    for number in bins.unique():
        inside = bins == number
        right = float((guess[inside] == truth[inside]).float().mean())
        found.append((float(confidence[inside].mean()), right, float(inside.float().mean())))
    return found


def fit_scale(cosines: Tensor, truth: Tensor) -> float:
    """The scale of cosines (n, m) that makes the true names likeliest, of 160 from 1 to 316."""
    scales = torch.logspace(0, 2.5, 160)
    costs = torch.stack([F.cross_entropy(scale * cosines, truth) for scale in scales])
    return float(scales[costs.argmin()])
