"""How people say it: other words and plain descriptions of what the models know by a name.

Written for this project, with a language model, without sight of the words that `evaluate
clip_words` asks for; none of these stands in the table (tests/training/test_paraphrases.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from training.data.load_table import load_table


@dataclass(frozen=True)
class Paraphrases:
    """For one English name: `same`, words with that meaning; `said`, descriptions that do without
    the name; `arabic`, texts of both sorts."""

    same: tuple[str, ...]
    said: tuple[str, ...]
    arabic: tuple[str, ...]

    @property
    def english(self) -> tuple[str, ...]:
        """All English texts."""
        return self.same + self.said


@cache
def paraphrases() -> dict[str, Paraphrases]:
    """By English name; flags have none."""
    rows: dict[str, dict[str, list[str]]] = load_table("paraphrases")
    return {
        name: Paraphrases(*(tuple(row[kind]) for kind in ("same", "said", "ar")))
        for name, row in rows.items()
    }
