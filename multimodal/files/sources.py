"""Where pictures come from: files, folders and zips, read without trusting any of them.

Nothing is ever extracted to disk, and one bad entry never spoils the batch.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from PIL import Image

from multimodal.errors import ArchiveError, ImageError, Message
from multimodal.images import SUFFIXES, decode
from multimodal.settings.limits import Limits

MB = 1_000_000
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
UNREADABLE = Message("cannot be read")  # for now: a disk or a permission is in the way
NO_PICTURE = Message("is not a picture file")
ENTRIES_PER_PICTURE = 20  # a zip with more entries than this a picture is no photo album
# bzip2 and lzma unpack a whole block before anything can be counted, so they are not accepted.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Source:
    """A file that should be a picture.

    `name` is for people ("holiday/sea.jpg"), `path` tells the same file apart from all others
    ("/home/me/photos.zip/sea.jpg"); `archive` is the zip it lies in, if any.
    """

    name: str
    path: str
    content: Path | bytes
    archive: Path | None = None

    def read(self) -> bytes:
        """What is in it. Raises OSError."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why (a clause to follow its name: "is encrypted")."""

    name: str
    reason: Message
    path: str = ""
    archive: Path | None = None


def pictures_in(
    sources: Iterable[str | os.PathLike[str]],
    limits: Limits | None = None,
    is_known: Callable[[Path], bool] | None = None,
) -> Iterator[Source | Skipped]:
    """Yield every picture file in the files, folders and zips given, in a stable order.

    Folders are read to any depth, without hidden files; what is no picture, not safe or beyond
    the limits is yielded as Skipped. Only file names are judged here: decoding comes later.
    `is_known` is asked about each zip; where it says yes, the zip is not opened.
    """
    limits = limits or Limits.local()
    is_known = is_known or (lambda archive: False)
    count = 0
    for source in sources:
        for found in _in_path(Path(source), limits, is_known):
            if isinstance(found, Source):
                if count == limits.max_pictures:
                    reason = Message(
                        "and all after it are beyond the limit of {limit} pictures", limit=count
                    )
                    yield Skipped(found.name, reason, found.path, found.archive)
                    return
                count += 1
            yield found


def open_picture(
    source: Source, min_side: int, limits: Limits
) -> tuple[bytes, Image.Image] | Skipped:
    """The bytes of one file and its picture, decoded no smaller than `min_side`; or why it has to
    be left out."""
    try:
        data = source.read()
        megapixels = limits.max_megapixels
        return data, decode(data, min_side=min_side, max_megapixels=megapixels, name=source.name)
    except ImageError as error:
        return Skipped(source.name, error.message, source.path)
    except OSError as error:
        return Skipped(source.name, unopened(error), source.path)


def unopened(error: OSError) -> Message:
    """Why a file is left out that the disk did not give."""
    return Message("cannot be opened ({why})", why=error.strerror)


def count_files(sources: Iterable[str | os.PathLike[str]]) -> int:
    """About how many files `pictures_in` will look at; opens nothing but the lists of zips."""
    count = 0
    for source in map(Path, sources):
        if not source.is_dir():
            count += _files_in(source)
            continue
        for folder, folders, files in os.walk(source):
            folders[:] = [name for name in folders if not _is_hidden(name)]
            count += sum(_files_in(Path(folder, name)) for name in files if not _is_hidden(name))
    return count


def _files_in(path: Path) -> int:
    if path.suffix.lower() != ".zip":
        return 1
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(not entry.is_dir() for entry in archive.infolist())
    except Exception:  # what is wrong with it is said when it is read
        return 1


def _in_path(
    path: Path, limits: Limits, is_known: Callable[[Path], bool]
) -> Iterator[Source | Skipped]:
    if not path.is_dir():
        yield from _in_file(path, path.name, limits, is_known)
        return
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in sorted(files):
            file = Path(folder, name)
            shown = (path.resolve().name / file.relative_to(path)).as_posix()
            if _is_hidden(name):
                continue
            if file.suffix.lower() in SUFFIXES or _is_zip(file):
                yield from _in_file(file, shown, limits, is_known)
            else:
                yield Skipped(printable(shown), NO_PICTURE, printable(str(file)))
    for error in unreadable:
        shown = printable(str(error.filename))
        yield Skipped(Path(shown).name, UNREADABLE, shown)


