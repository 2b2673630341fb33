"""A handful of emoji in six styles with their names, small enough to ship and to learn at once.

`training.data.emoji_sheet` made it; who drew the pictures stands in CREDITS.txt beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent / "emoji_sheet_files"
SHEET_FILE, NAMES_FILE = "sheet.webp", "names.json"


@dataclass(frozen=True)
class EmojiSheet:
    """Emoji in several styles.

    Args:
        pixels: (styles, emoji, tile, tile, 4) uint8 RGBA, straight alpha, read-only.
        styles: names of the styles, as in `data.artwork`.
        names: what each emoji is called, by language ("en", "ar").
    """

    pixels: np.ndarray
    styles: tuple[str, ...]
    names: dict[str, tuple[str, ...]]

    @property
    def num_emoji(self) -> int:
        """How many emoji there are in each style."""
        return self.pixels.shape[1]


@cache
def load_emoji_sheet(folder: Path = FOLDER) -> EmojiSheet:
    """The sheet of a folder, by default the shipped one."""
    facts = json.loads((folder / NAMES_FILE).read_text(encoding="utf-8"))
    with Image.open(folder / SHEET_FILE) as image:
        flat = np.asarray(image.convert("RGBA"))
    tile, styles, emoji = facts["tile"], tuple(facts["styles"]), facts["emoji"]
    grid = flat.reshape(len(styles), tile, len(emoji), tile, 4)
    pixels = np.ascontiguousarray(grid.transpose(0, 2, 1, 3, 4))
    pixels.flags.writeable = False
    names = {language: tuple(one[language] for one in emoji) for language in ("en", "ar")}
    return EmojiSheet(pixels, styles, names)
