"""What English words that name no training picture mean, as a mixture of the names that do.

The teacher, a sentence encoder, knows what `puppy` or "a young dog" is like, but the picture side
knows names alone. So each such text gets a pseudo-label: a weight for every name, greater the more
the teacher and word vectors find the text like it. This is kernel regression from their space to
the tower's own (Nadaraya 1964, Watson 1964). A text also counts as more like a name
that lists it as a keyword, that means the same or a wider thing according to WordNet, or that it
was written for as a paraphrase (`training.data.paraphrases`).
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
PARAPHRASES = 3.0  # how much the mean of a name's paraphrases counts beside the name
GLOSS = 0.5  # how much WordNet's gloss of a name counts beside the name
WORDS = 0.2  # how much the word vectors' cosine counts beside the teacher's
SLACK = 0.1  # a name means its best sense, and those that fit it by at most this much less
# What is added to a text's likeness to a name
KEYWORD = 0.1  # the name lists it as a keyword
SAME = 0.25  # WordNet: a word for what the name means
KINDS = (0.2, 0.1)  # WordNet: a kind of what the name means; a kind of such a kind
PARAPHRASE = 0.35  # it was written for the name
LIKENESS = 0.45  # texts that are less like every name are left out: they would blur the names


@dataclass(frozen=True)
class PseudoLabels:
    """Texts, and the mixture of names that each means: weights (n, names), rows sum to 1."""

    names: list[str]
    texts: list[str]
    weights: Tensor

    def place(self, own: Tensor) -> Tensor:
        """The names' own vectors (names, d) -> where the texts belong (n, d), unit norm."""
        return F.normalize(self.weights @ own, dim=-1)


def pseudo_labels(
    names: Names,
    senses: list[Sense],
    teacher: Teacher = embed,
    vectors: Teacher = word_vectors,
    table: dict[str, Paraphrases] | None = None,
) -> PseudoLabels:
    """Of every English keyword, of every lemma and short gloss of WordNet's `senses`, and of all
    paraphrases in `table` (by default the one of this project)."""
    paraphrased = _paraphrases_of(names, paraphrases() if table is None else table)
    taught = _taught(names, teacher)
    glosses = teacher([sense.gloss for sense in senses])
    fits = _senses_of_names(names, taught, senses, glosses)
    best = _best_senses(fits)
    for row, number in best.items():
        taught[row] += GLOSS * glosses[number]
    embedded = dict(zip(paraphrased, teacher(list(paraphrased)), strict=True))
    taught = F.normalize(
        taught + PARAPHRASES * _mean_paraphrase(taught, paraphrased, embedded), dim=-1
    )
    bonuses = _bonuses(names, senses, fits)
    known = {name.lower() for name in names.texts}
    listed = [text for text in bonuses if text.lower() not in known]
    added = [text for text in paraphrased if text not in bonuses and text.lower() not in known]
    for text, rows in paraphrased.items():
        bonuses.setdefault(text, {}).update(dict.fromkeys(rows, PARAPHRASE))
    texts = listed + added
    likeness = torch.cat([teacher(listed), *(embedded[text][None] for text in added)]) @ taught.T
    best_glosses = [senses[best[row]].gloss if row in best else "" for row in range(len(taught))]
    likeness += WORDS * _word_likeness(vectors, texts, names, best_glosses)
    for number, text in enumerate(texts):
        for row, bonus in bonuses[text].items():
            likeness[number, row] += bonus
    kept = torch.tensor([bool(bonuses[text]) for text in texts]) | (likeness.amax(1) >= LIKENESS)
    weights = (likeness[kept] / TEMPERATURE).softmax(1)
    return PseudoLabels(names.texts, [texts[row] for row in kept.nonzero()[:, 0].tolist()], weights)


def _taught(names: Names, teacher: Teacher) -> Tensor:
    """The teacher's vector of each name (names, d): of the name alone, of its long text and of a
    caption together."""
    pictures = [f"a picture of {with_article(name)}" for name in names.texts]
    parts = (names.texts, names.long_texts, pictures)
    return F.normalize(torch.stack([teacher(part) for part in parts]).sum(0), dim=-1)


def _paraphrases_of(names: Names, table: dict[str, Paraphrases]) -> dict[str, list[int]]:
    """The names' English paraphrases: {text: the rows of the names that it was written for}."""
    paraphrased: dict[str, list[int]] = {}
    for row, name in enumerate(names.texts):
        for text in table[name].english if name in table else ():
            paraphrased.setdefault(text, []).append(row)
    return paraphrased


def _mean_paraphrase(
    taught: Tensor, paraphrased: dict[str, list[int]], embedded: dict[str, Tensor]
) -> Tensor:
    """The direction of the mean of each name's paraphrases (names, d); zero without any."""
    total = torch.zeros_like(taught)
    for text, rows in paraphrased.items():
        for row in rows:
            total[row] += embedded[text]
    return F.normalize(total, dim=-1)


def _word_likeness(vectors: Teacher, texts: list[str], names: Names, glosses: list[str]) -> Tensor:
    """Cosines (texts, names) of word vectors, centred on the mean of all names; `glosses` has one
    for each name."""
    of_names = vectors(names.texts) + vectors(names.long_texts) + GLOSS * vectors(glosses)
    of_names = F.normalize(of_names, dim=-1)
    middle = of_names.mean(0)
    found = vectors(texts)
    known = found.any(1, keepdim=True)  # a text of unknown words is like no name
    return F.normalize((found - middle) * known, dim=-1) @ F.normalize(of_names - middle, dim=-1).T


def _bonuses(
    names: Names, senses: list[Sense], fits: dict[int, dict[int, float]]
) -> dict[str, dict[int, float]]:
    """What is added to the likeness of a text to some names: {text: {name's row: bonus}}."""
    bonuses: dict[str, dict[int, float]] = {}
    for row, concept in enumerate(names.concepts):
        for keyword in concept.keywords["en"]:
            bonuses.setdefault(keyword, {})[row] = KEYWORD
    meant: dict[int, list[int]] = {}  # sense -> the names that mean it
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
    """For each name the senses that it is a word for, with the teacher's cosine of name and gloss:
    {the name's row: {the sense's number: cosine}}."""
    known = {name.lower(): row for row, name in reversed(list(enumerate(names.texts)))}
    fits: dict[int, dict[int, float]] = {}
    for number, sense in enumerate(senses):
        for row in {known[word.lower()] for word in sense.lemmas if word.lower() in known}:
            fits.setdefault(row, {})[number] = float(glosses[number] @ taught[row])
    return fits


def _best_senses(fits: dict[int, dict[int, float]]) -> dict[int, int]:
    """The sense that fits each name best: {the name's row: the sense's number}. A sense with two
    names (bicycle, wheel) goes to the name that it fits better."""
    best: dict[int, int] = {}
    pairs = ((fit, number, row) for row, found in fits.items() for number, fit in found.items())
    for _, number, row in sorted(pairs, reverse=True):
        if row not in best and number not in best.values():
            best[row] = number
    return best
