"""One slipped letter put right, where a word is otherwise unknown.

A word is known when training texts have it or the sentence encoder reads it as one piece; of the
known words one letter away the commonest is taken. Everything else stays as it is written.

Source: Norvig 2007, "How to Write a Spelling Corrector".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

LATIN, ARABIC = "abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهويىئءؤة"
SHORTEST = 5  # letters; of shorter words too many are one letter apart
COMMON = 300  # times in training texts, to be preferred to a word that the encoder knows
AL = "ال"
#: Letters at the end of Arabic words that are often written for one another.
ENDINGS = ("ة", "ه"), ("ه", "ة"), ("ى", "ي"), ("ي", "ى")
_WORD = re.compile(f"[{LATIN}]+|[{ARABIC}]+")


class Spelling:
    """Corrects the unknown words of texts.

    Args:
        words: how often training texts have each known word.
        is_known: whether the sentence encoder knows a word.
    """

    def __init__(self, words: dict[str, int], is_known: Callable[[str], bool]) -> None:
        self._words, self._is_known = words, is_known
        self._corrected = lru_cache(65_536)(self._correct_word)

    @classmethod
    def load(cls, path: Path, is_known: Callable[[str], bool]) -> Spelling:
        """Lines of a count and its words, commonest first."""
        words = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            count, *row = line.split(" ")
            words.update(dict.fromkeys(row, int(count)))
        return cls(words, is_known)

    def correct(self, text: str) -> str:
        """A text as `plain_text` gives it, corrected."""
        return _WORD.sub(lambda match: self._corrected(match.group()), text)

    def _correct_word(self, word: str) -> str:
        if len(word) < SHORTEST or word in self._words:
            return word
        fewest = COMMON if self._is_known(word) else 0  # the encoder's texts had slips of their own
        if word[0] in ARABIC:
            for other in _forms(word):
                if self._words.get(other, 0) > fewest:
                    return other
        known = [other for other in _one_away(word) if self._words.get(other, 0) > fewest]
        return max(known, key=self._words.__getitem__, default=word)


def _forms(word: str) -> Iterator[str]:
    """The same Arabic word without its article or with another ending."""
    stems = (word, word.removeprefix(AL)) if word.startswith(AL) else (word,)
    for stem in stems:
        yield stem
        for last, other in ENDINGS:
            if stem.endswith(last):
                yield stem[:-1] + other


def _one_away(word: str) -> Iterator[str]:
    """Everything that one letter left out, added, changed or exchanged makes of a word; the first
    letter stays."""
    letters = ARABIC if word[0] in ARABIC else LATIN
    for place in range(1, len(word) + 1):
        before, after = word[:place], word[place:]
        for letter in letters:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
