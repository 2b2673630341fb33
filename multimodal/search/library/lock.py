"""One writer at a time, by a lock that the system drops when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multimodal.errors import GalleryError

LOCK_FILE = "writer.lock"

if sys.platform == "win32":
    import msvcrt

    BEYOND_THE_TEXT = 1 << 20  # a locked byte cannot be read there, so lock one that is not

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, BEYOND_THE_TEXT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Be the one writer of the library in `folder`. Raises GalleryError when there is another."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            process = os.read(descriptor, 100).decode("ascii", "replace").strip()
            raise GalleryError(
                "The library {folder} is being written by process {process}; wait until it is "
                "done, or use another library.",
                folder=folder,
                process=process or "unknown",
            ) from error
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)  # which unlocks; the file stays, or two could hold locks on two files
