"""Bringing a library up to date with folders, files and zips: only what is new is embedded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np
import torch

from multimodal.errors import GalleryError, Message
from multimodal.files.fingerprint import Fingerprint
from multimodal.files.prefetch import (
    BATCH,
    Broken,
    Read,
    read,
    read_ahead,
    reading_threads,
    stamp_of,
)
from multimodal.files.sources import (
    UNREADABLE,
    Skipped,
    Source,
    count_files,
    pictures_in,
    printable,
)
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_pixels
from multimodal.search.library.lock import only_writer
from multimodal.search.library.progress import Clock, Update
from multimodal.search.library.refresh import lags_far_behind, refresh
from multimodal.search.library.schema import Row
from multimodal.search.library.store import Store
from multimodal.search.library.vectors import Floats
from multimodal.settings.limits import Limits

FILES_PER_COMMIT = 500


def update(
    folder: Path,
    sources: Iterable[str | os.PathLike[str]],
    clip: CLIP,
    model_id: str,
    *,
    device: torch.device,
    lock: AbstractContextManager[object],
    limits: Limits,
    stop: Event | None = None,
) -> Iterator[Update]:
    """Index files, folders and zips into the library in `folder`, made if it is not there yet.

    A file with the size and times of the last run is not opened; any other is known by the
    sha256 of its content, so a moved or copied file is not embedded again. Files that are gone
    leave the library once the whole of a source was walked through. Every batch is committed: a
    run that is stopped or killed loses nothing, and the next goes on from there.

    Yields about twice a second, and at last the result. Raises GalleryError for a source that
    does not exist, a library of another CLIP or one that another process is writing.
    """
    roots = _outermost([os.path.abspath(source) for source in sources])
    if not roots:
        raise GalleryError("There is nothing to index; name a file, a folder or a zip.")
    for root in roots:
        if not os.path.exists(root):
            raise GalleryError(
                "{path} does not exist; name a file, folder or zip.", path=printable(root)
            )
    run = _Run(Path(os.path.abspath(folder)), roots, clip, device, lock, limits, stop or Event())
    return run.events(model_id)


@dataclass
class _Entry:
    """A file on its way: as found, its stamp, and what was known of it."""

    found: Source | Skipped
    stamp: str = ""
    row: Row | None = None

    def is_unchanged(self) -> bool:
        """Whether what was found in this file the last time still holds."""
        return self.row is not None and self.stamp != "" and self.row.stamp == self.stamp

    def to_read(self) -> Source | None:
        """The file, where it has to be read."""
        return None if isinstance(self.found, Skipped) or self.is_unchanged() else self.found


class _Run:
    """One run of `update`. Work flows walk -> read ahead -> take -> commit."""

    def __init__(
        self,
        folder: Path,
        roots: list[str],
        clip: CLIP,
        device: torch.device,
        lock: AbstractContextManager[object],
        limits: Limits,
        stop: Event,
    ) -> None:
        self.folder, self.roots, self.limits, self.stop = folder, roots, limits, stop
        self.clip, self.device, self.lock = clip, device, lock
        self.state = Update()
        self.store: Store
        self.walked = True  # to the end of every source, so that what was not met is gone
        self.fresh: dict[bytes, Read] = {}  # content to embed
        self.fingerprints: dict[bytes, Fingerprint] = {}  # of pictures that were here without
        self.taken: list[tuple[_Entry, Read | Broken]] = []  # files to commit
        self.placed: list[bytes] = []  # contents met at a new path
        self.seen: list[int] = []  # ids of files met
        self.stamps: dict[str, str] = {}  # of the zips that were opened

    def events(self, model_id: str) -> Iterator[Update]:
        """Yields about twice a second, and the result."""
        with ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(only_writer(self.folder))
            except OSError as error:
                raise GalleryError(
                    "The library {folder} cannot be written ({why}); choose another folder.",
                    folder=self.folder,
                    why=error.strerror,
                ) from error
            self.store = Store.write(self.folder, model_id)
            stack.callback(self.store.close)
            stack.enter_context(self.store.reported())
            yield from self._run(stack.enter_context(reading_threads()))

    def _run(self, pool: ThreadPoolExecutor) -> Iterator[Update]:
        self.store.begin_run()
        clock, counting = Clock(), pool.submit(count_files, self.roots)
        for entry, reading in read_ahead(pool, self._walk(), _Entry.to_read, self._read, self.stop):
            self._take(entry, reading)
            if counting.done():
                self.state = replace(self.state, total=counting.result())
            full = len(self.fresh) >= BATCH or len(self.taken) >= FILES_PER_COMMIT
            if full or clock.is_due():
                self._commit()
                if lags_far_behind(self.store):
                    refresh(self.store, drop_orphans=False)
                yield clock.timed(self.state)
        self._commit()
        complete = self.walked and not self.stop.is_set()
        if complete:
            deleted, moved = self.store.forget_unseen(map(printable, self.roots))
            self._count(deleted=deleted, moved=moved, copies=-moved)
        refresh(self.store, drop_orphans=complete)
        end = clock.timed(self.state)
        yield replace(
            end,
            total=end.done if complete else end.total,
            seconds_left=0.0 if complete else end.seconds_left,
            pictures_per_second=end.indexed / max(end.seconds, 1e-6),
            pictures=self.store.count(),
            complete=complete,
        )

    def _read(self, source: Source) -> Read | Broken:
        limit = self.limits.max_megapixels
        return read(source, self.clip.image_size, limit, self._is_known)

    def _walk(self) -> Iterator[_Entry]:
        """Every file in the sources; a zip that was read to its end follows its entries."""
        archive: Path | None
        own, archive, num_sources = printable(str(self.folder)) + os.sep, None, 0
        for found in pictures_in(self.roots, self.limits, self._is_unchanged_zip):
            if found.path.startswith(own):
                continue
            if archive and found.archive != archive:
                yield self._end_of(archive)
            archive = found.archive
            if isinstance(found, Source):
                num_sources += 1
            elif num_sources >= self.limits.max_pictures:
                self.walked = False
                self._skip(found)
                return
            stamp = self.stamps.get(found.path, "")  # of a zip refused as a whole
            if isinstance(found, Source) and isinstance(found.content, Path):
                stamp = stamp_of(found.content)
            yield _Entry(found, stamp, self.store.file(found.path))
        if archive:
            yield self._end_of(archive)

    def _end_of(self, archive: Path) -> _Entry:
        path = printable(str(archive))
        return _Entry(Skipped(archive.name, Message(""), path, archive), self.stamps[path])

    def _is_unchanged_zip(self, archive: Path) -> bool:
        """Asked before a zip is opened; what is known of an unchanged one is taken over."""
        path, stamp = printable(str(archive)), stamp_of(archive)
        row = self.store.file(path)
        if row is None or not stamp or row.stamp != stamp:
            self.stamps[path] = stamp
            return False
        for file, picture, inside, name, reason in self.store.below(path):
            self.seen.append(file)
            if reason is not None:
                self._count(done=1)
                self._skip(Skipped(name, Message(reason), inside, archive))
            elif picture is not None:
                self._count(done=1, unchanged=1)
        return True

    def _is_known(self, digest: bytes) -> bool:
        return self.store.has_fingerprint(digest)

    def _take(self, entry: _Entry, reading: Future[Read | Broken] | None) -> None:
        """Count a file, and keep what the next commit has to write of it."""
        found = entry.found
        if isinstance(found, Skipped):
            if found.reason:
                self._count(done=1)
                self._skip(found)
            if found.archive or found.path in self.stamps:
                self.taken.append((entry, Broken(found.reason, lasting=True)))
            elif found.reason == UNREADABLE:  # what was there may still be there
                self.seen += [row[0] for row in self.store.below(found.path)]
            return
        self._count(done=1)
        if reading is None:
            assert entry.row is not None
            self.seen.append(entry.row.id)
            if entry.row.reason is None:
                self._count(unchanged=1)
            else:
                reason = Message(entry.row.reason)
                self._skip(Skipped(found.name, reason, found.path, found.archive))
            return
        result = reading.result()
        if isinstance(result, Read):
            self._take_picture(entry, result)
        else:
            self._skip(Skipped(found.name, result.reason, found.path, found.archive))
            if not result.lasting:
                self.seen += [row[0] for row in self.store.below(found.path)]
                return
        self.taken.append((entry, result))

    def _take_picture(self, entry: _Entry, result: Read) -> None:
        is_stored = self.store.picture(result.digest) is not None
        is_new = result.digest not in self.fresh and not is_stored
        if is_new:
            self.fresh[result.digest] = result
            self._count(indexed=1)
        elif is_stored and result.fingerprint is not None:
            self.fingerprints[result.digest] = result.fingerprint
        before = entry.row.digest if entry.row else None
        if before == result.digest:
            self._count(unchanged=1)
        elif before is not None:
            self._count(changed=1)
        elif not is_new:
            self._count(copies=1)
            self.placed.append(result.digest)

    def _commit(self) -> None:
        """Embed what is fresh and write all that was taken, as one transaction."""
        vectors = self._embedded()
        store = self.store
        with store.transaction():
            if len(vectors) and not store.head().dim:
                store.sql.execute("UPDATE library SET dim = ?", (vectors.shape[1],))
            for one, vector in zip(self.fresh.values(), vectors, strict=True):
                store.add_picture(one.digest, vector, one.fingerprint)
            for digest, fingerprint in self.fingerprints.items():
                store.put_fingerprint(digest, fingerprint)
            for entry, result in self.taken:
                found, picture, reason = entry.found, None, None
                if isinstance(result, Read):
                    picture = store.picture(result.digest)
                else:
                    reason = result.reason or None
                file = store.put_file(found.path, found.name, entry.stamp, picture, reason)
                self.seen.append(file)
        store.see(self.seen, [store.picture(digest) for digest in self.placed])
        for done in (self.fresh, self.fingerprints, self.taken, self.placed, self.seen):
            done.clear()

    def _embedded(self) -> Floats:
        """Unit-norm image_features (n, d) of what is fresh."""
        if not self.fresh:
            return np.zeros((0, 0), np.float32)
        pixels = torch.cat([one.pixels for one in self.fresh.values() if one.pixels is not None])
        with self.lock:
            features = encode_pixels(self.clip, pixels, self.device)
        array: Floats = features.cpu().float().numpy()
        return array

    def _skip(self, found: Skipped) -> None:
        self.state = replace(self.state, skipped=(*self.state.skipped, found))

    def _count(self, **more: int) -> None:
        counts = {name: getattr(self.state, name) + number for name, number in more.items()}
        self.state = replace(self.state, **counts)


def _outermost(paths: list[str]) -> list[str]:
    """The paths without those that lie below another, each once."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(path.startswith(root.rstrip(os.sep) + os.sep) for root in kept):
            kept.append(path)
    return sorted(kept)
