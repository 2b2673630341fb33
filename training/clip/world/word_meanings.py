"""What words that name no training picture mean: every English keyword, lemma and gloss of WordNet
is put among the concepts' names where an English teacher finds it (training.clip.pseudo_labels)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.world.heads import Heads
from multimodal.models.world.writing import plain_text
from training.clip.clip_labels import Names
from training.clip.pseudo_labels import PseudoLabels, pseudo_labels
from training.clip.world.texts import Read, TextFeatures, cached_vectors
from training.data.concepts import Concept
from training.data.packs import Packs
from training.data.wordnet import load_senses

KEPT = 24  # names that a text is put among
FEWEST = 0.5  # of a text's mixture must be concepts' names, not photo classes'
TEXTS = 256  # a step
WEIGHT = 0.5


class WordMeanings:
    """The loss of other words against mixtures of names.

    Args:
        vectors: (n, width) of the words.
        places, shares: (n, k) the likeliest names of each word and their weights, which sum to 1.
    """

    def __init__(self, vectors: np.ndarray, places: Tensor, shares: Tensor) -> None:
        self._words, self._places, self._shares = TextFeatures(vectors), places, shares

    @classmethod
    def load(
        cls, packs: Packs, concepts: tuple[Concept, ...], cache: Path, make: Callable[[], Read]
    ) -> WordMeanings:
        """Of all words; the teacher reads them once, for about ten minutes."""
        path = cache / "word-meanings.pt"
        if not path.exists():
            classes = sorted({p.label for p in packs.pictures if p.pack.startswith("photos/")})
            labels = pseudo_labels(Names(concepts, tuple(classes)), load_senses())
            torch.save(mixtures(labels, len(concepts)), path)
        stored = torch.load(path, weights_only=True)
        vectors = cached_vectors(stored["texts"], cache, make)
        return cls(vectors, stored["places"], stored["shares"])

    def loss(
        self,
        heads: Heads,
        names: Tensor,
        noise: float,
        generator: torch.Generator,
    ) -> Tensor:
        """Weighted cross-entropy of some words among `names` (names, d), the concepts' in their
        order."""
        rows = torch.randint(len(self._places), (TEXTS,), generator=generator)
        said = self._words(heads, rows, noise)
        logged = (heads.log_scale.exp() * said @ names.T).log_softmax(1)
        return -WEIGHT * (self._shares[rows] * logged.gather(1, self._places[rows])).sum(1).mean()


def mixtures(labels: PseudoLabels, num_concepts: int) -> dict[str, object]:
    """Texts that mostly mean concepts, the first names there are, and of each text the KEPT
    likeliest concepts and their shares."""
    weights = labels.weights[:, :num_concepts]
    kept = (weights.sum(1) > FEWEST).nonzero()[:, 0]
    shares, places = weights[kept].topk(min(KEPT, num_concepts), 1)
    texts = [plain_text(labels.texts[row]) for row in kept.tolist()]
    return {"texts": texts, "places": places, "shares": F.normalize(shares, p=1, dim=1)}
