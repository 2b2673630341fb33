"""Galleries: index pictures once, find them by words, by pictures or by sums of both.

The search is an exact matrix product over unit-norm features, so a score is a cosine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import compress, islice
from threading import Event, RLock

import torch
from torch import Tensor

from multimodal.errors import GalleryError, Message
from multimodal.files.fingerprint import Fingerprint, alike
from multimodal.files.prefetch import BATCH, Broken, Read, read, read_ahead, reading_threads
from multimodal.files.sources import Skipped, Source, count_files, pictures_in
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_pixels
from multimodal.search import relevance
from multimodal.search.hits import Hit, Item, RelevanceCut, folded
from multimodal.settings.jobs import SearchSettings
from multimodal.settings.limits import Limits

THUMBNAIL = 256


@dataclass(frozen=True)
class PendingItem:
    """A picture on its way into a gallery."""

    item: Item
    pixels: Tensor  # (1, 3, s, s)
    fingerprint: Fingerprint


@dataclass(frozen=True)
class Indexing:
    """How far indexing has come: files looked at of about `total`, pictures added, files left
    out and why."""

    done: int
    indexed: int
    skipped: tuple[Skipped, ...]
    seconds: float
    total: int = 0

    @property
    def pictures_per_second(self) -> float:
        """Pictures added a second so far."""
        return self.indexed / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all files are looked at, at the speed so far; None before the first."""
        if not self.done:
            return None
        return self.seconds / self.done * max(self.total - self.done, 0)


