"""Texts as people type them: a letter slipped, another number, the Arabic article and endings."""

from __future__ import annotations

import random
import re

_ARABIC = re.compile("[\u0621-\u064a]")
_LATIN = re.compile("[a-z]")
_WORD = re.compile(r"\w+")
AL, TA_MARBUTA, HA = "\u0627\u0644", "\u0629", "\u0647"
ALEF_MAQSURA, YA = "\u0649", "\u064a"


def with_typo(text: str, rng: random.Random) -> str:
    """One slip in a text as `plain_text` writes it; "" where none suits it."""
    words = [match for match in _WORD.finditer(text) if len(match.group()) > 3]
    if not words:
        return ""
    match = rng.choice(words)
    word = match.group()
    if _ARABIC.search(word):
        other = _arabic(word, rng)
    elif _LATIN.search(word):
        other = (
            _plural(word) if match.end() == len(text) and rng.random() < 0.4 else _slip(word, rng)
        )
    else:
        return ""
    return text[: match.start()] + other + text[match.end() :] if other != word else ""


def _arabic(word: str, rng: random.Random) -> str:
    options = [word.removeprefix(AL) if word.startswith(AL) else AL + word]
    if word.endswith((TA_MARBUTA, HA)):
        options.append(word[:-1] + (HA if word.endswith(TA_MARBUTA) else TA_MARBUTA))
    if word.endswith((ALEF_MAQSURA, YA)):
        options.append(word[:-1] + (YA if word.endswith(ALEF_MAQSURA) else ALEF_MAQSURA))
    options.append(_slip(word, rng))
    return rng.choice(options)


def _plural(word: str) -> str:
    if word.endswith("s"):
        return word[:-1] if not word.endswith("ss") else word
    if word.endswith(("x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def _slip(word: str, rng: random.Random) -> str:
    """A letter left out, doubled, or changed with its neighbour; never the first."""
    place = rng.randrange(1, len(word) - 1)
    before, after = word[:place], word[place:]
    kind = rng.randrange(3)
    if kind == 0:
        return before + after[1:]
    if kind == 1:
        return before + after[0] + after
    return before + after[1] + after[0] + after[2:]
