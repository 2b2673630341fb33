"""The names of what pictures show: emoji concepts, ImageNet's classes and what stands above them,
and the labels of packs, in English and Arabic.

A folder of packs (training/data/packs.py) may hold these words, as lines of columns with tabs:

    captioned/imagenet_ar.tsv   number, WordNet's id, English name, Arabic name of each class
    captioned/labels_ar.tsv     English label, Arabic label; objects_ar.tsv likewise
    phrases.tsv                 key of a concept, emoji, name, other wordings in English and in
                                Arabic, with | between them
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.clip.imagenet import class_names
from training.data.ancestors import Ancestors
from training.data.captions import photo_names_ar
from training.data.concepts import Concept, load_concepts
from training.data.photos import place_of
from training.data.wordnet import load_nouns

PHRASES_HELD = 0.1  # of the concepts of phrases.tsv, measured on


@dataclass(frozen=True)
class Lexicon:
    """`classes` are the names of each ImageNet class, `phrases` wordings of concepts by the row of
    the concept: English and Arabic ones of those to train on and, in `held_phrases`, of others."""

    concepts: tuple[Concept, ...]
    classes: list[list[str]]
    classes_ar: list[str]
    ancestors: Ancestors
    labels_ar: dict[str, str] = field(default_factory=dict)
    phrases: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)
    held_phrases: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)

    @classmethod
    def load(cls, data: Path) -> Lexicon:
        """The words of a folder of packs, and the npm packages that names come from."""
        concepts, classes = load_concepts(), class_names()
        arabic = [row[3] for row in read_rows(data / "captioned" / "imagenet_ar.tsv")]
        labels: dict[str, str] = {}
        for name in ("labels_ar.tsv", "objects_ar.tsv"):
            labels |= {row[0]: row[1] for row in read_rows(data / "captioned" / name)}
        phrases = read_phrases(data / "phrases.tsv", concepts)
        held = {row for row in phrases if place_of(concepts[row].key) < PHRASES_HELD}
        return cls(
            concepts,
            classes,
            arabic or [names[0] for names in classes],
            Ancestors(load_nouns(), classes),
            labels | photo_names_ar(),
            {row: texts for row, texts in phrases.items() if row not in held},
            {row: phrases[row] for row in phrases if row in held},
        )

    @property
    def class_of_name(self) -> dict[str, int]:
        """The number of each class by its commonest name; of equal names the first."""
        return {names[0]: row for row, names in reversed(list(enumerate(self.classes)))}


def read_phrases(path: Path, concepts: Sequence[Concept]) -> dict[int, tuple[list[str], list[str]]]:
    """Everyday wordings in English and in Arabic, by the row of the concept."""
    rows = {concept.key: row for row, concept in enumerate(concepts)}
    return {
        rows[key]: (_parts(english), _parts(arabic))
        for key, _, _, english, arabic in read_rows(path)
        if key in rows
    }


def read_rows(path: Path) -> list[list[str]]:
    """The columns of each line of a table with tabs, without comments; none where there is no such
    file."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("# ")]


def _parts(texts: str) -> list[str]:
    return [text.strip() for text in texts.split("|")]
