"""The 1,900 emoji concepts and what each is called in fourteen languages.

Names and keywords are Unicode CLDR's (Unicode licence); groups are emojibase's (MIT).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from training.data.npm import package_folder

LANGUAGES = ("en", "ar", "es", "fr", "de", "it", "pt", "ru", "zh", "ja", "hi", "ko", "tr", "id")

#: emojibase's group numbers that matter here.
GROUP_FLAGS, GROUP_PEOPLE = 9, 1

_MIRROR_SENSITIVE = re.compile(
    r"left|right|arrow|flag|clockwise|east|west|letter|button|keycap|sign|symbol|clock|input|mark"
)


@dataclass(frozen=True)
class Concept:
    """One thing an emoji depicts. `key` is its code points, hex, joined by '-', without fe0f."""

    key: str
    group: int
    names: dict[str, str]
    keywords: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """The English name."""
        return self.names["en"]

    @property
    def emoji(self) -> str:
        """The character itself."""
        return "".join(chr(int(code, 16)) for code in self.key.split("-"))

    @property
    def mirrors(self) -> bool:
        """Whether a mirrored picture still shows what the name says."""
        return not _MIRROR_SENSITIVE.search(self.name) and self.group != GROUP_FLAGS


def key_of(codes: str) -> str:
    """`1F1E6-FE0F` or `1f1e6` -> the key used everywhere here."""
    return "-".join(part for part in re.split(r"[-_ ]", codes.lower()) if part != "fe0f")


def slug(name: str) -> str:
    """`Flag: Côte d'Ivoire` -> `flag-cote-divoire`-like id used to match icon names."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("’", "").replace("'", "")).strip("-")


def _annotations(language: str, root: Path | None) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for package, folder in (
        ("cldr-annotations-derived-full", "annotationsDerived"),
        ("cldr-annotations-full", "annotations"),
    ):
        path = package_folder(package, root) / folder / language / "annotations.json"
        entries = json.loads(path.read_text(encoding="utf-8"))[folder]["annotations"]
        for emoji, entry in entries.items():
            merged[key_of("-".join(f"{ord(char):x}" for char in emoji))] = entry
    return merged


@cache
def load_concepts(root: Path | None = None) -> tuple[Concept, ...]:
    """Every emoji without skin tones or bare components, in Unicode order (about 1,920)."""
    rows = json.loads((package_folder("emojibase-data", root) / "en" / "data.json").read_text())
    tables = {language: _annotations(language, root) for language in LANGUAGES}
    concepts = []
    for row in rows:
        key = key_of(row["hexcode"])
        if "group" not in row or key not in tables["en"] or "tts" not in tables["en"][key]:
            continue
        names, keywords = {}, {}
        for language, table in tables.items():
            entry = table.get(key, {})
            if entry.get("tts"):
                names[language] = entry["tts"][0].strip()
                keywords[language] = tuple(word.strip() for word in entry.get("default", ()))
        concepts.append(Concept(key, row["group"], names, keywords))
    return tuple(concepts)
