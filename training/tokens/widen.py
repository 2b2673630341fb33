"""Put a trained token model into a larger net that predicts the same at first, or onto a new VQGAN.

Source: Chen, Goodfellow, Shlens 2016, "Net2Net", section 2 (function-preserving growth).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.token_transformer import TokenConfig, TokenTransformer


@torch.no_grad()
def widened(model: TokenTransformer, config: TokenConfig) -> TokenTransformer:
    """The model with the MLP width, number of pictures and number of image tokens of `config`.

    New hidden units have random inputs and zero outputs. The position embeddings of another picture
    are those of the first plus one random vector. Where the number of image tokens differs, all are
    new (see `translate`). Raises ValueError where anything else differs or shrinks.
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
    """Embed the image tokens of a new VQGAN by those that the net knows.

    A new token's embedding is the mean of the old ones at the same cells of the same pictures,
    scaled to their usual length, plus noise of `noise` times that length, which tells apart tokens
    that stand at the same cells.

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
