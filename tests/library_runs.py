"""What the tests of libraries on disk share: a run to its end, and what is found after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from multimodal.lab import Lab
from multimodal.search.library.progress import Update
from multimodal.settings.jobs import SearchSettings

EVERYTHING = SearchSettings(top_k=1000, strictness=0, group_alike=False)


def index(lab: Lab, library: Path, *sources: Path) -> Update:
    *_, end = lab.index_library(library, sources)
    return end


def names(lab: Lab, library: Path, query: Image.Image, top_k: int = 1000) -> list[str]:
    with lab.open_library(library) as opened:
        return [Path(h.item.path).name for h in lab.search(opened, query, SearchSettings(top_k, 0))]


def counts(end: Update) -> dict[str, int]:
    found = ("indexed", "unchanged", "changed", "copies", "moved", "deleted")
    return {name: getattr(end, name) for name in found if getattr(end, name)}


def noise(path: Path, seed: int, side: int = 200) -> None:
    """A picture of its own that takes a moment to decode."""
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, compress_level=1)
