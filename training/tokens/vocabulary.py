"""Choose the image tokens: few VQGAN codes, the popular ones at an advantage.

The VQGAN uses its whole codebook evenly, so a blank ground alone takes hundreds of codes, which
differ by nothing a caption could say. Entropy-constrained vector quantisation trades a little
distortion for tokens that are far easier to predict.

Source: Chou, Lookabaugh, Gray 1989, "Entropy-constrained vector quantization", section II.
"""

from __future__ import annotations

import torch
from torch import Tensor

from multimodal.models.vqgan import nearest_codes

ROUNDS = 15


def fit_vocabulary(z: Tensor, codebook: Tensor, size: int, rate: float) -> tuple[Tensor, Tensor]:
    """The `size` codes worth keeping and what each one costs.

    Args:
        z: unquantised cells of sample pictures, (n, d), where the codebook is.
        rate: what one nat costs in squared distance; 0 keeps plain nearest codes.

    Returns:
        code_ids (size,) int64 rising; code_costs (size,), `rate` times -log of the probability.
    """
    kept = torch.arange(len(codebook), device=z.device)
    costs = torch.zeros(len(codebook), device=z.device)
    for turn in range(ROUNDS):
        counts = torch.zeros(len(kept), device=z.device)
        for part in z.split(65_536):
            counts += torch.bincount(
                nearest_codes(part, codebook[kept], costs), minlength=len(kept)
            )
        if turn == ROUNDS // 2 and len(kept) > size:
            best = counts.topk(size).indices.sort().values
            kept, counts = kept[best], counts[best]
        share = (counts + 0.05) / (counts + 0.05).sum()
        costs = -rate * share.log()
    return kept, costs
