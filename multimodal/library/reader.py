"""Searching a library: the index for most pictures, an exact comparison for the newest."""

from __future__ import annotations

from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import numpy as np
from torch import Tensor

from multimodal.errors import GalleryError
from multimodal.gallery import Hit, Item
from multimodal.library.store import Head, Store, as_floats
from multimodal.library.vectors import VectorIndex

#: Candidates taken from the index for each hit wanted; the exact cosine then ranks them.
OVERFETCH, LEAST_FETCH = 4, 64


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

    def search(self, query: Tensor, top_k: int) -> list[Hit]:
        """The pictures nearest to a unit-norm query (d,), best first.

        A score is the exact cosine with the stored vector, whatever found it. Raises GalleryError
        for an empty library.
        """
        wanted = query.detach().cpu().float().numpy()
        with self._lock, self._store.reported(), self._store.transaction("DEFERRED"):
            head = self._store.head()
            if head.dim and wanted.shape != (head.dim,):
                raise GalleryError(
                    f"The query has the shape {wanted.shape} and the vectors of {self.folder} "
                    f"have ({head.dim},); use the CLIP that made the library."
                )
            self._catch_up(head)
            parts = [part for part in (self._index, self._rest) if part]
            total, effort = sum(map(len, parts)), 1
            while True:
                fetch = effort * max(OVERFETCH * top_k, LEAST_FETCH)
                near = sorted(p for part in parts for p in part.nearest(wanted, fetch, effort))
                rows = self._store.found([picture for _, picture in near[-fetch:]])
                if len(rows) >= top_k or fetch >= total:
                    break
                effort *= 4  # too few in the cells visited, or files have gone since
        if not rows:
            raise GalleryError(f"The library {self.folder} is empty; index some pictures first.")
        scores = as_floats([vector for _, vector, _, _ in rows]) @ wanted
        hits = []
        for place in np.argsort(-scores, kind="stable")[:top_k]:
            digest, _, path, name = rows[place]
            hits.append(Hit(Item(name, path, digest.hex()), float(scores[place])))
        return hits

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
