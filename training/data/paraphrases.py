"""Paraphrases of the names: synonyms and plain descriptions, in English and Arabic.

They were written for this project with a language model that did not see the words which
`evaluate clip_words` measures. tests/training/test_paraphrases.py checks that none of those is
among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from training.data.load_table import load_table


@dataclass(frozen=True)
class Paraphrases:
    """Of one English name; the descriptions do without the name, `arabic` has texts of both
    sorts."""

    synonyms: tuple[str, ...]
    descriptions: tuple[str, ...]
    arabic: tuple[str, ...]

    @property
    def english(self) -> tuple[str, ...]:
        """All English texts."""
        return self.synonyms + self.descriptions


@cache
def paraphrases() -> dict[str, Paraphrases]:
    """Those of each English name; flags have none."""
    rows: dict[str, dict[str, list[str]]] = load_table("paraphrases")
    return {
        name: Paraphrases(*(tuple(row[kind]) for kind in ("same", "said", "ar")))
        for name, row in rows.items()
    }
