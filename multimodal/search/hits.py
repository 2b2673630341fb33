"""What a search finds: pictures with their scores, near-duplicates folded into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from multimodal.files.fingerprint import groups
from multimodal.search import relevance
from multimodal.settings.jobs import SearchSettings

NEAREST = 8  # pictures shown when nothing fits


@dataclass(frozen=True)
class Item:
    """One indexed picture. `path` tells files apart; `digest` is the sha256 of the content.

    `thumbnail` is a small JPEG: 5,000 decoded ones would take 700 MB instead of 60.
    """

    name: str
    path: str
    digest: str
    thumbnail: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """Names the picture in its gallery; the same content has the same id everywhere."""
        return self.digest[:16]


@dataclass(frozen=True)
class Hit:
    """A found picture.

    `score` is its cosine with the query, in [-1, 1]; `fit` says in standard deviations how far it
    stands out (see `relevance`), and `relevant` whether that is enough. `alike` are its
    near-duplicates, left out of the list.
    """

    item: Item
    score: float
    fit: float = 0.0
    relevant: bool = True
    alike: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Cut:
    """Which of some pictures a search shows: their `rows`, nearest first, at most `most` of them.

    When none is relevant, the few nearest are shown and `relevant` is False. `all_pass` says that
    even the farthest fits, so that there may be more.
    """

    rows: list[int]
    most: int
    relevant: bool
    all_pass: bool
    cosine: Tensor  # (n,) with the query
    fit: Tensor  # (n,) see `relevance`

    def hits(self, items: Sequence[Item]) -> list[Hit]:
        """The rows as hits; `items` are all n pictures."""
        return [
            Hit(items[row], float(self.cosine[row]), float(self.fit[row]), self.relevant)
            for row in self.rows
        ]


@dataclass(frozen=True)
class RelevanceCut:
    """Says which pictures fit a unit-norm query (d,), held against others (m, d).

    `of_picture` says that the query has a picture in it, so that the others are pictures, too.
    """

    query: Tensor
    others: Tensor
    of_picture: bool

    def of(
        self,
        features: Tensor,
        settings: SearchSettings,
        sample: relevance.Sample | None = None,
        total: int | None = None,
    ) -> Cut:
        """Of pictures with unit-norm features (n, d), all of a gallery or the nearest of `total`,
        for which a `sample` stands."""
        cosine = features @ self.query
        fit = relevance.fit(cosine, features @ self.others.T, self.of_picture, sample)
        rate = relevance.PICTURE_RATE if self.of_picture else relevance.TEXT_RATE
        passes = relevance.relevant(fit, rate, settings.strictness, total)
        order = cosine.argsort(descending=True, stable=True)
        chosen = order[passes[order]]
        if len(chosen):
            all_pass = bool(passes[order[-1]])
            return Cut(chosen.tolist(), settings.top_k, True, all_pass, cosine, fit)
        most = min(NEAREST, settings.top_k)
        return Cut(order.tolist(), most, False, False, cosine, fit)


def folded(hits: Sequence[Hit], pairs: Iterable[tuple[str, str]], most: int) -> list[Hit]:
    """The first `most` hits, each with those that are alike (pairs of ids) inside it."""
    by_id = {hit.item.id: hit.item for hit in hits} if pairs else {}
    same = groups(by_id, pairs)
    kept: list[Hit] = []
    seen: set[str] = set()
    for hit in hits:
        if hit.item.id in seen:
            continue
        if len(kept) == most:
            break
        group = same.get(hit.item.id, [])
        seen.update(group)
        rest = tuple(by_id[other] for other in group if other != hit.item.id)
        kept.append(replace(hit, alike=rest))
    return kept
