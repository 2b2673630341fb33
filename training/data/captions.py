"""What a picture may be called: names in many languages, styles, backgrounds, sentences.

Every text that is not English comes with the English it translates, so that an English
teacher can say what it means.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from multimodal.live_training.augment import BACKGROUND_NAMES
from training.data.artwork import ALL_STYLES, DRAWN_STYLES
from training.data.concepts import Concept, load_concepts
from training.data.load_table import load_table
from training.data.paraphrases import paraphrases
from training.data.wordnet import load_senses

PHOTO_CAPTIONS = ("a photo of {}", "a photograph of {}", "a close-up photo of {}", "{}")
PLAIN_CAPTIONS = ("an emoji of {}", "a picture of {}", "a drawing of {}", "an icon of {}", "{}")
#: Other ways to say what `describe` calls "{} on a {} background".
GROUND_CAPTIONS = (
    "{} on an {} background",
    "{} with a {} background",
    "{}, {} background",
    "{} on {}",
)
#: The backgrounds as Arabic adjectives of خلفية, in the order of BACKGROUND_NAMES.
ARABIC_BACKGROUNDS = (
    "بيضاء",
    "سوداء",
    "رمادية",
    "حمراء",
    "برتقالية",
    "صفراء",
    "خضراء",
    "زرقاء",
    "زرقاء فاتحة",
    "بنفسجية",
    "وردية",
    "بنية",
)
#: How often a name is drawn in the languages that the page or `evaluate` speaks; 1.5 in others.
OFTEN = {"en": 8.0, "ar": 4.5, "es": 4.0, "fr": 4.0, "zh": 7.0, "hi": 11.0}
LONGEST_TEXT = 90  # characters of a gloss; longer ones do not fit into the text tower
ARABIC_CAPTIONS = ("صورة {}", "رسم {}", "رمز {}", "{}")


@dataclass(frozen=True)
class TextPair:
    """`text` in any language means `english`; `weight` says how often to draw it."""

    text: str
    english: str
    weight: float


def photo_names_ar() -> dict[str, str]:
    """Arabic names of the photo classes, written for this project."""
    names: dict[str, str] = load_table("photo_names_ar")
    return names


def photo_kinds() -> dict[str, list[list[str]]]:
    """For a photo class the kinds of thing it is, each in English and Arabic."""
    kinds: dict[str, list[list[str]]] = load_table("photo_kinds")
    return kinds


def photo_synonyms() -> dict[str, str]:
    """For a photo class the emoji name of the same thing, where that is another word."""
    synonyms: dict[str, str] = load_table("photo_synonyms")
    return synonyms


def with_article(name: str) -> str:
    """`apple` -> `an apple`; leaves phrases with a colon or a plural alone."""
    if ":" in name or name.endswith("s") or name.split()[0] in ("a", "an", "the", "no"):
        return name
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def photo_of(name: str) -> str:
    """`apple` -> `a photo of an apple`."""
    return f"a photo of {with_article(name)}"


def singular(name: str) -> str:
    """Enough English morphology to see that `roses` and `rose` are one name."""
    return name.lower().removesuffix("s")


def describe(name: str, style: str | None, background: int | None) -> str:
    """A full English caption: style, name and background where the picture has them."""
    text = ALL_STYLES[style].caption.format(with_article(name)) if style else with_article(name)
    if background is not None:
        text += f" on a {BACKGROUND_NAMES[background]} background"
    return text


def describe_freely(name: str, style: str | None, background: int, rng: random.Random) -> str:
    """The same, the background mostly as `describe` says it and else in other words."""
    if rng.random() < 0.6:
        return describe(name, style, background)
    text = rng.choice(GROUND_CAPTIONS)
    return text.format(describe(name, style, None), BACKGROUND_NAMES[background])


def describe_ar(name: str, background: int) -> str:
    """An Arabic caption of a thing and its background."""
    return f"{name} على خلفية {ARABIC_BACKGROUNDS[background]}"


def long_name(name: str, keywords: tuple[str, ...]) -> str:
    """`red apple: apple, fruit, red` - a name with what CLDR says about it."""
    return f"{name}: {', '.join(keywords[:8])}"


def distillation_pairs(photo_classes: tuple[str, ...], root: Path | None = None) -> list[TextPair]:
    """Everything the text student learns to read (about 330,000 pairs)."""
    pairs = name_pairs(photo_classes, root)
    for sense in load_senses(root):
        for text in (*sense.lemmas[:2], sense.gloss):
            if len(text) <= LONGEST_TEXT:
                pairs.append(TextPair(text, text, 0.25))
    said = {text for words in paraphrases().values() for text in words.english}
    return pairs + [TextPair(text, text, 1.0) for text in sorted(said)]


def name_pairs(photo_classes: tuple[str, ...], root: Path | None = None) -> list[TextPair]:
    """Names, keywords and captions of everything the models have pictures of, and Arabic in other
    words; English in other words is put to names by `training.clip.pseudo_labels`."""
    return [*_concept_pairs(load_concepts(root)), *_photo_pairs(photo_classes), *_plain_pairs()]


def _concept_pairs(concepts: tuple[Concept, ...]) -> Iterator[TextPair]:
    for index, concept in enumerate(concepts):
        english = concept.name
        yield TextPair(concept.emoji, english, 1.0)
        for caption in PLAIN_CAPTIONS:
            text = caption.format(with_article(english))
            yield TextPair(text, text, 1.5)
        for shift, style in enumerate(DRAWN_STYLES):
            background = (index + 5 * shift) % len(BACKGROUND_NAMES) if shift % 2 else None
            text = describe(english, style, background)
            yield TextPair(text, text, 0.5)
        for language, name in concept.names.items():
            keywords = concept.keywords[language]
            boost = OFTEN.get(language, 1.5)
            yield TextPair(name, english, boost)
            full = long_name(english, concept.keywords["en"])
            yield TextPair(long_name(name, keywords), full, 0.5)
            for keyword in keywords:
                meaning = keyword if language == "en" else english
                yield TextPair(keyword, meaning, 0.15 * boost / 1.5)
        for caption in ARABIC_CAPTIONS[:3]:
            if "ar" in concept.names:
                yield TextPair(
                    caption.format(concept.names["ar"]),
                    f"a picture of {with_article(english)}",
                    0.7,
                )


def _plain_pairs() -> Iterator[TextPair]:
    for name, words in paraphrases().items():
        for text in words.arabic:
            yield TextPair(text, name, 1.0)


def _photo_pairs(classes: tuple[str, ...]) -> Iterator[TextPair]:
    arabic = photo_names_ar()
    for name in classes:
        for caption in (*PHOTO_CAPTIONS, *PLAIN_CAPTIONS):
            text = caption.format(with_article(name))
            yield TextPair(text, text, 3.0)
        if name in arabic:
            yield TextPair(arabic[name], name, 12.0)
            yield TextPair(f"صورة {arabic[name]}", photo_of(name), 6.0)
