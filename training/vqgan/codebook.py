"""The VQGAN's codebook, learned as a moving average of what is assigned to each code.

Source: van den Oord et al. 2017, appendix A.1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from multimodal.models.vqgan import nearest_codes


class CodebookEMA(nn.Module):
    """How often each code is used, and the sum of the vectors assigned to it; the codebook itself
    (num_codes, code_dim) belongs to the VQGAN."""

    counts: Tensor
    sums: Tensor
    ready: Tensor

    def __init__(self, codebook: Tensor, decay: float) -> None:
        super().__init__()
        self.decay = decay
        codebook.requires_grad_(False)
        self.register_buffer("counts", torch.ones(len(codebook)))
        self.register_buffer("sums", codebook.detach().clone())
        self.register_buffer("ready", torch.zeros(()))

    @torch.no_grad()
    def start(self, codebook: Tensor, vectors: Tensor, generator: torch.Generator) -> None:
        """Start the codes from random encoder outputs and eight rounds of k-means."""
        picks = torch.randperm(len(vectors), generator=generator)[: len(codebook)]
        codebook.copy_(vectors[picks.to(vectors.device)])
        for _ in range(8):
            nearest = torch.cat([nearest_codes(part, codebook) for part in vectors.split(4096)])
            counts = torch.bincount(nearest, minlength=len(codebook)).to(vectors.dtype)
            sums = torch.zeros_like(codebook).index_add_(0, nearest, vectors)
            codebook.copy_(torch.where(counts[:, None] > 0, sums / counts[:, None], codebook))
        self.counts.fill_(1.0)
        self.sums.copy_(codebook)
        self.ready.fill_(1.0)

    @torch.no_grad()
    def go_on(self, codebook: Tensor, vectors: int) -> None:
        """Go on with a finished codebook, as if `vectors` a step had used its codes evenly."""
        self.counts.fill_(vectors / len(codebook))
        self.sums.copy_(codebook * self.counts[:, None])
        self.ready.fill_(1.0)

    @torch.no_grad()
    def update(self, codebook: Tensor, vectors: Tensor, codes: Tensor) -> None:
        """One moving-average step."""
        counts = torch.bincount(codes, minlength=len(codebook)).to(vectors.dtype)
        sums = torch.zeros_like(codebook).index_add_(0, codes, vectors)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        codebook.copy_(self.sums / self.counts.clamp(min=1e-4)[:, None])

    @torch.no_grad()
    def restart(self, codebook: Tensor, vectors: Tensor, generator: torch.Generator) -> int:
        """Move codes that hardly anything is assigned to onto random encoder outputs."""
        expected = self.counts.mean()
        dead = torch.nonzero(self.counts < 0.03 * expected).flatten()
        dead = dead[: len(vectors) // 8]
        picks = torch.randint(len(vectors), (len(dead),), generator=generator)
        fresh = vectors[picks.to(vectors.device)]
        codebook[dead] = fresh
        self.counts[dead] = 0.3 * expected
        self.sums[dead] = fresh * 0.3 * expected
        return len(dead)

    def perplexity(self) -> float:
        """How many codes are in use: the exponential of the entropy of their shares."""
        share = self.counts / self.counts.sum()
        return float(torch.exp(-(share * (share + 1e-9).log()).sum()))
