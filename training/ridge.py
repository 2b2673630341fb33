"""Ridge regression, which several recipes fit their linear maps by.

Source: Hoerl & Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal Problems".
"""

from __future__ import annotations

import torch
from torch import Tensor


def ridge(inputs: Tensor, outputs: Tensor, strength: float) -> Tensor:
    """The matrix (h, d) that takes inputs (n, h) nearest to outputs (n, d), `strength` times its
    square counted with the squared distance; nothing is centred."""
    square = inputs.T @ inputs + strength * torch.eye(inputs.shape[1])
    return torch.linalg.solve(square, inputs.T @ outputs)
