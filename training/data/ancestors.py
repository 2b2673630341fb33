"""What ImageNet's 1,000 classes are kinds of, by WordNet: "dog" stands above 118 of them.

Source: Deng et al. 2009, "ImageNet", section 2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from training.data.load_table import load_table
from training.data.wordnet import read_nouns

ANIMALS = range(398)  # the classes below this number are animals
ANIMAL_FILE, THING_FILES = "05", ("06", "13", "17", "20", "18", "08", "15")
FEWEST, MOST = 2, 520  # classes below an ancestor whose name is worth learning


class Ancestors:
    """`names` of the ancestors (m), each a list of synonyms, and `above` (m, classes) bool.

    Args:
        nouns: WordNet's `data.noun`.
        classes: the names of each class.
    """

    def __init__(self, nouns: str, classes: Sequence[Sequence[str]]) -> None:
        lemmas: dict[str, tuple[str, ...]] = {}
        files: dict[str, str] = {}
        parents: dict[str, list[str]] = {}
        by_lemmas: dict[frozenset[str], list[str]] = defaultdict(list)
        by_word: dict[str, list[str]] = defaultdict(list)
        for noun in read_nouns(nouns):
            at = noun.offset
            lemmas[at], files[at], parents[at] = noun.lemmas, noun.file, noun.parents
            words = [word.lower() for word in noun.lemmas]
            by_lemmas[frozenset(words)].append(at)
            for word in words:
                by_word[word].append(at)
        below: dict[str, set[int]] = defaultdict(set)
        for number, names in enumerate(classes):
            lowered = [name.lower() for name in names]
            wanted = frozenset(lowered)
            allowed = (ANIMAL_FILE,) if number in ANIMALS else THING_FILES
            options = by_lemmas[wanted] or max(
                (by_word[word] for word in lowered), key=len, default=[]
            )
            options = [at for at in options if files[at] in allowed]
            if options:
                best = max(options, key=lambda at: len(wanted & {w.lower() for w in lemmas[at]}))
                for ancestor in _all_above(best, parents):
                    below[ancestor].add(number)
        not_said = set(load_table("world_words")["ancestors_not_said"])
        kept = [
            at
            for at, found in sorted(below.items())
            if FEWEST <= len(found) <= MOST and lemmas[at][0] not in not_said
        ]
        self.names = [list(lemmas[at][:3]) for at in kept]
        self.above = torch.zeros(len(kept), len(classes), dtype=torch.bool)
        for row, at in enumerate(kept):
            self.above[row, list(below[at])] = True

    def shares(self, probabilities: Tensor) -> Tensor:
        """Probabilities (n, classes) -> (n, m) of what stands above them."""
        return probabilities @ self.above.T.to(probabilities)


def _all_above(offset: str, parents: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    level = [offset]
    while level:
        level = [p for child in level for p in parents.get(child, []) if p not in found]
        found.update(level)
    return found