class Gallery:
    """Pictures and their features, all of one CLIP; safe to add to, search and remove from at
    the same time.

    Args:
        model_id: names the CLIP; a gallery refuses the vectors and queries of another.
        limits: how many pictures it may hold.
    """

    def __init__(self, model_id: str, limits: Limits | None = None) -> None:
        self.model_id = model_id
        self.limits = limits or Limits.local()
        self.items: list[Item] = []
        self.features = torch.zeros(0, 0)  # (n, d), unit norm
        self._fingerprints: list[Fingerprint] = []
        self._alike: list[tuple[str, str]] = []  # ids of near-duplicates
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self.items)

    def add(
        self,
        sources: Iterable[str | os.PathLike[str]],
        clip: CLIP,
        *,
        device: torch.device,
        lock: AbstractContextManager[object],
        stop: Event | None = None,
        keep_thumbnails: bool = True,
    ) -> Iterator[Indexing]:
        """Index files, folders and zips; yields after each batch and at the end.

        A picture whose content is already here is left out, and so is a file that cannot be
        read; both are named in `skipped`. Stopping keeps what is indexed.
        """
        stop, sources = stop or Event(), list(sources)
        began = time.monotonic()
        total = count_files(sources)
        skipped: list[Skipped] = []
        done = indexed = 0

        def so_far() -> Indexing:
            seconds = time.monotonic() - began
            return Indexing(done, indexed, tuple(skipped), seconds, max(total, done))

        def prepared(source: Source) -> Read | Broken:
            side = THUMBNAIL if keep_thumbnails else 0
            return read(source, clip.image_size, self.limits.max_megapixels, thumbnail=side)

        with reading_threads() as pool:
            found = pictures_in(sources, self.limits)
            entries = read_ahead(pool, found, _source_of, prepared, stop)
            while not stop.is_set():
                batch = list(islice(entries, BATCH))
                if not batch:
                    break
                done += len(batch)
                results = [_taken(*one) for one in batch]
                skipped += [one for one in results if isinstance(one, Skipped)]
                fresh = [one for one in results if isinstance(one, PendingItem)]
                fresh, refused = self._without_doubles(fresh)
                skipped += refused
                if fresh:
                    pixels = torch.cat([one.pixels for one in fresh])
                    with lock:
                        features = encode_pixels(clip, pixels, device)
                    refused = self._append(fresh, features.cpu())
                    skipped += refused
                    indexed += len(fresh) - len(refused)
                yield so_far()
        yield so_far()

    def search(
        self, query: Tensor, settings: SearchSettings, background: Tensor | None = None
    ) -> list[Hit]:
        """The pictures that fit a unit-norm query (d,), nearest first.

        When none is relevant, the few nearest are given, marked as not relevant. `background`
        (m, d) is the cohort of a query of words (see `relevance`); without it other pictures of
        the gallery are. Raises GalleryError when the gallery is empty.
        """
        with self._lock:  # neither is changed in place, so what is read here stays whole
            items, features, pairs = self.items, self.features, self._alike
        if not items:
            raise GalleryError("The gallery is empty; add pictures first.")
        of_picture = background is None
        others = relevance.picture_cohort(features) if background is None else background
        cut = RelevanceCut(query.cpu(), others, of_picture).of(features, settings)
        return folded(cut.hits(items), pairs if settings.group_alike else [], cut.most)

    def find(self, item_id: str) -> tuple[Item, Tensor]:
        """A picture and its unit-norm features (d,). Raises GalleryError when it is not here."""
        with self._lock:
            for item, features in zip(self.items, self.features, strict=True):
                if item.id == item_id:
                    return item, features
        raise GalleryError("That picture is no longer in the gallery; search again.")

    def remove(self, names: Collection[str]) -> int:
        """Take out the pictures with these ids or paths; gives how many there were."""
        gone = set(names)
        with self._lock:
            keep = [i.id not in gone and i.path not in gone for i in self.items]
            removed = keep.count(False)
            if removed:
                self.items = list(compress(self.items, keep))
                self._fingerprints = list(compress(self._fingerprints, keep))
                self.features = self.features[torch.tensor(keep)]
                ids = {item.id for item in self.items}
                self._alike = [pair for pair in self._alike if ids.issuperset(pair)]
        return removed

    def _without_doubles(
        self, pending: list[PendingItem]
    ) -> tuple[list[PendingItem], list[Skipped]]:
        """What is worth encoding, and what is not; `_append` has the last word."""
        with self._lock:
            refused = self._refused(pending)
        fresh = [one for row, one in enumerate(pending) if row not in refused]
        return fresh, list(refused.values())

    def _refused(self, pending: list[PendingItem]) -> dict[int, Skipped]:
        """The rows of these pictures that the gallery will not take, and why."""
        known = {item.digest for item in self.items}
        refused = {}
        for row, item in enumerate(one.item for one in pending):
            if item.digest in known:
                reason = Message("is already in the gallery")
                refused[row] = Skipped(item.name, reason, item.path)
            elif len(known) >= self.limits.max_pictures:
                limit = self.limits.max_pictures
                reason = Message("is beyond the limit of {limit} pictures", limit=limit)
                refused[row] = Skipped(item.name, reason, item.path)
            else:
                known.add(item.digest)
        return refused

    def _append(self, fresh: list[PendingItem], features: Tensor) -> list[Skipped]:
        """Take pictures with their features (k, d), all but those for which another call of
        `add` was faster; those are given back."""
        with self._lock:
            refused = self._refused(fresh)
            rows = [row for row in range(len(fresh)) if row not in refused]
            new, features = [fresh[row] for row in rows], features[rows]
            first = len(self.items)
            items = self.items + [one.item for one in new]
            prints = self._fingerprints + [one.fingerprint for one in new]
            joined = torch.cat([self.features, features]) if first else features
            pairs = alike(prints[first:], features, prints, joined)
            earlier = [(first + row, other) for row, other in pairs if other < first + row]
            self._alike = self._alike + [(items[a].id, items[b].id) for a, b in earlier]
            self.items, self.features, self._fingerprints = items, joined, prints
        return list(refused.values())


def _source_of(entry: Source | Skipped) -> Source | None:
    return entry if isinstance(entry, Source) else None


def _taken(entry: Source | Skipped, reading: Future[Read | Broken] | None) -> PendingItem | Skipped:
    """What became of a file that was found."""
    if isinstance(entry, Skipped):
        return entry
    assert reading is not None
    result = reading.result()
    if isinstance(result, Broken):
        return Skipped(entry.name, result.reason, entry.path)
    assert result.pixels is not None and result.fingerprint is not None
    item = Item(entry.name, entry.path, result.digest.hex(), result.thumbnail)
    return PendingItem(item, result.pixels, result.fingerprint)
