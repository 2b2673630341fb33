"""Searching a library: the index for most pictures, an exact comparison for the newest."""

from __future__ import annotations

from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import numpy as np
import torch
from torch import Tensor

from multimodal.errors import GalleryError
from multimodal.files.fingerprint import Fingerprint, alike
from multimodal.search import relevance
from multimodal.search.hits import Hit, Item, RelevanceCut, folded
from multimodal.search.library.schema import Found, Head
from multimodal.search.library.store import Store, as_floats
from multimodal.search.library.vectors import Floats, VectorIndex
from multimodal.search.relevance import Cohort, Sample
from multimodal.settings.jobs import SearchSettings

#: Candidates taken from the index for each hit wanted; the exact cosine then ranks them.
OVERFETCH, LEAST_FETCH = 4, 64
#: Vectors that stand for the whole library when the relevance of a hit is judged.
SAMPLE = 1024


class Library:
    """The pictures of a folder on disk, open for reading; safe to share between threads.

    Any number of readers may search while one writer indexes. Each search sees the library as it
    is at that moment, never half of a change. Files with the same content are one picture.

    Args:
        folder: where the library lies.
        model_id: names the CLIP; a library refuses the queries of another.
        exact: compare every vector, even where the index would skip most of them.

    Raises GalleryError when there is no library, it is damaged or another CLIP made it.
    """

    def __init__(self, folder: Path, model_id: str, exact: bool = False) -> None:
        self.folder, self.exact = folder, exact
        self._store = Store.read(folder, model_id)
        self._lock = RLock()
        self._file = ""  # the index file that _index was read from
        self._index: VectorIndex | None = None
        self._rest: VectorIndex | None = None  # what _index lacks, exact; up to the id _last
        self._last = 0
        self._sample, self._sampled_at = torch.zeros(0, 0), (-1, 0)  # generation, last picture
        self._cohorts: list[tuple[Tensor | None, Tensor, Cohort]] = []

    def __len__(self) -> int:
        with self._lock, self._store.reported():
            return self._store.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._store.close()

    def search(
        self, query: Tensor, settings: SearchSettings, background: Tensor | None = None
    ) -> list[Hit]:
        """The pictures that fit a unit-norm query (d,), nearest first; see `Gallery.search`.

        The nearest are judged with their own vectors, and a sample of the library stands for all
        of it. Raises GalleryError for an empty library.
        """
        wanted = query.detach().cpu().float().numpy()
        with self._lock, self._store.reported(), self._store.transaction("DEFERRED"):
            total, fetch = self._prepared(wanted), settings.top_k
            sample = self._sampled()
            others, cohort = self._cohort_of(sample, background)
            cut = RelevanceCut(query.detach().cpu().float(), others, background is None)
            spread = Sample(sample @ cut.query, cohort)
            while True:
                rows, fetched = self._near(wanted, fetch, total)
                hits, all_pass = _hits(rows, cut, settings, spread, total)
                if len(hits) >= settings.top_k or not all_pass or fetched >= total:
                    return hits
                fetch = 4 * max(fetch, fetched // OVERFETCH)  # so many alike that more may fit

    def nearest(self, query: Tensor, top_k: int) -> list[Hit]:
        """The pictures nearest to a unit-norm query (d,), however far, best first.

        A score is the exact cosine with the stored vector, whatever found it. Raises GalleryError
        for an empty library.
        """
        wanted = query.detach().cpu().float().numpy()
        with self._lock, self._store.reported(), self._store.transaction("DEFERRED"):
            rows, _ = self._near(wanted, top_k, self._prepared(wanted))
        scores = as_floats([row.vector for row in rows]) @ wanted
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [Hit(_item(rows[place]), float(scores[place])) for place in order]

    def _prepared(self, wanted: Floats) -> int:
        """Catch up with the writer; gives how many vectors there are to compare with."""
        head = self._store.head()
        if head.dim and wanted.shape != (head.dim,):
            raise GalleryError(
                "The query has the shape {shape} and the vectors of {folder} have ({dim},); use "
                "the CLIP that made the library.",
                shape=str(wanted.shape),
                folder=self.folder,
                dim=head.dim,
            )
        self._catch_up(head)
        total = sum(len(part) for part in (self._index, self._rest) if part)
        if not total:
            raise self._empty()
        return total

    def _empty(self) -> GalleryError:
        return GalleryError(
            "The library {folder} is empty; index some pictures first.", folder=self.folder
        )

    def _near(self, wanted: Floats, top_k: int, total: int) -> tuple[list[Found], int]:
        """At least the `top_k` nearest pictures that a file holds, and how many were looked at."""
        parts, effort = [part for part in (self._index, self._rest) if part], 1
        while True:
            fetch = effort * max(OVERFETCH * top_k, LEAST_FETCH)
            near = sorted(p for part in parts for p in part.nearest(wanted, fetch, effort))
            rows = self._store.found([picture for _, picture in near[-fetch:]])
            if len(rows) >= top_k or fetch >= total:
                break
            effort *= 4  # too few in the cells visited, or files have gone since
        if not rows:
            raise self._empty()
        return rows, fetch

    def _sampled(self) -> Tensor:
        """The sample of the library's vectors (s, d), taken anew when it has grown by a tenth."""
        head, last = self._store.head(), self._store.last_picture()
        generation, size = self._sampled_at
        if head.generation != generation or last > (size if size < SAMPLE else 1.1 * size):
            self._sample = torch.from_numpy(self._store.sample(SAMPLE))
            self._sampled_at, self._cohorts = (head.generation, last), []
        return self._sample

    def _cohort_of(self, sample: Tensor, background: Tensor | None) -> tuple[Tensor, Cohort]:
        """What a query is held against (m, d), and what the sample is like under it; the last two
        are kept, for making them takes longer than a search."""
        for given, others, cohort in self._cohorts:
            if given is background:
                return others, cohort
        others = relevance.picture_cohort(sample) if background is None else background
        cohort = Cohort.of(sample @ others.T, robust=background is None)
        self._cohorts = [(background, others, cohort), *self._cohorts[:1]]
        return others, cohort

    def paths(self, item: Item) -> list[str]:
        """Every file with the content of this picture, in order."""
        with self._lock, self._store.reported():
            return self._store.paths(bytes.fromhex(item.digest))

    def _catch_up(self, head: Head) -> None:
        """Load a newer index, and after it the vectors that it lacks."""
        name = "" if self.exact and head.trained_on else head.index_file
        if name != self._file or self._rest is None:
            self._file, self._last = name, 0
            self._rest = VectorIndex.flat(head.dim)
            self._index = VectorIndex.load(self.folder / name, head.index_bytes) if name else None
            if self._index:
                self._last = head.covered
        for ids, vectors in self._store.vectors(after=self._last):
            self._rest.add(ids, vectors)
            self._last = ids[-1]


def _hits(
    rows: list[Found], cut: RelevanceCut, settings: SearchSettings, sample: Sample, total: int
) -> tuple[list[Hit], bool]:
    """The hits among the nearest pictures, and whether the farthest of those fits, too."""
    features = torch.from_numpy(as_floats([row.vector for row in rows]))
    found = cut.of(features, settings, sample, total)
    hits = found.hits([_item(row) for row in rows])
    prints = [rows[place].fingerprint for place in found.rows]
    pairs = _alike(hits, prints, features[found.rows]) if settings.group_alike else []
    return folded(hits, pairs, found.most), found.all_pass


def _item(row: Found) -> Item:
    return Item(row.name, row.path, row.digest.hex())


def _alike(hits: list[Hit], prints: list[bytes | None], features: Tensor) -> list[tuple[str, str]]:
    """Which hits are near-duplicates, as pairs of ids; those without a fingerprint are none."""
    known = [place for place, one in enumerate(prints) if one]
    own = [Fingerprint.from_bytes(one) for one in prints if one]
    features = features[known]
    ids = [hits[place].item.id for place in known]
    return [(ids[a], ids[b]) for a, b in alike(own, features, own, features) if a < b]
