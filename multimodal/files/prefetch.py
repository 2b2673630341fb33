"""Reading pictures ahead of the model: while it embeds one batch, threads read and decode the next.

What waits is small: pixels already have the model's size, and the bytes of zip entries that are
held for reading are bounded, too.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeVar

from PIL import Image
from torch import Tensor

from multimodal.errors import ImageError, Message
from multimodal.files.fingerprint import Fingerprint, fingerprint
from multimodal.files.sources import MB, Source, unopened
from multimodal.images import decode, to_pixels

BATCH = 32  # pictures that the model embeds at once
AHEAD = 2 * BATCH  # files read and decoded while the model is at work
AHEAD_BYTES = 256 * MB  # of zip entries among them, which are held until they are read
#: The coarsest clock of a usual file system (FAT) ticks every two seconds.
CLOCK_TICK_NS = 2_000_000_000

Entry = TypeVar("Entry")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Read:
    """A picture's sha256, its pixels (1, 3, s, s) in [0, 1] and its fingerprint; None for content
    that is known. `thumbnail` is a small JPEG where one was asked for.
    """

    digest: bytes
    pixels: Tensor | None
    fingerprint: Fingerprint | None
    thumbnail: bytes | None = None


@dataclass(frozen=True)
class Broken:
    """Why a file is no picture; `lasting` until the file changes."""

    reason: Message
    lasting: bool


def read(
    source: Source,
    size: int,
    max_megapixels: float,
    is_known: Callable[[bytes], bool] = lambda digest: False,
    thumbnail: int = 0,
) -> Read | Broken:
    """Read one file, and decode it to the side `size` unless its content is known.

    `thumbnail` is the longest side of one, 0 for none.
    """
    try:
        data = source.read()
    except OSError as error:
        return Broken(unopened(error), lasting=False)
    digest = hashlib.sha256(data).digest()
    if is_known(digest):
        return Read(digest, None, None)
    min_side = max(size, thumbnail)
    try:
        image = decode(data, min_side=min_side, max_megapixels=max_megapixels, name=source.name)
    except ImageError as error:
        return Broken(error.message, lasting=True)
    small = _thumbnail(image, thumbnail) if thumbnail else None
    return Read(digest, to_pixels([image], size), fingerprint(image), small)


@contextmanager
def reading_threads() -> Iterator[ThreadPoolExecutor]:
    """Threads for `read_ahead`; at the end, reading that has not begun is given up."""
    workers = max(2, min(8, os.cpu_count() or 2))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def read_ahead(
    pool: ThreadPoolExecutor,
    entries: Iterable[Entry],
    source_of: Callable[[Entry], Source | None],
    read: Callable[[Source], Result],
    stop: Event,
) -> Iterator[tuple[Entry, Future[Result] | None]]:
    """Every entry in order, with the reading of its source begun; ends early at `stop`.

    Up to AHEAD entries, with at most about AHEAD_BYTES of content in memory, are under way when
    one is given out. `source_of` gives None for what needs no reading.
    """
    waiting: deque[tuple[Entry, Future[Result] | None, int]] = deque()
    held = 0
    for entry in entries:
        if stop.is_set():
            return
        source = source_of(entry)
        weight = len(source.content) if source and isinstance(source.content, bytes) else 0
        waiting.append((entry, pool.submit(read, source) if source else None, weight))
        held += weight
        while len(waiting) > AHEAD or (held > AHEAD_BYTES and len(waiting) > 1):
            first, reading, weight = waiting.popleft()
            held -= weight
            yield first, reading
    while waiting and not stop.is_set():
        first, reading, _ = waiting.popleft()
        yield first, reading


def stamp_of(path: Path) -> str:
    """What tells whether a file was touched: its size and the times of its content and its entry.

    Empty when it cannot be told: a file changed again within the tick of the clock keeps its time.
    """
    try:
        stat = path.stat()
    except OSError:
        return ""
    newest = max(stat.st_mtime_ns, stat.st_ctime_ns if os.name == "posix" else 0)
    if abs(time.time_ns() - newest) < CLOCK_TICK_NS:
        return ""
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"


def _thumbnail(image: Image.Image, side: int) -> bytes:
    small = image.copy()
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
