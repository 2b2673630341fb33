"""Make the sheet of emoji that the live training learns from: `emoji_sheet [--out FOLDER]`.

Every chosen emoji stands there in all six training styles; OpenMoji is held out and is not drawn
from. The names are short ones of our own, since people read them beside the pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from multimodal.live_training.emoji_sheet import FOLDER, NAMES_FILE, SHEET_FILE
from training.data.artwork import STYLES, load_artwork
from training.data.concepts import load_concepts

TILE = 64  # pixels; half as much again as the toy CLIP sees, so that turned pictures stay sharp
#: Code points of emoji that all six styles have, with what they are called in English and Arabic.
CHOSEN = {
    "1f697": ("car", "سيارة"),
    "1f41f": ("fish", "سمكة"),
    "1f34c": ("banana", "موزة"),
    "1f680": ("rocket", "صاروخ"),
    "1f339": ("rose", "وردة"),
    "1f438": ("frog", "ضفدع"),
    "1f427": ("penguin", "بطريق"),
    "1f335": ("cactus", "صبّار"),
    "2708": ("airplane", "طائرة"),
    "1f511": ("key", "مفتاح"),
    "1f3b8": ("guitar", "غيتار"),
    "1f353": ("strawberry", "فراولة"),
    "1f418": ("elephant", "فيل"),
    "2602": ("umbrella", "مظلّة"),
    "1f388": ("balloon", "بالون"),
    "1f514": ("bell", "جرس"),
}


def tiles_of(style: str) -> list[Image.Image]:
    """One style's pictures of the chosen emoji, TILE x TILE RGBA."""
    artwork = load_artwork(style)
    place = {concept.key: number for number, concept in enumerate(load_concepts())}
    tiles = []
    for key in CHOSEN:
        (row,) = np.flatnonzero(artwork.concept_ids == place[key])
        picture = Image.fromarray(np.asarray(artwork.pixels[row]))
        small = picture.convert("RGBa").resize((TILE, TILE), Image.Resampling.LANCZOS)
        tiles.append(small.convert("RGBA"))
    return tiles


def main() -> None:
    """Write the sheet, a row a style and a column an emoji, and what stands where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    out = parser.parse_args().out
    sheet = Image.new("RGBA", (TILE * len(CHOSEN), TILE * len(STYLES)))
    for row, style in enumerate(STYLES):
        for column, tile in enumerate(tiles_of(style)):
            sheet.paste(tile, (TILE * column, TILE * row))
    out.mkdir(parents=True, exist_ok=True)
    sheet.save(out / SHEET_FILE, quality=82, method=6)
    names = {
        "tile": TILE,
        "styles": list(STYLES),
        "emoji": [{"key": key, "en": en, "ar": ar} for key, (en, ar) in CHOSEN.items()],
    }
    text = json.dumps(names, ensure_ascii=False, indent=1)
    (out / NAMES_FILE).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
