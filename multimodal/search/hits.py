"""What a search finds: pictures with their scores, near-duplicates folded into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from multimodal.files.fingerprint import groups

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
