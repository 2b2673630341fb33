"""Where English words that name no picture of the training belong among those that do.

The teacher knows what `puppy` or "a young dog" is like; the picture side knows names. A text is
put where the names are that the teacher finds most like it, each weighted by how like: kernel
regression from the teacher's space to the tower's own (Nadaraya 1964, Watson 1964). Names count as
more like a text that they list as a keyword, or that WordNet holds to mean the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.data.captions import with_article
from multimodal.recipes.labels import Names
from multimodal.recipes.teacher import embed

Teacher = Callable[[list[str]], Tensor]
Senses = list[tuple[tuple[str, ...], str]]
TEMPERATURE = 0.04  # of the teacher's cosines
GLOSS = 0.5  # how much what WordNet says of a name counts beside the name
BONUS = 0.2  # on the cosine with a name that is known to fit
LIKENESS = 0.45  # texts that are less like every name would only blur the names


@dataclass(frozen=True)
class Meanings:
    """Texts, and the mixture of names that each means: weights (n, names), rows sum to 1."""

    names: list[str]
    texts: list[str]
    weights: Tensor

    def place(self, own: Tensor) -> Tensor:
        """The names' own vectors (names, d) -> where the texts belong (n, d), unit norm."""
        return F.normalize(self.weights @ own, dim=-1)


def meanings(names: Names, senses: Senses, teacher: Teacher = embed) -> Meanings:
    """Of every English keyword, and of every lemma and gloss of WordNet's `senses`."""
    taught = _taught(names, teacher)
    known = {name.lower(): row for row, name in reversed(list(enumerate(names.texts)))}
    rows = _keyword_rows(names)
    glosses = teacher([gloss for _, gloss in senses])
    for number, row in _senses_of_names(known, taught, senses, glosses).items():
        taught[row] += GLOSS * glosses[number]
        for word in senses[number][0]:
            rows.setdefault(word, []).append(row)
    taught = F.normalize(taught, dim=-1)
    for lemmas, gloss in senses:
        for text in (*lemmas, gloss):
            rows.setdefault(text, [])
    texts = [text for text in rows if text.lower() not in known]
    likeness = teacher(texts) @ taught.T
    for number, text in enumerate(texts):
        likeness[number, rows[text]] += BONUS
    kept = torch.tensor([bool(rows[text]) for text in texts]) | (likeness.amax(1) >= LIKENESS)
    weights = (likeness[kept] / TEMPERATURE).softmax(1)
    return Meanings(names.texts, [texts[row] for row in kept.nonzero()[:, 0].tolist()], weights)


def _taught(names: Names, teacher: Teacher) -> Tensor:
    """What the teacher makes of each name: alone, with its keywords or as a photo, in a caption."""
    pictures = [f"a picture of {with_article(name)}" for name in names.texts]
    parts = (names.texts, names.long_texts, pictures)
    return F.normalize(torch.stack([teacher(part) for part in parts]).sum(0), dim=-1)


def _keyword_rows(names: Names) -> dict[str, list[int]]:
    """Which names list a keyword; those of concepts come first."""
    rows: dict[str, list[int]] = {}
    for row, concept in enumerate(names.concepts):
        for keyword in concept.keywords["en"]:
            rows.setdefault(keyword, []).append(row)
    return rows


def _senses_of_names(
    known: dict[str, int], taught: Tensor, senses: Senses, glosses: Tensor
) -> dict[int, int]:
    """Which of the senses are meant by a name: {the sense's number: the name's row}.

    A name is taken in the one sense whose gloss the teacher finds most like it, and a sense with
    two names (bicycle, wheel) goes to the name that it fits better.
    """
    fits = []
    for number, (lemmas, _) in enumerate(senses):
        for row in {known[lemma.lower()] for lemma in lemmas if lemma.lower() in known}:
            fits.append((float(glosses[number] @ taught[row]), number, row))
    meant: dict[int, int] = {}
    for _, number, row in sorted(fits, reverse=True):
        if number not in meant and row not in meant.values():
            meant[number] = row
    return meant
