"""The words that training texts have, for the spelling (multimodal/models/world/spelling.py).

python -m training.clip.world.vocabulary --data FOLDER --cache FOLDER --out words.txt
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from multimodal.models.world.spelling import ARABIC, LATIN
from training.clip.world.texts import load_captions
from training.data.artwork import ALL_STYLES
from training.data.packs import load_packs
from training.loop import config_from_flags
from training.pictures import Pictures

_WORD = re.compile(f"[{LATIN}]{{3,}}|[{ARABIC}]{{3,}}")


@dataclass(frozen=True)
class VocabularyRecipe:
    """Every choice of a run."""

    data: str = "data"
    cache: str = "runs/world/cache"
    out: str = "runs/world/words.txt"
    artwork_views: int = 1


def write_words(texts: Iterable[str], path: Path) -> int:
    """Count the words of texts and write lines of a count and its words, commonest first. -> how
    many words."""
    counts = Counter(word for text in texts for word in _WORD.findall(text))
    by_count: dict[int, list[str]] = defaultdict(list)
    for word, count in sorted(counts.items()):
        by_count[count].append(word)
    lines = [f"{count} {' '.join(by_count[count])}" for count in sorted(by_count, reverse=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(counts)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(VocabularyRecipe, argv)
    data, cache = Path(recipe.data), Path(recipe.cache)
    packs, pictures = load_packs(data, cache), Pictures.load("", styles=ALL_STYLES)
    captions = load_captions(packs, pictures, data, cache, recipe.artwork_views)
    print(write_words(captions.texts[: captions.num_clean], Path(recipe.out)), "words")


if __name__ == "__main__":
    main()
