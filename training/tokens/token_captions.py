"""What the token model's training pictures are called."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from training.data.artwork import STYLE_NAMES, Artwork
from training.data.captions import (
    describe,
    describe_ar,
    describe_freely,
    photo_names_ar,
    photo_of,
    with_article,
)
from training.data.concepts import Concept

PLAIN_STYLE = "twemoji"  # the largest one of flat, easily drawn pictures


def plain_styles(artwork: list[Artwork], num_concepts: int) -> Tensor:
    """The style that a bare name stands for, (num_concepts,): PLAIN_STYLE, or the first of STYLES
    that has the concept; -1 for one that none has."""
    found = torch.full((num_concepts,), -1)
    for row, art in reversed(list(enumerate(artwork))):
        found[torch.from_numpy(art.concept_ids).long()] = row
    for row, art in enumerate(artwork):
        if art.style == PLAIN_STYLE:
            found[torch.from_numpy(art.concept_ids).long()] = row
    return found


class Captions:
    """Draws a true caption of a training picture, in English or Arabic.

    A bare name stands for one style only, `plain_styles` (num_concepts,), and every other style
    is named: what a caption leaves open, the net has to average over.
    """

    def __init__(
        self, concepts: tuple[Concept, ...], classes: tuple[str, ...], plain_styles: Tensor
    ) -> None:
        self.concepts, self.classes, self.plain_styles = concepts, classes, plain_styles
        self.arabic = photo_names_ar()

    def of_artwork(self, concept: int, style: int, background: int, rng: random.Random) -> str:
        """The name, with or without its article or in Arabic, or the style and the name. A ground
        that is not white is always named."""
        names = self.concepts[concept].names
        plain = bool(style == self.plain_styles[concept])
        named = rng.random() < (0.4 if background else 0.15)
        said = None if plain and not named else STYLE_NAMES[style]
        if said is None and "ar" in names and rng.random() < 0.4:
            return describe_ar(names["ar"], background) if background else names["ar"]
        if background:
            return describe_freely(names["en"], said, background, rng)
        if said is not None:
            return describe(names["en"], said, None)
        return with_article(names["en"]) if rng.random() < 0.3 else names["en"]

    def of_photo(self, label: int, rng: random.Random) -> str:
        """`a photo of an apple`, or the like in Arabic."""
        name = self.classes[label]
        if name in self.arabic and rng.random() < 0.2:
            return f"صورة {self.arabic[name]}"
        return photo_of(name)

    def of(self, label: int, style: int, background: int, rng: random.Random) -> str:
        """Of one picture without a draft. A ground that is not white is never named, because such
        a caption asks for a draft, and half of these pictures have no caption at all."""
        if style < 0:
            return self.of_photo(label, rng)
        if background and rng.random() < 0.5:
            return ""
        return self.of_artwork(label, style, 0, rng)

    def everything(self) -> list[str]:
        """All of it once, to train the tokenizer on."""
        rng = random.Random(0)
        texts = [concept.name for concept in self.concepts for _ in range(5)]
        texts += [concept.names["ar"] for concept in self.concepts for _ in range(2)]
        for concept in range(len(self.concepts)):
            for style in range(len(STYLE_NAMES)):
                texts.append(self.of_artwork(concept, style, (concept + style) % 12, rng))
        return texts + [self.of_photo(row, rng) for row in range(len(self.classes))]
