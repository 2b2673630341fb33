"""Reading pictures ahead of the model: their content's hash and, for new content, their pixels."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from multimodal.errors import ImageError
from multimodal.images import decode, to_pixels
from multimodal.sources import Source

#: The coarsest clock of a usual file system (FAT) ticks every two seconds.
CLOCK_TICK_NS = 2_000_000_000


@dataclass(frozen=True)
class Read:
    """A picture's sha256 and its pixels (1, 3, s, s) in [0, 1]; None for content that is known."""

    digest: bytes
    pixels: Tensor | None


@dataclass(frozen=True)
class Broken:
    """Why a file is no picture; `lasting` until the file changes."""

    reason: str
    lasting: bool


def read(
    source: Source, size: int, max_megapixels: float, is_known: Callable[[bytes], bool]
) -> Read | Broken:
    """Read one file, and decode it to the side `size` unless its content is known."""
    try:
        data = source.read()
    except OSError as error:
        return Broken(f"cannot be opened ({error.strerror})", lasting=False)
    digest = hashlib.sha256(data).digest()
    if is_known(digest):
        return Read(digest, None)
    try:
        image = decode(data, draft=size, max_megapixels=max_megapixels, name=source.name)
    except ImageError as error:
        return Broken(str(error), lasting=True)
    return Read(digest, to_pixels([image], size))


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
