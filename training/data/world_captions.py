"""Everything that is true of a training picture, in English, Arabic and a dozen other languages.

Texts are kept once each, by number; for every picture, concept, label or class there is a list of
numbers to draw from. Of held-out pictures there is nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from multimodal.models.world.writing import plain_text
from training.data.artwork import ALL_STYLES, Artwork
from training.data.captions import (
    ARABIC_CAPTIONS,
    PLAIN_CAPTIONS,
    describe_ar,
    describe_freely,
    photo_kinds,
    photo_synonyms,
    with_article,
)
from training.data.concepts import LANGUAGES, Concept
from training.data.lexicon import Lexicon
from training.data.load_table import load_table
from training.data.packs import Packs, Picture
from training.data.paraphrases import paraphrases
from training.data.typos import with_typo

TEMPLATES = (
    "a photo of {a}",
    "{}",
    "{a}",
    "a picture of {a}",
    "a close-up photo of {a}",
    "a photo of the {}",
    "an image of {a}",
    "a blurry photo of {a}",
    "{} photo",
    "this is {a}",
)
TEMPLATES_AR = ("صورة {}", "{}", "صورة فوتوغرافية {}")
#: How many times a concept's name in a language is in its list, beside one of each keyword.
WEIGHTS = {"en": 8, "ar": 5, "hi": 4, "zh": 3, "es": 2, "fr": 2}
WITH_TYPO = 0.2  # of the texts there is a version with a typo


@dataclass
class TextLists:
    """Rows of different lengths: `draw` takes one number of each row asked for."""

    starts: Tensor
    numbers: Tensor

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> TextLists:
        """From lists of numbers."""
        lengths = torch.tensor([len(row) for row in rows], dtype=torch.long)
        starts = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])
        numbers = [number for row in rows for number in row]
        return cls(starts, torch.tensor(numbers, dtype=torch.long))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self) -> list[Tensor]:
        """The numbers of each row."""
        ends = self.starts.tolist()
        return [self.numbers[a:b] for a, b in pairwise(ends)]

    def draw(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """One number of each of `rows` (n,), which must not be empty, (n,)."""
        starts, ends = self.starts[rows], self.starts[rows + 1]
        chance = torch.rand(len(rows), generator=generator, dtype=torch.double)
        return self.numbers[starts + (chance * (ends - starts)).long()]

    def filled(self) -> Tensor:
        """Which rows have anything, (n,) bool."""
        return self.starts[1:] > self.starts[:-1]


@dataclass
class NumberedTexts:
    """Every text once; `number` gives a text its place."""

    texts: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Of one text."""
        text = plain_text(text)
        if text not in self.places:
            self.places[text] = len(self.texts)
            self.texts.append(text)
        return self.places[text]

    def numbers(self, texts: Iterable[str]) -> list[int]:
        """Of several."""
        return [self.number(text) for text in texts]


