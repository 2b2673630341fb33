"""Searching a library: only what fits, near-duplicates as one, libraries of older versions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import drawing
from PIL import Image

from multimodal.errors import GalleryError
from multimodal.files.fingerprint import Fingerprint
from multimodal.lab import Lab
from multimodal.search.gallery import Gallery
from multimodal.search.hits import NEAREST, Item
from multimodal.search.library import reader, refresh
from multimodal.search.library.reader import Library
from multimodal.search.library.schema import FORMAT
from multimodal.search.library.store import DATABASE, Store
from multimodal.settings.jobs import SearchSettings

COLOURS = ("red", "green", "blue", "yellow", "black", "purple", "orange", "teal", "magenta", "cyan")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten discs."""
    folder = tmp_path / "discs"
    folder.mkdir()
    for colour in COLOURS:
        drawing(colour).save(folder / f"{colour}.png")
    return folder


def index(lab: Lab, library: Path, folder: Path) -> dict[str, int]:
    *_, end = lab.index_library(library, [folder])
    assert end.complete
    return {name: getattr(end, name) for name in ("indexed", "unchanged") if getattr(end, name)}


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("strictness", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("query", ["a red apple", drawing("blue")], ids=["words", "picture"])
def test_a_small_library_gives_the_hits_of_a_gallery(
    tiny_lab: Lab, folder: Path, library: Path, query: str | Image.Image, strictness: float
) -> None:
    index(tiny_lab, library, folder)
    settings = SearchSettings(strictness=strictness)
    expected = tiny_lab.search(tiny_lab.index([folder]), query, settings)
    with tiny_lab.open_library(library) as opened:
        for _ in range(2):  # the second time from what is kept
            hits = tiny_lab.search(opened, query, settings)
            assert len(hits) == len(expected)
            assert {hit.relevant for hit in hits} == {hit.relevant for hit in expected}
            fits = {hit.item.path: hit.fit for hit in expected}
            for hit in hits:
                if strictness < 2:  # of those that do not fit, two may change places
                    assert hit.fit == pytest.approx(fits[hit.item.path], abs=0.15)
    assert strictness < 2 or len(hits) <= NEAREST


@pytest.fixture
def planted(library: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Gallery, np.ndarray]:
    """4,000 vectors in cells, 30 of them near to the query; the same as a gallery; the query."""
    monkeypatch.setattr(refresh, "FLAT_UP_TO", 1000)
    rng = np.random.default_rng(0)
    query = unit(rng.standard_normal(64))
    vectors = rng.standard_normal((4000, 64)) + 1.0  # a common direction, as pictures have
    vectors = unit(vectors)
    vectors[::134] = unit(vectors[::134] + 0.8 * query)
    library.mkdir()
    store = Store.write(library, "model")
    with store.transaction():
        store.sql.execute("UPDATE library SET dim = 64")
        for number, vector in enumerate(vectors):
            picture = store.add_picture(number.to_bytes(32, "big"), vector)
            store.put_file(f"/{number}.png", f"{number}.png", "", picture)
    refresh.refresh(store, drop_orphans=True)
    store.close()
    gallery = Gallery("model")
    gallery.items = [Item(f"{n}.png", f"/{n}.png", f"{n:064x}") for n in range(4000)]
    gallery.features = torch.from_numpy(vectors)
    return library, gallery, query


def test_a_large_library_judges_like_a_gallery(planted: tuple[Path, Gallery, np.ndarray]) -> None:
    library, gallery, query = planted
    rng = np.random.default_rng(1)
    background = torch.from_numpy(unit(rng.standard_normal((100, 64))))
    settings = SearchSettings(top_k=100)
    wanted = torch.from_numpy(query)
    with Library(library, "model") as opened:
        hits = opened.search(wanted, settings, background)
        expected = gallery.search(wanted, settings, background)
        assert expected[0].relevant and hits[0].relevant
        ours, theirs = ({hit.item.path for hit in found} for found in (hits, expected))
        assert len(ours & theirs) >= 0.9 * len(ours | theirs)
        assert hits[0].fit == pytest.approx(expected[0].fit, abs=0.3)
        nothing = torch.from_numpy(unit(rng.standard_normal(64)))
        hits = opened.search(nothing, settings, background)
        assert len(hits) == NEAREST and not any(hit.relevant for hit in hits)
        every = opened.search(nothing, SearchSettings(top_k=100, strictness=0), background)
        assert len(every) == 100 and all(hit.relevant for hit in every)
        assert [hit.item for hit in hits] == [hit.item for hit in every][:NEAREST]
        assert [hit.item for hit in every] == [h.item for h in opened.nearest(nothing, 100)]


def test_the_sample_follows_a_growing_library(
    tiny_lab: Lab, folder: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "SAMPLE", 4)
    index(tiny_lab, library, folder)
    with tiny_lab.open_library(library) as opened:
        assert tiny_lab.search(opened, "a red apple")
        first = opened._sample
        assert tiny_lab.search(opened, "a blue car") and opened._sample is first
        assert len(first) == 4
        for shade in range(5):
            drawing(f"#{shade}{shade}8040").save(folder / f"{shade}.png")
        index(tiny_lab, library, folder)
        assert tiny_lab.search(opened, "a red apple") and opened._sample is not first


def test_near_duplicates_are_one_hit(tiny_lab: Lab, folder: Path, library: Path) -> None:
    drawing("red", 192).save(folder / "again.jpg", quality=70)
    index(tiny_lab, library, folder)
    settings = SearchSettings(strictness=0)
    with tiny_lab.open_library(library) as opened:
        hits = tiny_lab.search(opened, drawing("red"), settings)
        assert len(hits) == 10
        alike = {Path(item.path).name for item in (hits[0].item, *hits[0].alike)}
        assert alike == {"red.png", "again.jpg"}
        apart = tiny_lab.search(opened, drawing("red"), SearchSettings(10, 0, group_alike=False))
        assert len(apart) == 10 and not any(hit.alike for hit in apart)


def test_so_many_alike_that_more_have_to_be_looked_at(
    tiny_lab: Lab, folder: Path, library: Path
) -> None:
    for quality in range(20, 95):
        drawing("red", 192).save(folder / f"{quality}.jpg", quality=quality)
    index(tiny_lab, library, folder)
    with tiny_lab.open_library(library) as opened:
        hits = tiny_lab.search(opened, drawing("red"), SearchSettings(top_k=4, strictness=0))
    assert len(hits) == 4 and sum(len(hit.alike) for hit in hits) >= 70


def downgrade(library: Path) -> None:
    """Make of a library what version 1 of the format was."""
    with closing(sqlite3.connect(library / DATABASE)) as database:
        database.execute("ALTER TABLE pictures DROP COLUMN print")
        database.execute("UPDATE library SET format = 1")
        database.commit()


def prints(library: Path) -> list[bytes | None]:
    with closing(sqlite3.connect(library / DATABASE)) as database:
        return [row[0] for row in database.execute("SELECT print FROM pictures")]


def test_an_older_library_is_read_as_it_is_and_migrated_by_the_next_run(
    tiny_lab: Lab, folder: Path, library: Path
) -> None:
    drawing("red", 192).save(folder / "again.jpg", quality=70)
    index(tiny_lab, library, folder)
    downgrade(library)
    settings = SearchSettings(strictness=0)
    with tiny_lab.open_library(library) as opened:
        assert len(tiny_lab.search(opened, drawing("red"), settings)) == 11  # nothing to group by
        assert index(tiny_lab, library, folder) == {"unchanged": 11}  # read again, not embedded
        assert len(tiny_lab.search(opened, drawing("red"), settings)) == 10
    known = prints(library)
    assert len(known) == 11 and all(known)
    with Store.read(library, tiny_lab.models.clip_id).reported():
        assert Fingerprint.from_bytes(known[0] or b"").to_bytes() == known[0]


def test_a_newer_format_is_refused(tiny_lab: Lab, folder: Path, library: Path) -> None:
    index(tiny_lab, library, folder)
    with closing(sqlite3.connect(library / DATABASE)) as database:
        database.execute("UPDATE library SET format = ?", (FORMAT + 1,))
        database.commit()
    with pytest.raises(GalleryError, match=f"has format {FORMAT + 1}"):
        tiny_lab.open_library(library)
    with pytest.raises(GalleryError, match="index the pictures anew"):
        index(tiny_lab, library, folder)
