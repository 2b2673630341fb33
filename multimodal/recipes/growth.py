"""A trained token model in a larger net that at first predicts the same.

Source: Chen, Goodfellow, Shlens 2016, "Net2Net", section 2 (function-preserving growth).
"""

from __future__ import annotations

import torch
from torch import Tensor

from multimodal.models.token_transformer import TokenConfig, TokenTransformer


@torch.no_grad()
def grown(model: TokenTransformer, config: TokenConfig) -> TokenTransformer:
    """The model with wider MLPs or room for another picture, as `config` says.

    New hidden units read at random and write nothing yet; the places of another picture start as
    those of the first, all moved alike. Raises ValueError where anything else differs or shrinks.
    """
    large = TokenTransformer(config, model.tokenizer)
    state = large.state_dict()
    length = config.image_length
    for name, old in model.state_dict().items():
        new = state[name]
        if name == "net.wpe.weight":
            moved = 0.02 * torch.randn(config.pictures, old.shape[1])
            moved[0] = 0
            places = old[config.text_length : config.text_length + length] + moved[:, None]
            new[: len(old)] = old
            new[len(old) :] = places[model.config.pictures :].flatten(0, 1)
        elif new.shape == old.shape:
            new.copy_(old)
        elif ".mlp." in name and all(a >= b for a, b in zip(new.shape, old.shape, strict=True)):
            _widen(name, new, old)
        else:
            raise ValueError(f"{name} cannot grow from {tuple(old.shape)} to {tuple(new.shape)}.")
    return large


def _widen(name: str, new: Tensor, old: Tensor) -> None:
    """GPT-2 stores its matrices as (in, out); only the hidden side of an MLP grows."""
    if ".c_proj." in name:
        new.zero_()
    new[tuple(slice(side) for side in old.shape)] = old
