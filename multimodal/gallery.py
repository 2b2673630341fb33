"""Galleries: index pictures once, find them by words or by another picture.

The search is an exact matrix product over unit-norm features, so a score is a cosine.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path
from threading import Event

import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from multimodal.errors import GalleryError, ImageError
from multimodal.images import decode
from multimodal.models.clip import CLIP
from multimodal.scoring import encode_images
from multimodal.settings import Limits
from multimodal.sources import Skipped, Source, pictures_in

BATCH = 32
THUMBNAIL = 256
LIBRARY_FILE, FEATURES_FILE = "library.json", "features.safetensors"


@dataclass(frozen=True)
class Item:
    """One indexed picture. `path` tells files apart; `digest` is the sha256 of the content."""

    name: str
    path: str
    digest: str
    thumbnail: Image.Image | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Hit:
    """A found picture; `score` is its cosine with the query, in [-1, 1]."""

    item: Item
    score: float


@dataclass(frozen=True)
class Indexing:
    """How far indexing has come: files looked at, pictures added, files left out and why."""

    done: int
    indexed: int
    skipped: tuple[Skipped, ...]
    seconds: float

    @property
    def pictures_per_second(self) -> float:
        """Pictures added a second so far."""
        return self.indexed / self.seconds if self.seconds > 0 else 0.0


class Gallery:
    """Pictures and their features, all of one CLIP.

    Args:
        model_id: names the CLIP; a gallery refuses the vectors and queries of another.
        limits: how many pictures it may hold.
    """

    def __init__(self, model_id: str, limits: Limits | None = None) -> None:
        self.model_id = model_id
        self.limits = limits or Limits.local()
        self.items: list[Item] = []
        self.features = torch.zeros(0, 0)  # (n, d), unit norm
        self._digests: set[str] = set()

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
        stop = stop or Event()
        began = time.monotonic()
        skipped: list[Skipped] = []
        done = indexed = 0
        draft = max(THUMBNAIL, clip.image_size) if keep_thumbnails else clip.image_size
        with ThreadPoolExecutor(max_workers=2) as pool:
            found = pictures_in(sources, self.limits)
            while not stop.is_set():
                batch = list(islice(found, BATCH))
                if not batch:
                    break
                done += len(batch)
                skipped += [entry for entry in batch if isinstance(entry, Skipped)]
                readable = [entry for entry in batch if isinstance(entry, Source)]
                opened = list(pool.map(self._open, readable, repeat(draft)))
                fresh = [entry for entry in opened if isinstance(entry, tuple)]
                skipped += [entry for entry in opened if isinstance(entry, Skipped)]
                fresh, doubles = self._without_doubles(fresh)
                skipped += doubles
                if fresh:
                    with lock:
                        features = encode_images(clip, [image for _, image in fresh], device)
                    self._append(fresh, features.cpu(), keep_thumbnails)
                    indexed += len(fresh)
                yield Indexing(done, indexed, tuple(skipped), time.monotonic() - began)
        yield Indexing(done, indexed, tuple(skipped), time.monotonic() - began)

    def search(self, query: Tensor, top_k: int) -> list[Hit]:
        """The pictures nearest to a unit-norm query (d,), best first. Raises GalleryError."""
        if not self.items:
            raise GalleryError("The gallery is empty; add pictures first.")
        best = (self.features @ query.cpu()).topk(min(top_k, len(self.items)))
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [Hit(self.items[index], score) for index, score in pairs]

    def save(self, folder: Path) -> None:
        """Write a library; a reader sees the old one or the new one, never a mixture.

        Features and list are one generation: the list names the features file it belongs to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256("".join(item.digest for item in self.items).encode()).hexdigest()
        features_name = f"{digest[:16]}-{FEATURES_FILE}"
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            save_file({"features": self.features.half()}, Path(scratch) / FEATURES_FILE)
            os.replace(Path(scratch) / FEATURES_FILE, folder / features_name)
            rows = [{"name": i.name, "path": i.path, "digest": i.digest} for i in self.items]
            listing = {"model": self.model_id, "features": features_name, "items": rows}
            path = Path(scratch) / LIBRARY_FILE
            path.write_text(json.dumps(listing, ensure_ascii=False, indent=1), encoding="utf-8")
            os.replace(path, folder / LIBRARY_FILE)
        for old in folder.glob(f"*-{FEATURES_FILE}"):
            if old.name != features_name:
                old.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, model_id: str, limits: Limits | None = None) -> Gallery:
        """Read a library. Raises GalleryError when there is none or another CLIP made it."""
        path = folder / LIBRARY_FILE
        if not path.is_file():
            raise GalleryError(f"{folder} holds no library; make one with: index FOLDER --library")
        try:
            listing = json.loads(path.read_text(encoding="utf-8"))
            features = load_file(folder / listing["features"])["features"].float()
            items = [Item(row["name"], row["path"], row["digest"]) for row in listing["items"]]
        except (OSError, ValueError, KeyError) as error:
            raise GalleryError(
                f"The library {folder} is damaged; index the pictures anew."
            ) from error
        if listing["model"] != model_id:
            raise GalleryError(
                f"The library {folder} was made with the CLIP {listing['model']}, not with "
                f"{model_id}; choose that preset or index the pictures anew."
            )
        gallery = cls(model_id, limits)
        gallery.items, gallery.features = items, features
        gallery._digests = {item.digest for item in items}
        return gallery

    def _open(self, source: Source, draft: int) -> tuple[Item, Image.Image] | Skipped:
        content = source.open()
        try:
            data = content if isinstance(content, bytes) else content.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            megapixels = self.limits.max_megapixels
            image = decode(data, draft=draft, max_megapixels=megapixels, name=source.name)
        except ImageError as error:
            return Skipped(source.name, str(error), source.path)
        except OSError as error:
            return Skipped(source.name, f"cannot be opened ({error.strerror})", source.path)
        return Item(source.name, source.path, digest), image

    def _without_doubles(
        self, fresh: list[tuple[Item, Image.Image]]
    ) -> tuple[list[tuple[Item, Image.Image]], list[Skipped]]:
        kept: list[tuple[Item, Image.Image]] = []
        doubles: list[Skipped] = []
        for item, image in fresh:
            if item.digest in self._digests:
                doubles.append(Skipped(item.name, "is already in the gallery", item.path))
            elif len(self.items) + len(kept) >= self.limits.max_pictures:
                reason = f"is beyond the limit of {self.limits.max_pictures} pictures"
                doubles.append(Skipped(item.name, reason, item.path))
            else:
                self._digests.add(item.digest)
                kept.append((item, image))
        return kept, doubles

    def _append(
        self, fresh: list[tuple[Item, Image.Image]], features: Tensor, keep_thumbnails: bool
    ) -> None:
        for item, image in fresh:
            thumbnail = None
            if keep_thumbnails:
                thumbnail = image.copy()
                thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
            self.items.append(Item(item.name, item.path, item.digest, thumbnail))
        self.features = torch.cat([self.features, features]) if len(self.features) else features
