"""CLIP: one space for pictures and captions.

`CLIP` is the protocol every job sees; `EmbeddedCLIP` is the small net this project trained.
Hub checkpoints are adapted in `hub_clip.py`.

Source: Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
Supervision"; the loss is section 2.3, figure 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import ElectraConfig, ElectraModel

from multimodal.models.efficientnet_lite import HEAD, EfficientNetLite
from multimodal.models.fast.linear import can_pack, is_plain


@runtime_checkable
class CLIP(Protocol):
    """What scoring, search and guidance need of a CLIP."""

    image_size: int  # side the tower likes best; sizes down to `smallest_image` work too
    smallest_image: int
    context_length: int  # most text tokens, specials included
    real_score: float | None  # what real pictures score with their captions, where it was measured

    @property
    def logit_scale(self) -> float:
        """What cosines are multiplied by to give logits (exp of the trained scalar)."""

    @property
    def logit_bias(self) -> float:
        """What is added to the logits; not 0 for SigLIP alone."""

    def encode_images(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        """pixels in [0, 1] -> unit-norm image_features; differentiable."""

    def encode_texts(self, texts: list[str]) -> Float[Tensor, "m d"]:
        """Captions -> unit-norm text_features."""

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes, specials included and nothing cut."""


@dataclass(frozen=True)
class CLIPConfig:
    """Everything needed to rebuild the embedded net; stored as config.json."""

    image_size: int = 112
    smallest_image: int = 64
    embed_dim: int = 256
    vocab_size: int = 12_000
    context_length: int = 48
    token_dim: int = 96
    width: int = 256
    layers: int = 3
    heads: int = 4
    mlp: int = 768
    teacher_dim: int = 384
    guide_score: float = 0.0  # mean cosine of real pictures and their names by the guide; 0: none

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class TextTower(nn.Module):
    """Token ids -> a sentence vector in the teacher's space: Electra layers, mean-pooled."""

    def __init__(self, config: CLIPConfig) -> None:
        super().__init__()
        self.encoder = ElectraModel(
            ElectraConfig(
                vocab_size=config.vocab_size,
                embedding_size=config.token_dim,
                hidden_size=config.width,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                intermediate_size=config.mlp,
                max_position_embeddings=config.context_length,
                type_vocab_size=1,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                pad_token_id=0,
            )
        )
        self.output = nn.Linear(config.width, config.teacher_dim, bias=False)

    def forward(
        self, ids: Int[Tensor, "n t"], mask: Int[Tensor, "n t"]
    ) -> Float[Tensor, "n teacher_dim"]:
        """Padded ids and their mask -> unit-norm vectors."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].to(hidden.dtype)
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        return F.normalize(self.output(pooled), dim=-1)


@runtime_checkable
class OwnConfig(Protocol):
    """What every configuration of a CLIP trained here says."""

    @property
    def image_size(self) -> int: ...
    @property
    def smallest_image(self) -> int: ...
    @property
    def context_length(self) -> int: ...


class OwnCLIP(nn.Module):
    """What the CLIPs trained here share: a tokenizer, and a softmax over scaled cosines."""

    def __init__(self, config: OwnConfig, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.log_scale = nn.Parameter(torch.tensor(3.0))
        self.image_size, self.smallest_image = config.image_size, config.smallest_image
        self.context_length = config.context_length
        self.real_score: float | None = None

    @property
    def logit_scale(self) -> float:
        """exp of the trained scalar."""
        return float(self.log_scale.detach().exp())

    @property
    def logit_bias(self) -> float:
        """Always 0: these nets were trained with a softmax."""
        return 0.0

    def encode_texts(self, texts: list[str]) -> Float[Tensor, "m d"]:
        """See `CLIP.encode_texts`. Longer texts are cut, keeping the end token; callers who
        must not lose words ask `count_tokens` first."""
        return self.encode_ids(*tokenize(self.tokenizer, texts, self.context_length))

    def encode_ids(self, ids: Int[Tensor, "m t"], mask: Int[Tensor, "m t"]) -> Float[Tensor, "m d"]:
        """Padded ids and their mask, on any device -> unit-norm text_features."""
        raise NotImplementedError

    def count_tokens(self, text: str) -> int:
        """See `CLIP.count_tokens`."""
        return len(self.tokenizer.encode(text).ids)


class EmbeddedCLIP(OwnCLIP):
    """EfficientNet-Lite0 beside a three-layer multilingual text tower."""

    def __init__(self, config: CLIPConfig, tokenizer: Tokenizer) -> None:
        super().__init__(config, tokenizer)
        self.config = config
        self.image_tower = EfficientNetLite()
        self.image_projection = nn.Linear(HEAD, config.embed_dim, bias=False)
        self.text_tower = TextTower(config)
        self.text_projection = nn.Linear(config.teacher_dim, config.embed_dim, bias=False)
        self._fast_tower: Callable[[Tensor], Tensor] | None = None

    def optimize_for_inference(self) -> EmbeddedCLIP:
        """From here on embed faster where no gradient is asked for; the weights must not change
        any more."""
        if can_pack() and self.log_scale.device.type == "cpu":
            self._fast_tower = self.image_tower.fused()
        return self

    def encode_images(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        """See `CLIP.encode_images`."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        fast = self._fast_tower if is_plain(pixels) else None
        return self.project_images((fast or self.image_tower)(pixels))

    def project_images(self, features: Float[Tensor, "n 1280"]) -> Float[Tensor, "n d"]:
        """The tower's features -> unit-norm image_features."""
        return F.normalize(self.image_projection(features), dim=-1)

    def encode_ids(self, ids: Int[Tensor, "m t"], mask: Int[Tensor, "m t"]) -> Float[Tensor, "m d"]:
        """See `OwnCLIP.encode_ids`."""
        device = self.log_scale.device
        return self.project_texts(self.text_tower(ids.to(device), mask.to(device)))

    def project_texts(self, sentence: Float[Tensor, "m teacher_dim"]) -> Float[Tensor, "m d"]:
        """Teacher-space vectors -> unit-norm text_features."""
        return F.normalize(self.text_projection(sentence), dim=-1)


def tokenize(
    tokenizer: Tokenizer, texts: list[str], context_length: int
) -> tuple[Int[Tensor, "n t"], Int[Tensor, "n t"]]:
    """Texts -> padded ids and their mask, t the longest here; the last token is kept
    when a text is cut."""
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    rows = [
        row if len(row) <= context_length else row[: context_length - 1] + row[-1:] for row in rows
    ]
    longest = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        mask[index, : len(row)] = 1
    return ids, mask


def contrastive_loss(
    image_features: Float[Tensor, "n d"],
    text_features: Float[Tensor, "m d"],
    scale: Float[Tensor, ""],
    same: Bool[Tensor, "n m"] | None = None,
) -> Float[Tensor, ""]:
    """Mean of the two cross-entropies over n matching pairs; Radford et al. 2021, figure 3.

    Args:
        image_features: unit norm; row i belongs to row i of the texts.
        text_features: unit norm, m >= n; rows from n on are negatives only.
        scale: what cosines are multiplied by.
        same: pairs off the diagonal that also match and so are no negatives.
    """
    logits = scale * (image_features @ text_features.T)  # (n, m)
    if same is not None:
        pair = torch.eye(*same.shape, dtype=torch.bool, device=same.device)
        logits = logits.masked_fill(same & ~pair, float("-inf"))
    num = len(logits)
    target = torch.arange(num, device=logits.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits[:, :num].T, target)) / 2
