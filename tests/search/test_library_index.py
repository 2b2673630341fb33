"""The index of a large library: it grows and shrinks, and finds what an exact search finds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from multimodal.search.library import refresh
from multimodal.search.library.reader import Library
from multimodal.search.library.store import Store
from multimodal.search.library.vectors import VectorIndex

ROOT = Path(__file__).resolve().parents[2]


def clustered(num: int, dim: int = 32, seed: int = 0) -> np.ndarray:
    """Unit vectors (num, dim) around 40 centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, dim))
    vectors = centres[rng.integers(0, 40, num)] + 0.4 * rng.standard_normal((num, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def put(store: Store, vectors: np.ndarray, start: int = 0) -> None:
    with store.transaction():
        store.sql.execute("UPDATE library SET dim = ?", (vectors.shape[1],))
        for number, vector in enumerate(vectors, start):
            picture = store.add_picture(number.to_bytes(32, "big"), vector)
            store.put_file(f"/{number}.png", f"{number}.png", "", picture)


def recall(library: Path, queries: np.ndarray, vectors: np.ndarray, gone: set[int]) -> float:
    """Recall@10 of a library of vectors whose numbers are the names of their files."""
    found = 0
    with Library(library, "model") as opened:
        for query in queries:
            scores = vectors @ query
            scores[list(gone)] = -2
            best = set(np.argsort(-scores)[:10].tolist())
            hits = opened.nearest(torch.from_numpy(query), 10)
            numbers = {int(Path(hit.item.name).stem) for hit in hits}
            assert len(numbers) == 10 and not numbers & gone
            found += len(best & numbers)
    return found / (10 * len(queries))


def test_a_large_library_grows_shrinks_and_finds_what_an_exact_search_finds(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "FLAT_UP_TO", 1000)
    library.mkdir()
    vectors = clustered(6000)
    queries = vectors[::200] + 0.02 * clustered(30, seed=1)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    store = Store.write(library, "model")
    put(store, vectors[:2500])
    refresh.refresh(store, drop_orphans=True)
    first = store.head()
    assert first.trained_on == 2500 and first.index_file.startswith("cells-")
    assert recall(library, queries, vectors[:2500], set()) >= 0.95
    put(store, vectors[2500:4000], 2500)
    assert recall(library, queries, vectors[:4000], set()) >= 0.95  # not in the index yet
    gone = set(range(100, 4000, 7))
    with store.transaction():
        for number in gone:
            store.sql.execute("DELETE FROM files WHERE path = ?", (f"/{number}.png",))
    assert recall(library, queries, vectors[:4000], gone) >= 0.95
    refresh.refresh(store, drop_orphans=True)
    grown = store.head()
    assert grown.trained_on == 2500 and grown.index_file != first.index_file
    assert grown.covered == 4000
    index = VectorIndex.load(library / grown.index_file, grown.index_bytes)
    assert index is not None and len(index) == 4000 - len(gone) == store.count()
    assert recall(library, queries, vectors[:4000], gone) >= 0.95
    put(store, vectors[4000:], 4000)
    refresh.refresh(store, drop_orphans=True)
    assert store.head().trained_on == 6000 - len(gone)  # learned anew
    assert recall(library, queries, vectors, gone) >= 0.95
    refresh.refresh(store, drop_orphans=True)
    assert store.head().generation == 3  # nothing to do
    store.close()
    with Library(library, "model", exact=True) as opened:
        hit = opened.nearest(torch.from_numpy(vectors[5]), 1)[0]
        assert hit.item.name == "5.png" and hit.score == pytest.approx(1, abs=1e-3)
        assert opened._index is None  # all of it compared


def test_a_long_run_writes_an_index_on_its_way(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.mkdir()
    store = Store.write(library, "model")
    put(store, clustered(50))
    assert not refresh.lags_far_behind(store)
    monkeypatch.setattr(refresh, "LAG", 20)
    assert refresh.lags_far_behind(store)
    refresh.refresh(store, drop_orphans=False)
    assert not refresh.lags_far_behind(store)
    store.close()


@pytest.mark.parametrize(
    "imports",
    [
        "import torch, multimodal.lab; assert 'faiss' not in sys.modules; import faiss",
        "import faiss, torch",
    ],
)
def test_the_lab_loads_no_faiss_and_faiss_and_torch_work_in_one_process(imports: str) -> None:
    script = """
import sys
IMPORTS
import numpy as np
vectors = np.random.default_rng(0).standard_normal((4000, 64), dtype=np.float32)
for _ in range(3):
    cells = faiss.IndexIVFFlat(faiss.IndexFlatIP(64), 64, 32)
    cells.train(vectors)
    cells.add(vectors)
    torch.randn(300, 300) @ torch.randn(300, 300)
    cells.search(vectors[:50], 5)
    torch.nn.Conv2d(3, 8, 3)(torch.randn(2, 3, 64, 64)).sum().backward()
"""
    command = [sys.executable, "-c", script.replace("IMPORTS", imports)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
