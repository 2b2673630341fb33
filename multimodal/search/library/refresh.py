"""Keeping a library's index in step with its database."""

from __future__ import annotations

import random

from multimodal.search.library.store import Store
from multimodal.search.library.vectors import FLAT_UP_TO, SAMPLE_PER_CELL, VectorIndex, num_cells

#: Pictures that may be missing from the index while a run goes on, at least and as a share.
LAG, LAG_SHARE = 20_000, 0.1
#: The cells are learned anew when the library has grown this much since.
RETRAIN_AT = 2

ORPHANS = """
SELECT id FROM pictures WHERE NOT EXISTS (SELECT 1 FROM files WHERE picture = pictures.id)
"""


def lags_far_behind(store: Store) -> bool:
    """Whether readers have so much to compare one by one that a new index is worth its while."""
    last = store.last_picture()
    return bool(last - store.head().covered > max(LAG, LAG_SHARE * last))


def refresh(store: Store, drop_orphans: bool) -> None:
    """Write an index of all pictures, if the one there is not up to date.

    With `drop_orphans`, pictures that no file holds any more leave the library. A reader sees the
    old index or the new one, each with the database that it belongs to; the new file has a name of
    its own and counts once the database names it.
    """
    head = store.head()
    gone = [row[0] for row in store.sql.execute(ORPHANS)] if drop_orphans else []
    count, last = store.sql.execute("SELECT count(*), max(id) FROM pictures").fetchone()
    count, last = count - len(gone), max(last or 0, head.covered)
    present = (store.folder / head.index_file).is_file() if head.index_file else not last
    if not gone and last == head.covered and present:
        return
    index, trained_on = None, head.trained_on
    if count <= FLAT_UP_TO:
        index, trained_on = _all_of(store, VectorIndex.flat(head.dim), gone), 0
    elif trained_on and count <= RETRAIN_AT * trained_on:
        index = VectorIndex.load(store.folder / head.index_file, head.index_bytes)
        if index:
            index.remove(gone)
            index = _all_of(store, index, gone, after=head.covered)
    if index is None:
        index, trained_on = _all_of(store, _learned(store, count), gone), count
    generation = head.generation + 1
    name = f"{'cells' if trained_on else 'flat'}-{generation}.faiss"
    num_bytes = index.save(store.folder / name)
    with store.transaction():
        store.sql.executemany("DELETE FROM pictures WHERE id = ?", ((one,) for one in gone))
        store.sql.execute(
            "UPDATE library SET index_file = ?, index_bytes = ?, covered = ?, trained_on = ?, "
            "generation = ?",
            (name, num_bytes, last, trained_on, generation),
        )
    for old in [*store.folder.glob("*.faiss"), *store.folder.glob("*.part")]:
        if old.name != name:
            try:
                old.unlink()
            except OSError:  # Windows keeps what a reader has open; the next run tries again
                continue


def _all_of(store: Store, index: VectorIndex, gone: list[int], after: int = 0) -> VectorIndex:
    for ids, vectors in store.vectors(after):
        index.add(ids, vectors)
    index.remove(one for one in gone if one > after)
    return index


def _learned(store: Store, count: int) -> VectorIndex:
    """Cells for `count` pictures, learned from a sample of them."""
    cells = num_cells(count)
    ids = [row[0] for row in store.sql.execute("SELECT id FROM pictures")]
    sample = random.Random(0).sample(ids, min(len(ids), SAMPLE_PER_CELL * cells))
    return VectorIndex.cells(store.vectors_of(sorted(sample)), cells)
