"""What a training picture of CLIP is called: its label among all names, and true captions of it."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from training.data.artwork import ALL_STYLES
from training.data.captions import (
    ARABIC_CAPTIONS,
    PHOTO_CAPTIONS,
    PLAIN_CAPTIONS,
    describe,
    long_name,
    photo_kinds,
    photo_names_ar,
    photo_of,
    photo_synonyms,
    singular,
    with_article,
)
from training.data.concepts import Concept


class Names:
    """One label space over emoji concepts and photo classes; words for one thing are one label,
    and `other_words` has what photo classes call it."""

    def __init__(self, concepts: tuple[Concept, ...], classes: tuple[str, ...]) -> None:
        self.concepts, self.classes = concepts, classes
        known = {singular(concept.name): row for row, concept in enumerate(concepts)}
        self.texts = [concept.name for concept in concepts]
        self.long_texts = [long_name(c.name, c.keywords["en"]) for c in concepts]
        self.label_of_class = []
        self.other_words: dict[int, str] = {}
        for name in classes:
            word = photo_synonyms().get(name, name)
            row = known.get(singular(word), len(self.texts))
            if row < len(concepts) and word != name:
                self.other_words[row] = name
            if row == len(self.texts):
                self.texts.append(name)
                self.long_texts.append(photo_of(name))
            self.label_of_class.append(row)


def caption(names: Names, label: int, style: int, background: int, rng: random.Random) -> str:
    """One of the many true captions of a picture; `style` is -1 for photos."""
    other = names.other_words.get(label, "")
    kinds = photo_kinds().get(other or names.texts[label]) if style < 0 else None
    if kinds and rng.random() < 0.35:  # a cougar is a cat and an animal, too
        name, arabic = rng.choice(kinds)
        if rng.random() < 0.3:
            return rng.choice(ARABIC_CAPTIONS).format(arabic)
    elif label < len(names.concepts) and not (
        other and rng.random() < (0.6 if style < 0 else 0.15)
    ):
        concept = names.concepts[label]
        name, language = concept.name, "en"
        if rng.random() < 0.4:
            language = "ar" if rng.random() < 0.35 else rng.choice(sorted(concept.names))
        if language != "en" and language in concept.names:
            name = concept.names[language]
            return rng.choice(ARABIC_CAPTIONS).format(name) if language == "ar" else name
    else:
        name = other or names.texts[label]
        arabic = photo_names_ar().get(name, "")
        if arabic and rng.random() < 0.25:
            return rng.choice(ARABIC_CAPTIONS).format(arabic)
    if style < 0:
        return rng.choice(PHOTO_CAPTIONS).format(with_article(name))
    kind = rng.random()
    if kind < 0.45:
        return name
    if kind < 0.6:
        return rng.choice(PLAIN_CAPTIONS).format(with_article(name))
    return describe(
        name,
        list(ALL_STYLES)[style] if kind < 0.85 else None,
        background if rng.random() < 0.6 else None,
    )


def same_texts(texts: list[str], count: int) -> Tensor:
    """(count, len(texts)) bool: pairs of captions that read the same and so are no negatives."""
    ids = {text: place for place, text in enumerate(texts)}
    codes = torch.tensor([ids[text] for text in texts])
    return codes[:count, None] == codes[None, :]
