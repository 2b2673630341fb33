"""How people say it: other words and plain descriptions of what the models know by a name.

Written for this project, with a language model, without sight of the words that `evaluate
clip_words` asks for; none of these stands in the table (tests/test_plain_words.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from multimodal.data.written import written


@dataclass(frozen=True)
class PlainWords:
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
def plain_words() -> dict[str, PlainWords]:
    """By English name; flags have none."""
    rows: dict[str, dict[str, list[str]]] = written("plain_words")
    return {
        name: PlainWords(*(tuple(row[kind]) for kind in ("same", "said", "ar")))
        for name, row in rows.items()
    }