def _in_file(
    path: Path, name: str, limits: Limits, is_known: Callable[[Path], bool]
) -> Iterator[Source | Skipped]:
    name, shown = printable(name), printable(str(path))
    try:
        if not path.is_file():
            yield Skipped(name, Message("does not exist or is not a file"), shown)
        elif (size := path.stat().st_size) > limits.max_upload_mb * MB:
            reason = Message(
                "has {size:.0f} MB, over the limit of {limit} MB",
                size=size / MB,
                limit=limits.max_upload_mb,
            )
            yield Skipped(name, reason, shown)
        elif _is_zip(path):
            if not is_known(path):
                yield from _in_zip(path, name, limits)
        else:
            yield Source(name, shown, path)
    except ArchiveError as error:
        yield Skipped(name, error.message, shown)
    except (OSError, ValueError):  # ValueError: a null character in the name
        yield Skipped(name, UNREADABLE, shown)


def _in_zip(path: Path, name: str, limits: Limits) -> Iterator[Source | Skipped]:
    """The entries of one zip; raises ArchiveError when the rest of it is refused."""
    # What the whole archive may unpack to. Entries can overlap, so it is held against the file.
    ratio_budget = max(MB, limits.max_archive_ratio * path.stat().st_size)
    left = min(limits.max_archive_mb * MB, ratio_budget)
    with _zip_opened(path) as archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES_PER_PICTURE * limits.max_pictures:
            raise ArchiveError(
                "holds {entries} entries, far too many for pictures", entries=len(entries)
            )
        for entry in sorted(entries, key=lambda entry: entry.filename):
            inner = printable(entry.filename)
            shown, inside = f"{name}/{inner}", printable(f"{path}/{inner}")
            if entry.is_dir() or any(map(_is_hidden, PureWindowsPath(entry.filename).parts)):
                continue
            if reason := _refusal(entry):
                yield Skipped(shown, reason, inside, path)
                continue
            content, reason, used = _unpacked(archive, entry, left, limits)
            left -= used
            if left < 0:
                raise ArchiveError(
                    "unpacks to more than {limit} MB or {ratio} times its size; the rest of it is "
                    "left out",
                    limit=limits.max_archive_mb,
                    ratio=limits.max_archive_ratio,
                )
            if reason:
                yield Skipped(shown, reason, inside, path)
            else:
                yield Source(shown, inside, content, path)


def _zip_opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except Exception as error:  # the directory of a damaged zip can break anything in zipfile
        raise ArchiveError("is not a readable zip archive") from error


def _refusal(entry: zipfile.ZipInfo) -> Message | None:
    """Why an entry is refused by its header alone; None if it is not."""
    posix, windows = PurePosixPath(entry.filename), PureWindowsPath(entry.filename)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        return Message("has a path that leads out of the archive")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Message("is a symbolic link")
    if posix.suffix.lower() == ".zip":
        return Message("is an archive inside an archive")
    if posix.suffix.lower() not in SUFFIXES:
        return NO_PICTURE
    if entry.flag_bits & 0x1:
        return Message("is encrypted")
    if entry.compress_type not in METHODS:
        return Message("is compressed in an unusual way")
    return None


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, limits: Limits
) -> tuple[bytes, Message | None, int]:
    """Unpack one entry: its bytes, why it is refused if it is, and the bytes really unpacked."""
    ratio_cap = max(MB, limits.max_archive_ratio * entry.compress_size)
    size_cap = limits.max_upload_mb * MB
    cap = min(left, ratio_cap, size_cap) + 1
    content = bytearray()
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(min(MB, cap - len(content))):
                content += chunk
    except Exception:  # zipfile, zlib and struct each raise their own on damaged entries
        return b"", Message("is damaged"), len(content)
    reason = None
    if len(content) > ratio_cap:
        ratio = limits.max_archive_ratio
        reason = Message("unpacks to more than {ratio} times its size", ratio=ratio)
    elif len(content) > size_cap:
        reason = Message("unpacks to more than {limit} MB", limit=limits.max_upload_mb)
    return b"" if reason else bytes(content), reason, len(content)


def _is_zip(path: Path) -> bool:
    if path.suffix.lower() == ".zip":
        return True
    if path.suffix.lower() in SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) in ZIP_MAGIC
    except OSError:
        return False


def _is_hidden(name: str) -> bool:
    return (name.startswith(".") and name not in (".", "..")) or name in ("__MACOSX", "Thumbs.db")


def printable(name: str) -> str:
    """A name that can be printed and sent, even where the disk holds bytes that are no UTF-8."""
    return name.encode("utf-8", "replace").decode("utf-8")
