"""The stream of the DALL-E token model made visible: its tokens, and how sure each draw was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TextToken:
    """One text token: its id, the tokenizer's own `piece`, and the `text` people read in it.

    A byte-level tokenizer cuts rare characters into bytes; such a token is `partial`, and its
    text is the character that it is a part of.
    """

    id: int
    piece: str
    text: str
    partial: bool = False


@dataclass(frozen=True)
class TokenStream:
    """The text and one picture of a stream as far as it has come, in reading order.

    Args:
        text: the text tokens, without the padding up to `text_length`.
        grid: image tokens a row, and rows a picture.
        tokens: image tokens so far, each below the model's num_codes.
        entropies: in nats, of the distribution that each token was drawn from (after guidance,
            temperature, top k and top p); None for a token that was kept and not drawn.
        probabilities: of each token in that distribution; None likewise.
        choices: how many tokens a draw chooses from at most, so entropies reach ln(choices).
        draft: the picture before it in the same stream, from which it was drawn.
    """

    text: tuple[TextToken, ...]
    text_length: int
    grid: int
    tokens: tuple[int, ...]
    entropies: tuple[float | None, ...]
    probabilities: tuple[float | None, ...]
    choices: int
    draft: TokenStream | None = None

    @property
    def max_entropy(self) -> float:
        """The entropy of a draw that knows nothing, in nats."""
        return math.log(self.choices)

    @property
    def mean_entropy(self) -> float | None:
        """Over the drawn tokens, in nats; None if there are none."""
        drawn = [value for value in self.entropies if value is not None]
        return sum(drawn) / len(drawn) if drawn else None


def streams_json(
    seeds: Sequence[int], streams: Sequence[TokenStream], digits: int = 4
) -> dict[str, Any]:
    """The streams of one run as JSON, best first; null where a token was kept and not drawn,
    and a `draft` in the same form where there was one."""
    if not streams:
        return {"text": [], "candidates": []}
    first = streams[0]
    return {
        "text": [vars(token) for token in first.text],
        "text_length": first.text_length,
        "grid": first.grid,
        "max_entropy": round(first.max_entropy, digits),
        "candidates": [
            {
                "seed": seed,
                **_drawn(stream, digits),
                **({"draft": _drawn(stream.draft, digits)} if stream.draft else {}),
            }
            for seed, stream in zip(seeds, streams, strict=True)
        ],
    }


def _drawn(stream: TokenStream, digits: int) -> dict[str, Any]:
    return {
        "tokens": list(stream.tokens),
        "entropy": _rounded(stream.entropies, digits),
        "probability": _rounded(stream.probabilities, digits),
    }


def _rounded(values: Sequence[float | None], digits: int) -> list[float | None]:
    return [None if value is None else round(value, digits) for value in values]
