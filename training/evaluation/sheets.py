"""Contact sheets: what was drawn, each with its prompt, so that a figure can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

SIDE, TEXT, GAP, COLUMNS = 128, 32, 8, 10
INK, PAPER, RIGHT, WRONG = "#222222", "#ffffff", "#1a7f4b", "#c9c9c9"


@dataclass(frozen=True)
class Tile:
    """A picture, its prompt, whether the judge agreed, and perhaps a picture to set beside it."""

    image: Image.Image
    text: str
    right: bool
    beside: Image.Image | None = None


def contact_sheet(tiles: Sequence[Tile]) -> Image.Image:
    """All tiles in rows of ten, or of five where each has a second picture; a green line under
    those that the judge agreed with."""
    wide = any(tile.beside for tile in tiles)
    columns = COLUMNS // 2 if wide else COLUMNS
    width = (2 * SIDE if wide else SIDE) + GAP
    height = SIDE + TEXT + GAP
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width + GAP, rows * height + GAP), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for place, tile in enumerate(tiles):
        left = GAP + place % columns * width
        top = GAP + place // columns * height
        pictures = (tile.image, tile.beside) if tile.beside else (tile.image,)
        for number, picture in enumerate(pictures):
            small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(small, (left + number * SIDE, top))
        line = (left, top + SIDE + 1, left + width - GAP - 1, top + SIDE + 3)
        pen.rectangle(line, fill=RIGHT if tile.right else WRONG)
        pen.text((left, top + SIDE + 5), _fitted(tile.text, pen, font, width - GAP), INK, font)
    return sheet


def _fitted(
    text: str,
    pen: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    width: int,
) -> str:
    """The text in lines that fit, two at most."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines[:2])
