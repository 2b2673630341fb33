"""The token model as a prior of VQGAN+CLIP: what it expects in a cell, given those before it.

CLIP alone is content with fragments; the token model has learned which codes go together. Its
caption is empty here, so it says what pictures look like and nothing of what they show: that
stays with CLIP. The pull of each cell towards the mean of the expected codes is a step of
denoising, in the manner of Venkatakrishnan et al. 2013, "Plug-and-Play Priors", section 3.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from multimodal.models.token_transformer import TokenTransformer
from multimodal.models.vqgan import VQGAN, nearest_codes

#: Steps between two readings of the code; it changes little from one to the next.
EVERY = 2


class TokenPrior:
    """The token model over one run's code, read anew every few steps."""

    def __init__(self, model: TokenTransformer, vqgan: VQGAN) -> None:
        self._model = model
        self._codes = vqgan.codebook[model.code_ids].detach()  # (num_codes, code_dim)
        self._spread = vqgan.codebook.var(0).sum()
        self._nothing = model.text_tokens([""]).to(self._codes.device)
        self._expected = torch.empty(0)
        self._steps = 0

    def distance(self, z: Float[Tensor, "n code_dim h w"]) -> Float[Tensor, ""]:
        """Mean squared distance of the cells from what is expected there, in units of the
        codebook's variance, summed over restarts.

        A code that is not of the token model's own size, such as 16 x 16,
        has no distance: 0.
        """
        grid = self._model.config.grid
        if z.shape[-2:] != (grid, grid):
            return z.new_zeros(())
        cells = z.permute(0, 2, 3, 1).flatten(1, 2)  # (n, grid * grid, code_dim)
        if self._steps % EVERY == 0 or self._expected.shape != cells.shape:
            self._expected = self._read(cells.detach())
        self._steps += 1
        away = (cells - self._expected).square().sum(2) / self._spread
        return away.mean(1).sum()

    @torch.no_grad()
    def _read(self, cells: Float[Tensor, "n cells code_dim"]) -> Float[Tensor, "n cells code_dim"]:
        """The mean of the codes that the token model expects in each cell."""
        tokens = nearest_codes(cells.flatten(0, 1), self._codes, self._model.code_costs)
        nothing = self._nothing.expand(len(cells), -1)
        logits = self._model(nothing, tokens.view(len(cells), -1)).image
        return logits.softmax(2) @ self._codes
