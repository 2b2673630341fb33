"""The file behind an indexed picture: read again when it is wanted, never kept in memory."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from multimodal.errors import ImageError
from multimodal.files.sources import MB


class IndexedFile(Protocol):
    """What has to be known of a picture to find its file again; see `gallery.Item`."""

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def digest(self) -> str: ...


def read_original(picture: IndexedFile, max_mb: int) -> bytes:
    """The bytes that were indexed, from a file or from inside a zip.

    Raises ImageError when they are gone or are no longer the same.
    """
    try:
        data = _read(Path(picture.path), max_mb * MB)
    except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile):
        data = b""
    if hashlib.sha256(data).hexdigest() != picture.digest:
        raise ImageError(
            "The file of {source} is no longer kept or has changed; add it again to see it in "
            "full.",
            source=picture.name,
        )
    return data


def write_zip(pictures: Iterable[IndexedFile], file: BinaryIO, max_mb: int) -> list[str]:
    """Write a zip of the original files under their names; gives the names of those missing.

    Nothing is compressed, for pictures are already; equal names are numbered.
    """
    missing: list[str] = []
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for picture in pictures:
            try:
                data = read_original(picture, max_mb)
            except ImageError:
                missing.append(picture.name)
                continue
            archive.writestr(_free_name(Path(picture.name).name, taken), data)
    return missing


def _read(path: Path, max_bytes: int) -> bytes:
    if path.is_file():
        with path.open("rb") as file:
            return file.read(max_bytes)
    holder = next(parent for parent in [*path.parents, None] if parent is None or parent.is_file())
    if holder is None:
        raise OSError(f"{path} is gone")
    inner = path.relative_to(holder).as_posix()
    with zipfile.ZipFile(holder) as archive, archive.open(inner) as entry:
        return entry.read(max_bytes)


def _free_name(name: str, taken: set[str]) -> str:
    stem, suffix = Path(name).stem, Path(name).suffix
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{stem}-{number}{suffix}", number + 1
    taken.add(free.casefold())
    return free
