"""Batches of training pictures, mixed from artwork and photographs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from multimodal.live_training.augment import Augmentation, augment_artwork, augment_photos
from training.data.artwork import STYLES, Artwork, load_artwork
from training.data.concepts import load_concepts
from training.data.photos import Photos, load_photos


@dataclass
class Pictures:
    """Everything a recipe may train on; the held-out style and photos are not in it."""

    artwork: list[Artwork]
    mirrors: np.ndarray  # (num_concepts,) bool
    photos: Photos | None
    photo_rows: np.ndarray  # rows of `photos` that may be trained on
    held: tuple[Tensor, Tensor] | None = None  # all artwork and photos, on the device of a run

    @classmethod
    def load(cls, photos: str, styles: Collection[str] = STYLES) -> Pictures:
        """The artwork of some styles, and the photos of a class-named folder ("" for none)."""
        concepts, found = load_concepts(), load_photos(Path(photos)) if photos else None
        rows = np.array([], dtype=int)
        if found is not None:
            rows = np.flatnonzero(~found.validation)
        return cls(
            [load_artwork(style) for style in styles],
            np.array([concept.mirrors for concept in concepts]),
            found,
            rows,
        )

    def near(self, device: torch.device) -> None:
        """`hold` where a run computes on a device of its own; a CPU reads them from their files."""
        if device.type != "cpu":
            self.hold(device)

    def hold(self, device: torch.device) -> None:
        """Keep every picture in a device's memory from here on (1.5 GB), and draw there."""
        artwork = torch.cat([_copied(art.pixels).to(device) for art in self.artwork])
        photos = _copied(self.photos.pixels if self.photos else np.empty((0, 1, 1, 3), "u1"))
        self.held = artwork, photos.to(device)

    @cached_property
    def _starts(self) -> np.ndarray:
        """Where each style's artwork begins among all of it, and where the last one ends."""
        return np.cumsum([0, *(len(art.concept_ids) for art in self.artwork)])

    def artwork_rows(self, n: int, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray]:
        """n draws: style index and row within it, every picture equally likely."""
        flat = torch.randint(int(self._starts[-1]), (n,), generator=generator).numpy()
        style = np.searchsorted(self._starts[1:], flat, side="right")
        return style, flat - self._starts[style]

    def draw_artwork(
        self, n: int, size: int, options: Augmentation, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """pixels (n, 3, size, size), concept ids, style ids, background ids, each (n,)."""
        style, row = self.artwork_rows(n, generator)
        if self.held is None:
            found = [self.artwork[s].pixels[r] for s, r in zip(style, row, strict=True)]
            raw = torch.from_numpy(np.stack(found))
        else:
            raw = _rows(self.held[0], self._starts[style] + row)
        ids = np.array(
            [self.artwork[s].concept_ids[r] for s, r in zip(style, row, strict=True)], dtype=int
        )
        rgba = raw.permute(0, 3, 1, 2).float().div_(255)
        mirrors = torch.from_numpy(self.mirrors[ids])
        pixels, backgrounds = augment_artwork(rgba, size, options, generator, mirrors)
        return pixels, torch.from_numpy(ids), torch.from_numpy(style), backgrounds

    def draw_photos(
        self, n: int, size: int, colour: float, generator: torch.Generator, still: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """pixels (n, 3, size, size) and the rows of `photos` that they show, (n,)."""
        assert self.photos is not None, "no photos were given"
        pick = torch.randint(len(self.photo_rows), (n,), generator=generator).numpy()
        rows = self.photo_rows[pick]
        if self.held is None:
            raw = torch.from_numpy(np.stack([self.photos.pixels[row] for row in rows]))
        else:
            raw = _rows(self.held[1], rows)
        rgb = raw.permute(0, 3, 1, 2).float().div_(255)
        return augment_photos(rgb, size, colour, generator, still), torch.from_numpy(rows)


def _copied(pixels: np.ndarray) -> Tensor:
    """Pictures that are mapped from a file, read into memory."""
    return torch.from_numpy(np.array(pixels))


def _rows(pictures: Tensor, rows: np.ndarray) -> Tensor:
    return pictures[torch.from_numpy(rows).to(pictures.device)]
