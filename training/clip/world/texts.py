"""Sentence vectors of every caption of the training pictures, cached.

    python -m training.clip.world.texts --data FOLDER --cache FOLDER

Two encoders read each text: the multilingual sentence encoder (1,000 texts a second and core) and
the small text tower that the artwork's names taught (500).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from multimodal.models.checkpoints import load_clip
from multimodal.models.clip import tokenize
from multimodal.models.presets import WEIGHTS
from multimodal.models.world.heads import Heads
from multimodal.models.world.sentences import WIDTH, SentenceEncoder
from multimodal.models.world.writing import plain_text
from training.clip.world.features import load_backgrounds
from training.data.artwork import ALL_STYLES
from training.data.lexicon import Lexicon
from training.data.packs import Packs, load_packs
from training.data.world_captions import WorldCaptions
from training.loop import autocast, config_from_flags
from training.pictures import Pictures

BATCH, PART = 256, 8192  # texts that are read at once, and between two of which they are kept
Read = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class TextsRecipe:
    """Every choice of a run."""

    data: str = "data"
    cache: str = "runs/world/cache"
    artwork_views: int = 1  # the last view of artwork with captions of its own
    threads: int = 1


class SentenceReader:
    """Texts -> (n, 1408) float16: both encoders' vectors side by side."""

    def __init__(self) -> None:
        self._sentences = SentenceEncoder()
        self._clip = load_clip(WEIGHTS / "clip")

    @torch.no_grad()
    def __call__(self, texts: list[str]) -> np.ndarray:
        """Texts of similar length together."""
        width = WIDTH + self._clip.config.teacher_dim
        out = np.empty((len(texts), width), np.float16)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            part = [plain_text(texts[row]) for row in rows]
            out[rows, :WIDTH] = self._sentences.encode(part)
            ids, mask = tokenize(self._clip.tokenizer, part, self._clip.context_length)
            with autocast(ids.device, transformer=True):
                out[rows, WIDTH:] = self._clip.text_tower(ids, mask).float().numpy()
        return out


def cached_vectors(texts: list[str], cache: Path, make: Callable[[], Read]) -> np.ndarray:
    """Vectors of `texts` in their order, (n, width) float16 mapped from a file; what an earlier
    call read is not read again. `make` gives what reads them."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
    path = cache / f"texts-{digest}.npy"
    if not path.exists():
        known = dict(_known(cache))
        missing = [text for text in texts if text not in known]
        if missing:
            read = make()
            for start in range(0, len(missing), PART):
                part = missing[start : start + PART]
                known.update(zip(part, read(part), strict=True))
        width = len(next(iter(known.values())))
        unfinished = path.with_suffix(".part")
        array = np.lib.format.open_memmap(unfinished, "w+", "float16", (len(texts), width))
        for row, text in enumerate(texts):
            array[row] = known[text]
        array.flush()
        path.with_suffix(".txt").write_text("\n".join(t.replace("\n", " ") for t in texts), "utf-8")
        unfinished.rename(path)
    vectors: np.ndarray = np.load(path, mmap_mode="r")
    return vectors


def _known(cache: Path) -> Iterator[tuple[str, np.ndarray]]:
    """What earlier calls read, text by text."""
    for path in cache.glob("texts-*.npy"):
        rows = np.load(path, mmap_mode="r")
        lines = path.with_suffix(".txt").read_text("utf-8").split("\n")
        if len(lines) == len(rows):
            yield from zip(lines, rows, strict=True)


class TextFeatures:
    """Numbers of texts -> their text_features by the heads that are trained."""

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = torch.from_numpy(np.array(vectors))

    def __call__(self, heads: Heads, numbers: Tensor, noise: float) -> Tensor:
        """(n,) -> (n, d) unit norm."""
        with autocast(numbers.device, transformer=True):
            features: Tensor = heads.text(self._vectors[numbers].float(), noise)
        return features.float()

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Some vectors, (count, width)."""
        rows = torch.randint(len(self._vectors), (count,), generator=generator)
        return self._vectors[rows].float()


def load_captions(
    packs: Packs, pictures: Pictures, data: Path, cache: Path, views: int
) -> WorldCaptions:
    """The captions of all pictures, with the backgrounds that the cached views have."""
    grounds = load_backgrounds(cache, views)
    return WorldCaptions(packs, pictures.artwork, grounds, Lexicon.load(data))


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(TextsRecipe, argv)
    torch.set_num_threads(recipe.threads)
    data, cache = Path(recipe.data), Path(recipe.cache)
    packs, pictures = load_packs(data, cache), Pictures.load("", styles=ALL_STYLES)
    captions = load_captions(packs, pictures, data, cache, recipe.artwork_views)
    cached_vectors(captions.texts, cache, SentenceReader)


if __name__ == "__main__":
    main()