class WorldCaptions:
    """All captions, as numbers of `texts`.

    captions, labels: of each photo. pairs: English and Arabic captions of the same photos.
    classes, ancestors: of ImageNet's, with the first caption of each class in `class_first`.
    label_names: of each label of `label_list`; label_of: (photos,) the label of each or -1;
    family: (labels, families) bool, where a label is asked for; family_of: (photos,) that of each.
    concepts: of each concept; drawn: (views, drawings) what a view of a drawing is called with its
    style and background; names: by language (concepts,), -1 where there is none.
    typos: (texts,) the same text with a typo, or -1; texts from `num_clean` on are such.

    Args:
        artwork: every style that is trained on.
        backgrounds: of each view the background of every drawing, an index into BACKGROUND_NAMES.
    """

    def __init__(
        self,
        packs: Packs,
        artwork: Sequence[Artwork],
        backgrounds: Sequence[np.ndarray],
        lexicon: Lexicon,
    ) -> None:
        self.lexicon, self._texts = lexicon, NumberedTexts()
        self.texts = self._texts.texts
        rng, concepts = random.Random(0), lexicon.concepts
        number = self._texts.number
        self._add_classes()
        self._add_photos(packs)
        self.names = {
            language: torch.tensor(
                [number(c.names[language]) if language in c.names else -1 for c in concepts]
            )
            for language in LANGUAGES
        }
        wordings = {row: english + arabic for row, (english, arabic) in lexicon.phrases.items()}
        self.concepts = TextLists.of(
            [
                self._texts.numbers(_concept_texts(concept, wordings.get(row, [])))
                for row, concept in enumerate(concepts)
            ]
        )
        drawn = [self._texts.numbers(_drawn(artwork, concepts, b, rng)) for b in backgrounds]
        self.drawn = torch.tensor(drawn, dtype=torch.long)
        self.num_clean = len(self.texts)
        self.typos = self._add_typos(rng)

    def _add_classes(self) -> None:
        lexicon, words = self.lexicon, load_table("world_words")
        pairs = zip(lexicon.classes, lexicon.classes_ar, strict=True)
        self.classes = TextLists.of([self._captions_of(names, [ar], 8) for names, ar in pairs])
        first = [f"a photo of {with_article(names[0])}" for names in lexicon.classes]
        self.class_first = torch.tensor(self._texts.numbers(first))
        self.ancestors = TextLists.of(
            [
                self._captions_of(said_names(names), words["ancestors_ar"].get(names[0], []), 8)
                for names in lexicon.ancestors.names
            ]
        )

    def _add_photos(self, packs: Packs) -> None:
        """Captions and labels. A label's list is made once, where it is met first."""
        known, places = self._texts, dict[str, int]()
        self.label_list: list[str] = []
        self.label_of = torch.full((len(packs.pictures),), -1)
        label_names, families = list[list[int]](), list[set[str]]()
        captions, labels, english_of, arabic_of = [], [], [], []
        for row, picture in enumerate(packs.pictures):
            said = [] if picture.held else picture.captions + picture.captions_ar
            captions.append(known.numbers(said))
            if not picture.held and picture.captions and picture.captions_ar:
                english_of.append(known.numbers(picture.captions))
                arabic_of.append(known.numbers(picture.captions_ar))
            own: list[int] = []
            for label in filter(None, dict.fromkeys([picture.label, *picture.labels])):
                key = f"{picture.style}/{label}" if picture.style else label
                if key not in places:
                    places[key] = len(self.label_list)
                    self.label_list.append(key)
                    label_names.append(self._label_captions(picture, label))
                    families.append(set())
                families[places[key]].add(family_of(picture))
                own += label_names[places[key]]
                if label == picture.label and picture.pack != "nips17_ccby":
                    self.label_of[row] = places[key]
            labels.append([] if picture.held else own)
        self.pairs = TextLists.of(english_of), TextLists.of(arabic_of)
        self.captions, self.labels = TextLists.of(captions), TextLists.of(labels)
        self.label_names = TextLists.of(label_names)
        names = sorted({name for family in families for name in family})
        self.family = torch.tensor([[name in family for name in names] for family in families])
        numbers = {name: place for place, name in enumerate(names)}
        self.family_of = torch.tensor([numbers.get(family_of(p), -1) for p in packs.pictures])

    def _label_captions(self, picture: Picture, label: str) -> list[int]:
        english, arabic = self._names_of(label)
        found = self._captions_of(english, arabic, len(TEMPLATES))
        styles = load_table("world_words")["pacs_styles"].get(picture.style, ())
        found += 3 * self._texts.numbers(style.format(with_article(english[0])) for style in styles)
        for kind in photo_kinds().get(label, []):
            if kind[0] != "cat":  # a cougar is one, but nobody who asks for one means it
                found += self._captions_of(kind[:1], kind[1:], 3)
        return found

    def _names_of(self, label: str) -> tuple[list[str], list[str]]:
        """English and Arabic names of a label."""
        lexicon, number = self.lexicon, self.lexicon.class_of_name.get(label, -1)
        english = [label, *load_table("world_words")["other_words"].get(label, [])]
        arabic = [lexicon.labels_ar[label]] if label in lexicon.labels_ar else []
        if label in photo_synonyms():
            english.append(photo_synonyms()[label])
        if number >= 0:
            english += lexicon.classes[number][1:3]
            arabic.append(lexicon.classes_ar[number])
        return english, arabic

    def _captions_of(self, english: Sequence[str], arabic: Sequence[str], most: int) -> list[int]:
        """Templates with names: `most` with the first English one, some with the others."""
        found = []
        for place, name in enumerate(english):
            some = TEMPLATES[:most] if place == 0 else TEMPLATES[:3]
            found += self._texts.numbers(t.format(name, a=with_article(name)) for t in some)
        for name in arabic:
            found += self._texts.numbers(t.format(name) for t in TEMPLATES_AR)
        return found

    def _add_typos(self, rng: random.Random) -> Tensor:
        found = {}
        for number in range(self.num_clean):
            if rng.random() < WITH_TYPO and (text := with_typo(self.texts[number], rng)):
                found[number] = self._texts.number(text)
        typos = torch.full((len(self.texts),), -1)
        typos[list(found)] = torch.tensor(list(found.values()), dtype=torch.long)
        return typos


def said_names(names: Sequence[str]) -> list[str]:
    """Of an ancestor's synonyms the everyday ones among the first two; big cats are no cats."""
    return [name for name in names[:2] if name.islower() and names[0] != "big cat"] or [names[0]]


def family_of(picture: Picture) -> str:
    """Among whose labels a picture's is asked for: its pack's; the sixteen classes belong to the
    class-named photos."""
    pack = picture.pack.split("/")[0]
    return "photos" if pack == "sixteen_classes" else pack


def _concept_texts(concept: Concept, wordings: list[str]) -> list[str]:
    texts = 3 * wordings
    words = paraphrases().get(concept.name)
    if words:
        texts += 2 * [*words.english, *words.arabic]
    for language, name in concept.names.items():
        texts += WEIGHTS.get(language, 1) * [name]
    texts += [caption.format(with_article(concept.name)) for caption in PLAIN_CAPTIONS]
    if "ar" in concept.names:
        texts += [caption.format(concept.names["ar"]) for caption in ARABIC_CAPTIONS]
    texts += [*concept.keywords["en"][:8], *concept.keywords.get("ar", ())[:6]]
    return [*texts, concept.emoji]


def _drawn(
    artwork: Sequence[Artwork],
    concepts: Sequence[Concept],
    backgrounds: np.ndarray,
    rng: random.Random,
) -> Iterable[str]:
    """A caption of each drawing in one view: mostly its style, its background or both."""
    place = 0
    for style in artwork:
        for concept_id in style.concept_ids:
            concept, background = concepts[concept_id], int(backgrounds[place])
            place += 1
            draw = rng.random()
            if draw < 0.15 and background and "ar" in concept.names:
                yield describe_ar(concept.names["ar"], background)
            elif draw < 0.6:
                named = style.style if rng.random() < 0.4 else None
                yield describe_freely(concept.name, named, background, rng)
            else:
                yield ALL_STYLES[style.style].caption.format(with_article(concept.name))
