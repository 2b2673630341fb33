"""A trained token model in a larger net that at first predicts the same, or on another VQGAN.

Source: Chen, Goodfellow, Shlens 2016, "Net2Net", section 2 (function-preserving growth).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.token_transformer import TokenConfig, TokenTransformer


@torch.no_grad()
def grown(model: TokenTransformer, config: TokenConfig) -> TokenTransformer:
    """The model with wider MLPs, room for another picture or other image tokens, as `config` says.

    New hidden units read at random and write nothing yet; the places of another picture start as
    those of the first, all moved alike; image tokens of another number are all new (`translate`).
    Raises ValueError where anything else differs or shrinks.
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
        elif name == "net.wte.weight" and config.num_codes != model.config.num_codes:
            new[: config.text_vocab] = old[: config.text_vocab]
        elif name.startswith("code_"):
            continue
        elif ".mlp." in name and all(a >= b for a, b in zip(new.shape, old.shape, strict=True)):
            _widen(name, new, old)
        else:
            raise ValueError(f"{name} cannot grow from {tuple(old.shape)} to {tuple(new.shape)}.")
    return large


@torch.no_grad()
def translate(
    model: TokenTransformer, known: Tensor, tokens: Tensor, embeddings: Tensor, noise: float = 0.1
) -> None:
    """Give the image tokens of another VQGAN the meaning of those that the net knows.

    Each new token is embedded as the mean of the old ones that stand where it stands in the same
    pictures, stretched to their usual length, and `noise` of that length at random, by which
    tokens that stand alike are told apart.

    Args:
        known, tokens: old and new image tokens of the same cells, (n,).
        embeddings: of the old tokens, (num_known, width).
    """
    rows = model.net.wte.weight[model.config.text_vocab :]
    found = torch.zeros_like(rows).index_add_(0, tokens, embeddings[known])
    common = embeddings.mean(0)
    counts = torch.bincount(tokens, minlength=len(rows))[:, None]
    found = torch.where(counts > 0, found / counts.clamp(min=1), common) - common
    length = (embeddings - common).norm(dim=1).mean()
    found = F.normalize(found, dim=1) + noise * F.normalize(torch.randn_like(found), dim=1)
    rows.copy_(common + length * found)


def _widen(name: str, new: Tensor, old: Tensor) -> None:
    """GPT-2 stores its matrices as (in, out); only the hidden side of an MLP grows."""
    if ".c_proj." in name:
        new.zero_()
    new[tuple(slice(side) for side in old.shape)] = old
