"""What a figure is: a mean over measurements with its 95 % confidence interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Z = 1.96  # the normal distribution has 95 % within this many standard deviations


@dataclass(frozen=True)
class Figure:
    """A mean over `n` measurements and the interval around it."""

    value: float
    n: int
    ci95: tuple[float, float]

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Mean and normal interval of any measurements (dB, nats, cosines)."""
        tensor = torch.tensor(values, dtype=torch.double)
        mean = float(tensor.mean())
        half = Z * float(tensor.std(correction=1)) / math.sqrt(len(values))
        return cls(mean, len(values), (mean - half, mean + half))

    @classmethod
    def of_shares(cls, values: Sequence[float]) -> Figure:
        """The same of measurements in [0, 1], which the interval does not leave."""
        found = cls.of(values)
        low, high = found.ci95
        return cls(found.value, found.n, (max(0.0, low), min(1.0, high)))

    @classmethod
    def of_hits(cls, hits: Sequence[bool]) -> Figure:
        """The share of hits and its score interval.

        Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
        """
        n, share = len(hits), sum(hits) / len(hits)
        middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
        return cls(share, n, (max(0.0, middle - half), min(1.0, middle + half)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to four places."""
        return {
            "value": round(self.value, 4),
            "n": self.n,
            "ci95": [round(bound, 4) for bound in self.ci95],
        }


def ranks(image_features: Tensor, text_features: Tensor, truth: Tensor) -> Tensor:
    """How many texts beat the true one for each picture, (n,); 0 is a hit."""
    scores = image_features @ text_features.T
    return (scores > scores.gather(1, truth[:, None])).sum(1)


def chance_among(rank: int, total: int, choices: int) -> float:
    """The probability that a text beaten by `rank` of `total` - 1 others comes first among
    itself and `choices` - 1 of them drawn at random: a hypergeometric with no hit."""
    others, drawn = total - 1, choices - 1
    if drawn > others - rank:
        return 0.0
    return math.exp(_log_choose(others - rank, drawn) - _log_choose(others, drawn))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def among(prefix: str, rank: Sequence[int], total: int, *kinds: str) -> dict[str, Figure]:
    """Figures PREFIX_KIND of ranks among `total` texts. The kinds top1 and top5 are shares of
    hits, of100 and of10 means of the chance to come first among so many texts."""
    measures: dict[str, Callable[[], Figure]] = {
        "top1": lambda: Figure.of_hits([r < 1 for r in rank]),
        "top5": lambda: Figure.of_hits([r < 5 for r in rank]),
        "of100": lambda: Figure.of_shares([chance_among(r, total, 100) for r in rank]),
        "of10": lambda: Figure.of_shares([chance_among(r, total, 10) for r in rank]),
    }
    return {f"{prefix}_{kind}": measures[kind]() for kind in kinds}
