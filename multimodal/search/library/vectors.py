"""The vector index: FAISS, loaded only once a library is opened.

Two kinds, both by inner product of unit vectors, which is the cosine:

- flat, fp16: every vector is compared, so the search is exact. 2 bytes a dimension.
- IVF-SQ8: the vectors are sorted into about sqrt(n) cells and rounded to 8 bits a dimension;
  the NPROBE cells nearest to the query are compared. Jegou et al. 2011, without its product
  quantiser.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

Floats = npt.NDArray[np.float32]

#: Up to here comparing all vectors takes about as long as anything cleverer.
FLAT_UP_TO = 20_000
#: Cells visited a query.
NPROBE = 16
#: Vectors a cell that the centres are learned from.
SAMPLE_PER_CELL = 48


class VectorIndex:
    """A FAISS index of unit vectors (d,) under the ids of their pictures."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def flat(cls, dim: int) -> VectorIndex:
        """An empty exact index."""
        faiss = _faiss()
        codes = faiss.IndexScalarQuantizer(
            dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        return cls(faiss.IndexIDMap(codes))

    @classmethod
    def cells(cls, sample: Floats, num_cells: int) -> VectorIndex:
        """An empty IVF-SQ8 whose cells are learned from a sample (m, d) of the vectors."""
        faiss = _faiss(torch.get_num_threads())
        dim = sample.shape[1]
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dim),
            dim,
            num_cells,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.min_points_per_centroid = 1  # faiss would warn on stderr; SAMPLE_PER_CELL decides
        index.train(sample)
        return cls(index)

    @classmethod
    def load(cls, path: Path, num_bytes: int) -> VectorIndex | None:
        """Read an index of that size; None where there is none or it is damaged."""
        faiss = _faiss()
        try:
            if path.stat().st_size != num_bytes:
                return None
            return cls(faiss.read_index(str(path)))
        except (OSError, RuntimeError):
            return None

    def save(self, path: Path) -> int:
        """Write the index so that the file is there as a whole or not at all; gives its bytes."""
        faiss = _faiss()
        part = path.with_suffix(".part")
        faiss.write_index(self._index, str(part))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        num_bytes = part.stat().st_size
        os.replace(part, path)
        return num_bytes

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Sequence[int], vectors: Floats) -> None:
        """Add vectors (n, d) under n new ids."""
        _faiss(torch.get_num_threads())
        self._index.add_with_ids(vectors, np.asarray(ids, dtype=np.int64))

    def remove(self, ids: Iterable[int]) -> None:
        """Take vectors out; ids that are not here are ignored."""
        faiss = _faiss()
        gone = np.fromiter(ids, dtype=np.int64)
        if len(gone):
            self._index.remove_ids(faiss.IDSelectorBatch(gone))

    def nearest(self, query: Floats, count: int, effort: int = 1) -> list[tuple[float, int]]:
        """(cosine, id) of up to `count` vectors nearest to a query (d,), best first.

        `effort` multiplies the cells visited, where there are cells.
        """
        faiss = _faiss()
        if not len(self):
            return []
        options = None
        if isinstance(self._index, faiss.IndexIVF):
            options = faiss.SearchParametersIVF()
            options.nprobe = min(NPROBE * effort, self._index.nlist)
        scores, ids = self._index.search(query[None], min(count, len(self)), params=options)
        pairs = zip(scores[0].tolist(), ids[0].tolist(), strict=True)
        return [pair for pair in pairs if pair[1] >= 0]


def num_cells(count: int) -> int:
    """How many cells an index of `count` vectors should have."""
    return max(1, round(math.sqrt(count)))


def _faiss(num_threads: int = 1) -> ModuleType:
    """FAISS, loaded at first use, with this many threads.

    One query gains nothing from a second one. It and torch have an OpenMP each; with torch's own
    number they stay within what the machine or OMP_NUM_THREADS allows.
    """
    import faiss

    faiss.omp_set_num_threads(num_threads)
    return faiss
