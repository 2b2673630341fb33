"""Where English words that name no picture of the training belong among those that do.

The teacher knows what `puppy` or "a young dog" is like; the picture side knows names. A text is
put where the names are that the teacher and word vectors find most like it, each weighted by how
like: kernel regression from their space to the tower's own (Nadaraya 1964, Watson 1964). A name
counts as more like a text that it lists as a keyword, that WordNet holds to mean the same or to
be a kind of it, or that was written for it in other words (`training.data.paraphrases`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.clip.clip_labels import Names
from training.clip.teacher import embed
from training.data.captions import LONGEST_TEXT, with_article
from training.data.glove import word_vectors
from training.data.paraphrases import Paraphrases, paraphrases
from training.data.wordnet import Sense

Teacher = Callable[[list[str]], Tensor]
TEMPERATURE = 0.048  # of the likeness
MEAN_WRITTEN = 3.0  # how much the mean of the texts written for a name counts beside the name
GLOSS = 0.5  # how much what WordNet says of a name counts beside the name
WORDS = 0.2  # how much the word vectors' cosine counts beside the teacher's
SLACK = 0.1  # senses of a name that the teacher finds this much less like it are meant as well
# What is added to a text's likeness to a name
KEYWORD = 0.1
SAME = 0.25  # a word of WordNet for what the name means
KINDS = (0.2, 0.1)  # what is a kind of the name; of the name's own kind
WRITTEN = 0.35  # a text that was written for the name
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


def meanings(
    names: Names,
    senses: list[Sense],
    teacher: Teacher = embed,
    vectors: Teacher = word_vectors,
    plain: dict[str, Paraphrases] | None = None,
) -> Meanings:
    """Of every English keyword, of every lemma and every short gloss of WordNet's `senses`, and of
    all `plain` words (by default the table's)."""
    written = _written(names, paraphrases() if plain is None else plain)
    taught = _taught(names, teacher)
    glosses = teacher([sense.gloss for sense in senses])
    fits = _senses_of_names(names, taught, senses, glosses)
    best = _best_senses(fits)
    said = [senses[best[row]].gloss if row in best else "" for row in range(len(names.texts))]
    for row, number in best.items():
        taught[row] += GLOSS * glosses[number]
    spoken = dict(zip(written, teacher(list(written)), strict=True))
    taught = F.normalize(taught + MEAN_WRITTEN * _mean_written(taught, written, spoken), dim=-1)
    bonuses = _bonuses(names, senses, fits)
    known = {name.lower() for name in names.texts}
    listed = [text for text in bonuses if text.lower() not in known]
    added = [text for text in written if text not in bonuses and text.lower() not in known]
    for text, rows in written.items():
        bonuses.setdefault(text, {}).update(dict.fromkeys(rows, WRITTEN))
    texts = listed + added
    found = torch.cat([teacher(listed), *(spoken[text][None] for text in added)])
    likeness = found @ taught.T
    likeness += WORDS * _centred(vectors, texts, names, said)
    for number, text in enumerate(texts):
        for row, bonus in bonuses[text].items():
            likeness[number, row] += bonus
    kept = torch.tensor([bool(bonuses[text]) for text in texts]) | (likeness.amax(1) >= LIKENESS)
    weights = (likeness[kept] / TEMPERATURE).softmax(1)
    return Meanings(names.texts, [texts[row] for row in kept.nonzero()[:, 0].tolist()], weights)


def _taught(names: Names, teacher: Teacher) -> Tensor:
    """What the teacher makes of each name: alone, with its keywords or as a photo, in a caption."""
    pictures = [f"a picture of {with_article(name)}" for name in names.texts]
    parts = (names.texts, names.long_texts, pictures)
    return F.normalize(torch.stack([teacher(part) for part in parts]).sum(0), dim=-1)


def _written(names: Names, plain: dict[str, Paraphrases]) -> dict[str, list[int]]:
    """What was written in plain words for the names: {text: the names' rows}."""
    written: dict[str, list[int]] = {}
    for row, name in enumerate(names.texts):
        for text in plain[name].english if name in plain else ():
            written.setdefault(text, []).append(row)
    return written


def _mean_written(
    taught: Tensor, written: dict[str, list[int]], spoken: dict[str, Tensor]
) -> Tensor:
    """The direction of the mean of each name's texts; like `taught`, zero without any."""
    total = torch.zeros_like(taught)
    for text, rows in written.items():
        for row in rows:
            total[row] += spoken[text]
    return F.normalize(total, dim=-1)


def _centred(vectors: Teacher, texts: list[str], names: Names, said: list[str]) -> Tensor:
    """Cosines (texts, names) of word vectors, less what all names have in common."""
    of_names = vectors(names.texts) + vectors(names.long_texts) + GLOSS * vectors(said)
    of_names = F.normalize(of_names, dim=-1)
    middle = of_names.mean(0)
    found = vectors(texts)
    known = found.any(1, keepdim=True)  # a text of unknown words is like no name
    return F.normalize((found - middle) * known, dim=-1) @ F.normalize(of_names - middle, dim=-1).T


def _bonuses(
    names: Names, senses: list[Sense], fits: dict[int, dict[int, float]]
) -> dict[str, dict[int, float]]:
    """For every text what is added to its likeness to some names: {text: {name's row: bonus}}."""
    bonuses: dict[str, dict[int, float]] = {}
    for row, concept in enumerate(names.concepts):
        for keyword in concept.keywords["en"]:
            bonuses.setdefault(keyword, {})[row] = KEYWORD
    meant: dict[int, list[int]] = {}
    for row, found in fits.items():
        closest = max(found.values())
        for number, fit in found.items():
            if fit >= closest - SLACK:
                meant.setdefault(number, []).append(row)

    def of_sense(number: int) -> Iterator[tuple[int, float]]:
        yield from ((row, SAME) for row in meant.get(number, ()))
        for level, bonus in zip(senses[number].kinds, KINDS, strict=False):
            yield from ((row, bonus) for kind in level for row in meant.get(kind, ()))

    for number, sense in enumerate(senses):
        gloss = (sense.gloss,) if len(sense.gloss) <= LONGEST_TEXT else ()
        for text in (*sense.lemmas, *gloss):
            known = bonuses.setdefault(text, {})
            for row, bonus in of_sense(number):
                known[row] = max(known.get(row, 0.0), bonus)
    return bonuses


def _senses_of_names(
    names: Names, taught: Tensor, senses: list[Sense], glosses: Tensor
) -> dict[int, dict[int, float]]:
    """The senses that a name is a word of, and how like it the teacher finds each one's gloss:
    {the name's row: {the sense's number: cosine}}."""
    known = {name.lower(): row for row, name in reversed(list(enumerate(names.texts)))}
    fits: dict[int, dict[int, float]] = {}
    for number, sense in enumerate(senses):
        for row in {known[word.lower()] for word in sense.lemmas if word.lower() in known}:
            fits.setdefault(row, {})[number] = float(glosses[number] @ taught[row])
    return fits


def _best_senses(fits: dict[int, dict[int, float]]) -> dict[int, int]:
    """The one sense whose gloss says most of a name: {the name's row: the sense's number}. A sense
    with two names (bicycle, wheel) goes to the name that it fits better."""
    best: dict[int, int] = {}
    pairs = ((fit, number, row) for row, found in fits.items() for number, fit in found.items())
    for _, number, row in sorted(pairs, reverse=True):
        if row not in best and number not in best.values():
            best[row] = number
    return best
