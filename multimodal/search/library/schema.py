"""The tables of a library's database, what their rows are, and how an older one is brought here."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

#: 1 had no fingerprints; a writer brings it up to date (`migrate`), a reader reads it.
FORMAT, OLDEST_FORMAT = 2, 1

# files: one row for each file found. With a picture it is in the library; with a reason it was
# left out; with neither it is a zip that was read to its end.
# An id of a picture is never used again (AUTOINCREMENT), so an older index never lies.
SCHEMA = """
CREATE TABLE library (
    format INTEGER NOT NULL, model TEXT NOT NULL, dim INTEGER NOT NULL,
    index_file TEXT NOT NULL, index_bytes INTEGER NOT NULL,
    covered INTEGER NOT NULL, trained_on INTEGER NOT NULL, generation INTEGER NOT NULL
);
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, vector BLOB NOT NULL,
    print BLOB
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, stamp TEXT NOT NULL,
    picture INTEGER REFERENCES pictures (id), reason TEXT
);
CREATE INDEX files_of_picture ON files (picture) WHERE picture IS NOT NULL;
"""
# What one run has met: files, and pictures at a new path. Gone with the connection.
RUN_TABLES = """
CREATE TEMP TABLE seen (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE placed (picture INTEGER);
"""


@dataclass(frozen=True)
class Head:
    """What a library is; `dim` is 0 until it has a picture.

    Its index holds the pictures up to the id `covered`; `trained_on` is how many there were when
    its cells were learned, 0 for a flat one.
    """

    format: int
    model: str
    dim: int
    index_file: str
    index_bytes: int
    covered: int
    trained_on: int
    generation: int


@dataclass(frozen=True)
class Row:
    """One file as the library remembers it; `stamp` is empty when it has to be read again."""

    id: int
    stamp: str
    digest: bytes | None
    reason: str | None


class Found(NamedTuple):
    """A picture as a search meets it; `fingerprint` is None in a library of format 1."""

    digest: bytes
    vector: bytes
    fingerprint: bytes | None
    path: str
    name: str


def migrate(sql: sqlite3.Connection, found: int) -> None:
    """Bring a library of format `found` up to date, keeping every vector; part of a transaction.

    A picture of format 1 has no fingerprint. Without their stamps its files are read once more by
    the next run over them, which makes fingerprints and embeds nothing.
    """
    if found < FORMAT:
        sql.execute("ALTER TABLE pictures ADD COLUMN print BLOB")
        sql.execute("UPDATE files SET stamp = ''")
        sql.execute("UPDATE library SET format = ?", (FORMAT,))
