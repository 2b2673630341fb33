"""A library's database: which file holds which picture, and each picture's vector.

SQLite is the one source of truth; the vector index beside it is made from it and can be made
again. Every batch is one transaction in write-ahead mode, so a killed writer loses at most the
batch in its hands, and readers go on while it writes. A library belongs on a local disk: that
mode needs memory shared between the processes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import numpy as np

from multimodal.errors import GalleryError
from multimodal.files.fingerprint import Fingerprint
from multimodal.search.library.schema import (
    FORMAT,
    OLDEST_FORMAT,
    RUN_TABLES,
    SCHEMA,
    Found,
    Head,
    Row,
    migrate,
)
from multimodal.search.library.vectors import Floats

DATABASE = "library.db"
BUSY_SECONDS = 60
CHUNK = 20_000


class Store:
    """The open database of one library; `folder` is where it lies."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder, self.sql = folder, connection

    @classmethod
    def read(cls, folder: Path, model: str) -> Store:
        """Open for reading. Raises GalleryError when there is no library of this model's."""
        if not (folder / DATABASE).is_file():
            raise _missing(folder)
        # Even a reader makes files beside the database, unless it is told that nobody writes.
        at_rest = not (folder / f"{DATABASE}-wal").exists() and not os.access(folder, os.W_OK)
        return cls._opened(folder, "mode=ro&immutable=1" if at_rest else "mode=ro", model)

    @classmethod
    def write(cls, folder: Path, model: str) -> Store:
        """Open for writing, making the library at first. Raises GalleryError."""
        store = cls._connected(folder, "mode=rwc")
        with store.reported():
            tables = store.sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not tables:
                store.sql.execute("PRAGMA page_size = 16384")  # 14 vectors of 512 a page
                store.sql.execute("PRAGMA journal_mode = WAL")
                row = (FORMAT, model, 0, "", 0, 0, 0, 0)
                store.sql.executescript(f"BEGIN; {SCHEMA}")
                store.sql.execute("INSERT INTO library VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
                store.sql.execute("COMMIT")
        store.close()
        store = cls._opened(folder, "mode=rw", model)
        try:
            with store.reported():
                store.sql.execute("PRAGMA synchronous = NORMAL")
                with store.transaction():
                    migrate(store.sql, store.head().format)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def _connected(cls, folder: Path, mode: str) -> Store:
        uri = f"file:{quote(str(folder / DATABASE))}?{mode}"
        try:
            connection = sqlite3.connect(
                uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise GalleryError(
                "The library {folder} cannot be opened ({why}); check the folder.",
                folder=folder,
                why=str(error),
            ) from error
        return cls(folder, connection)

    @classmethod
    def _opened(cls, folder: Path, mode: str, model: str) -> Store:
        store = cls._connected(folder, mode)
        try:
            with store.reported():
                tables = store.sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                if not tables:  # its maker was killed in its first moment
                    raise _missing(folder)
                head = store.head()
            if not OLDEST_FORMAT <= head.format <= FORMAT:
                raise GalleryError(
                    "The library {folder} has format {format} and this version reads {oldest} to "
                    "{newest}; update the lab or index the pictures anew.",
                    folder=folder,
                    format=head.format,
                    oldest=OLDEST_FORMAT,
                    newest=FORMAT,
                )
            if head.model != model:
                raise GalleryError(
                    "The library {folder} was made with the CLIP {made_with}, not with {model}; "
                    "choose that preset or another library.",
                    folder=folder,
                    made_with=head.model,
                    model=model,
                )
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close the database."""
        self.sql.close()

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Turn what SQLite reports about the disk or the file into a GalleryError."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise GalleryError(
                "The library {folder} cannot be used ({why}); check the disk and run the same "
                "command again, which goes on where this one ended.",
                folder=self.folder,
                why=str(error),
            ) from error
        except sqlite3.DatabaseError as error:
            raise GalleryError(
                "The library {folder} is damaged ({why}); delete the folder and index the "
                "pictures anew.",
                folder=self.folder,
                why=str(error),
            ) from error

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """All or nothing; a DEFERRED one reads one unchanging state."""
        self.sql.execute(f"BEGIN {kind}")
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")

    def head(self) -> Head:
        """What the library is at this moment."""
        return Head(*self.sql.execute("SELECT * FROM library").fetchone())

    def count(self) -> int:
        """How many pictures can be found."""
        found = "SELECT count(DISTINCT picture) FROM files WHERE picture IS NOT NULL"
        return int(self.sql.execute(found).fetchone()[0])

    def file(self, path: str) -> Row | None:
        """What is known of the file with this path."""
        row = self.sql.execute(
            "SELECT files.id, stamp, digest, reason FROM files "
            "LEFT JOIN pictures ON pictures.id = picture WHERE path = ?",
            (path,),
        ).fetchone()
        return Row(*row) if row else None

    def picture(self, digest: bytes) -> int | None:
        """The id of the picture with this content."""
        row = self.sql.execute("SELECT id FROM pictures WHERE digest = ?", (digest,)).fetchone()
        return int(row[0]) if row else None

    def has_fingerprint(self, digest: bytes) -> bool:
        """Whether there is a picture with this content, and its fingerprint."""
        found = "SELECT 1 FROM pictures WHERE digest = ? AND print IS NOT NULL"
        return self.sql.execute(found, (digest,)).fetchone() is not None

    def add_picture(
        self, digest: bytes, vector: Floats, fingerprint: Fingerprint | None = None
    ) -> int:
        """Keep a vector (d,), as fp16, and a fingerprint; gives the new id."""
        blob = vector.astype(np.float16).tobytes()
        added = self.sql.execute(
            "INSERT INTO pictures (digest, vector, print) VALUES (?, ?, ?)",
            (digest, blob, fingerprint.to_bytes() if fingerprint else None),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def put_fingerprint(self, digest: bytes, fingerprint: Fingerprint) -> None:
        """Add the fingerprint of a picture that is here without one."""
        self.sql.execute(
            "UPDATE pictures SET print = ? WHERE digest = ?", (fingerprint.to_bytes(), digest)
        )

    def put_file(
        self,
        path: str,
        name: str,
        stamp: str,
        picture: int | None = None,
        reason: str | None = None,
    ) -> int:
        """Remember a file, in place of what was known of it; gives its id."""
        row = self.sql.execute(
            "INSERT INTO files (path, name, stamp, picture, reason) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET name = excluded.name, stamp = excluded.stamp, "
            "picture = excluded.picture, reason = excluded.reason RETURNING id",
            (path, name, stamp, picture, reason),
        ).fetchone()
        return int(row[0])

    def vectors(self, after: int = 0) -> Iterator[tuple[list[int], Floats]]:
        """Ids and vectors (n, d) of all pictures with a greater id than `after`, in order."""
        rows = self.sql.execute(
            "SELECT id, vector FROM pictures WHERE id > ? ORDER BY id", (after,)
        )
        while chunk := rows.fetchmany(CHUNK):
            yield [row[0] for row in chunk], as_floats([row[1] for row in chunk])

    def vectors_of(self, ids: Iterable[int]) -> Floats:
        """The vectors (n, d) of some pictures, in any order."""
        blobs = []
        for picture in ids:
            row = self.sql.execute("SELECT vector FROM pictures WHERE id = ?", (picture,))
            blobs.append(row.fetchone()[0])
        return as_floats(blobs)

    def sample(self, most: int) -> Floats:
        """Up to `most` vectors (n, d), spread evenly over the ids; all when there are no more."""
        last = self.last_picture()
        nearby: dict[int, bytes] = {}
        for start in np.linspace(1, max(last, 1), min(most, last)).round().astype(int).tolist():
            row = self.sql.execute(
                "SELECT id, vector FROM pictures WHERE id >= ? ORDER BY id LIMIT 1", (start,)
            ).fetchone()
            if row:
                nearby[row[0]] = row[1]
        return as_floats([nearby[picture] for picture in sorted(nearby)])

    def last_picture(self) -> int:
        """The greatest id of a picture, 0 without one."""
        return int(self.sql.execute("SELECT max(id) FROM pictures").fetchone()[0] or 0)

    def found(self, ids: Sequence[int]) -> list[Found]:
        """Those of these pictures that a file holds; with several files, the first by its path."""
        kept = "print" if self.head().format > OLDEST_FORMAT else "NULL"
        rows: list[Found] = []
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            marks = ", ".join("?" * len(some))
            found = self.sql.execute(  # a bare column comes from the row that has the minimum
                f"SELECT digest, vector, {kept}, min(path), name FROM pictures JOIN files ON "
                f"picture = pictures.id WHERE pictures.id IN ({marks}) GROUP BY pictures.id",
                some,
            )
            rows += map(Found._make, found)
        return rows

    def paths(self, digest: bytes) -> list[str]:
        """Every file with this content."""
        rows = self.sql.execute(
            "SELECT path FROM files JOIN pictures ON picture = pictures.id WHERE digest = ? "
            "ORDER BY path",
            (digest,),
        )
        return [row[0] for row in rows]

    def below(self, path: str) -> list[tuple[int, int | None, str, str, str | None]]:
        """(id, picture, path, name, reason) of the files at a path and below it."""
        condition, values = _below(path)
        query = f"SELECT id, picture, path, name, reason FROM files WHERE {condition}"
        return self.sql.execute(query, values).fetchall()

    def begin_run(self) -> None:
        """From here on, remember what is met, for `forget_unseen`."""
        self.sql.executescript(RUN_TABLES)

    def see(self, files: Iterable[int], placed: Iterable[int | None]) -> None:
        """Files that were met, and the pictures that were at a new path."""
        self.sql.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((one,) for one in files))
        self.sql.executemany("INSERT INTO placed VALUES (?)", ((one,) for one in placed))

    def forget_unseen(self, roots: Iterable[str]) -> tuple[int, int]:
        """Drop the files below `roots` that were not met; gives how many were deleted, and how
        many more had moved: their picture was met at a new path."""
        conditions, values = zip(*map(_below, roots), strict=True)
        with self.transaction():
            self.sql.execute(
                "CREATE TEMP TABLE gone AS SELECT id, picture FROM files WHERE "
                f"({' OR '.join(conditions)}) AND id NOT IN (SELECT id FROM seen)",
                [value for some in values for value in some],
            )
            moved = self.sql.execute(
                "SELECT ifnull(sum(min(gone.n, placed.n)), 0) FROM "
                "(SELECT picture, count(*) AS n FROM gone GROUP BY picture) AS gone JOIN "
                "(SELECT picture, count(*) AS n FROM placed GROUP BY picture) AS placed "
                "USING (picture)"
            ).fetchone()[0]
            gone = self.sql.execute("SELECT count(picture) FROM gone").fetchone()[0]
            self.sql.execute("DELETE FROM files WHERE id IN (SELECT id FROM gone)")
        return gone - moved, moved


def as_floats(blobs: Sequence[bytes]) -> Floats:
    """Stored vectors -> (n, d)."""
    return np.frombuffer(b"".join(blobs), np.float16).reshape(len(blobs), -1).astype(np.float32)


def _missing(folder: Path) -> GalleryError:
    return GalleryError(
        "{folder} holds no library; make one with: index FOLDER --library {folder}", folder=folder
    )


def _below(path: str) -> tuple[str, list[str]]:
    """SQL for the files at a path and below it; a zip's entries have a slash after its name."""
    base = path.rstrip("/" + os.sep)
    conditions, values = ["path = ?"], [path]
    for separator in sorted({"/", os.sep}):
        conditions.append("(path >= ? AND path < ?)")
        values += [base + separator, base + chr(ord(separator) + 1)]
    return f"({' OR '.join(conditions)})", values
