"""Read a stream token by token, each key and value computed once.

What makes it fast: candidates and both halves of guidance are one batch; a text is read once for
all candidates, and they share its keys and values; room for the image tokens' is made at the start
and seen only as far as it is filled; query, key and value are one product. The products themselves
are those of models/fast.py.

Source: Shazeer 2019, "Fast Transformer Decoding", section 2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import GPT2Model

from multimodal.models.fast.linear import Make, Multiply


class Layer(NamedTuple):
    """One block of the net: a norm before each half, and its four products."""

    first_norm: nn.Module
    qkv: Multiply  # (..., width) -> (..., 3 * width)
    project: Multiply
    second_norm: nn.Module
    expand: Multiply  # the activation after it included
    shrink: Multiply


class PackedWeights:
    """A GPT-2's products as `make` computes them.

    Args:
        text_vocab: the ids below it are text and get no logits.
    """

    def __init__(self, net: GPT2Model, text_vocab: int, make: Make) -> None:
        self.net, self.text_vocab = net, text_vocab
        self.layers = [_layer(block, net.config.activation_function, make) for block in net.h]
        self.to_logits = make(net.wte.weight[text_vocab:], None)


def _layer(block: Any, activation: str, make: Make) -> Layer:
    """GPT-2 stores its matrices as (in, out)."""
    attention, mlp = block.attn, block.mlp
    return Layer(
        block.ln_1,
        make(attention.c_attn.weight.T, attention.c_attn.bias),
        make(attention.c_proj.weight.T, attention.c_proj.bias),
        block.ln_2,
        make(mlp.c_fc.weight.T, mlp.c_fc.bias, activation),
        make(mlp.c_proj.weight.T, mlp.c_proj.bias),
    )


class CachedDecoder:
    """What has been read of a few streams, and the `logits` (texts * num, num_codes) of the next
    image token of each: those of the first text's `num` candidates, then those of the second's.

    Args:
        num: candidates of each text; candidate i has the same image tokens under every text.
        room: image tokens that can be read.
    """

    def __init__(
        self,
        weights: PackedWeights,
        text_tokens: Int[Tensor, "texts text_length"],
        num: int,
        room: int,
    ) -> None:
        self.num_read = 0  # image tokens
        self._packed, self._num, self._room = weights, num, room
        self._texts, self._text_length = text_tokens.shape
        self._caches: list[_Cache] = []
        states = self._pass(text_tokens, 0, self._attend_in_text)  # (texts, 1, width)
        self.logits = self._logits(states.repeat_interleave(num, 0))

    def read(self, image_tokens: Int[Tensor, "{self._num} m"]) -> None:
        """The next m image tokens of every candidate."""
        ids = image_tokens.repeat(self._texts, 1) + self._packed.text_vocab
        states = self._pass(ids, self._text_length + self.num_read, self._attend)
        self.num_read += image_tokens.shape[1]
        self.logits = self._logits(states)

    def _logits(self, states: Tensor) -> Tensor:
        return self._packed.to_logits(states)[:, 0]

    def _pass(self, ids: Int[Tensor, "n m"], place: int, attend: Any) -> Float[Tensor, "n 1 width"]:
        """ids that stand at `place`... -> the last one's states."""
        net = self._packed.net
        length = ids.shape[1]
        x = F.embedding(ids, net.wte.weight) + net.wpe.weight[place : place + length]
        for index, layer in enumerate(self._packed.layers):
            qkv = layer.qkv(layer.first_norm(x))  # (n, m, 3 * width)
            q, k, v = qkv.unflatten(2, (3, net.config.n_head, -1)).permute(2, 0, 3, 1, 4)
            seen = attend(index, q, k, v)  # (n, heads, m, width / heads)
            x = x + layer.project(seen.transpose(1, 2).flatten(2))
            x = x + layer.shrink(layer.expand(layer.second_norm(x)))
        states: Tensor = net.ln_f(x[:, -1:])
        return states

    def _attend_in_text(self, index: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        self._caches.append(_Cache(k, v, self._num, self._room))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    def _attend(self, index: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self._caches[index].attend(q, k, v, self.num_read)


class _Cache:
    """Keys and values of one layer: text (texts, heads, text_length, d), image
    (texts * num, heads, room, d), of which `filled` are there."""

    def __init__(self, text_keys: Tensor, text_values: Tensor, num: int, room: int) -> None:
        texts, heads, _, d = text_keys.shape
        self._text_keys, self._text_values = text_keys.contiguous(), text_values.contiguous()
        self._keys = text_keys.new_empty(texts * num, heads, room, d)
        self._values = torch.empty_like(self._keys)

    def attend(
        self,
        q: Float[Tensor, "n heads m d"],
        k: Float[Tensor, "n heads m d"],
        v: Float[Tensor, "n heads m d"],
        filled: int,
    ) -> Float[Tensor, "n heads m d"]:
        """Keep k and v of m image tokens, and what q sees of all."""
        num_new, seen = q.shape[2], filled + q.shape[2]
        self._keys[:, :, filled:seen] = k
        self._values[:, :, filled:seen] = v
        q = q * q.shape[3] ** -0.5
        on_image = q @ self._keys[:, :, :seen].mT  # (n, heads, m, seen)
        if num_new > 1:
            ahead = torch.ones(num_new, seen, dtype=torch.bool, device=q.device).triu(filled + 1)
            on_image = on_image.masked_fill(ahead, float("-inf"))
        on_text = self._by_candidate(self._by_text(q) @ self._text_keys.mT, num_new)
        shares = torch.cat([on_text, on_image], 3).softmax(3)
        on_text, on_image = shares.split([on_text.shape[3], seen], 3)
        of_text = self._by_candidate(self._by_text(on_text) @ self._text_values, num_new)
        return of_text + on_image @ self._values[:, :, :seen]

    def _by_text(self, x: Tensor) -> Tensor:
        """(texts * num, heads, m, c) -> (texts, heads, num * m, c): a text's candidates are the
        rows of one product."""
        return x.unflatten(0, (len(self._text_keys), -1)).transpose(1, 2).flatten(2, 3)

    def _by_candidate(self, x: Tensor, num_new: int) -> Tensor:
        """The way back."""
        return x.unflatten(2, (-1, num_new)).transpose(1, 2).flatten(0, 1)
