"""Make the pictures of the README from the shipped weights: `python docs/pictures.py`.

Writes docs/pictures/strip.webp (a result of each tool), film.webp (one run of VQGAN+CLIP),
can.webp and cannot.webp (what the small models know and what they do not). The prompts are chosen
to show both; the seed is always 0, settings are those of the page where the caption names none,
and every number under a picture is computed here. The film has as many pictures as previews were
made, which depends on the machine. About five minutes on one idle core.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from multimodal import (  # noqa: E402
    DalleSettings,
    Lab,
    Result,
    VQGANCLIPSettings,
    last,
)
from multimodal.images import decode, film_of  # noqa: E402

OUT, EXAMPLES = ROOT / "docs" / "pictures", ROOT / "examples"
SIDE, GAP, LINES, LINE_HEIGHT = 168, 12, 3, 19
INK, PAPER = "#1d2530", "#ffffff"
#: What example pictures are sorted into on the strip and the grids.
LABELS = (
    "dog", "cat", "person", "bird", "horse", "fish", "car", "airplane", "motorbike", "flower",
    "fruit", "hat", "shoe", "coffee", "guitar", "saxophone", "chair", "building", "beach", "pizza",
)  # fmt: skip
COLUMNS, FILM_SIDE, QUALITY = 4, 256, 82


class Tile(NamedTuple):
    """A picture and what stands under it, a line each."""

    image: Image.Image
    caption: tuple[str, ...]


class Maker:
    """Tiles of everything the lab does."""

    def __init__(self) -> None:
        self.lab = Lab.load("embedded", device="cpu")

    def classified(self, name: str) -> Tile:
        """An example and the two likeliest of LABELS."""
        image = example(name)
        found = self.lab.classify([image], LABELS)[0][:2]
        shares = [f"{one.label} {one.probability:.0%}" for one in found if one.probability > 0.005]
        return Tile(image, ("sorted by CLIP:", ", ".join(shares)))

    def scored(self, name: str, captions: Sequence[str]) -> Tile:
        """An example and the shares of some captions, best first."""
        image = example(name)
        shares = self.lab.score([image], list(captions)).per_image()[0].tolist()
        ranked = sorted(zip(shares, captions, strict=True), reverse=True)
        return Tile(image, ("scored by CLIP:", *(f"{text} {share:.0%}" for share, text in ranked)))

    def found(self, query: str, called: str) -> Tile:
        """The best of the examples for a query."""
        gallery = self.lab.index([EXAMPLES])
        best = self.lab.search(gallery, query)[0]
        return Tile(decode(best.item.path), ("first of 15 pictures", f"for {called}"))

    def painted(self, prompt: str, **settings: str) -> tuple[Tile, Result]:
        """A painting with seed 0 and otherwise the settings of the page, and its run."""
        run = last(self.lab.generate(prompt, VQGANCLIPSettings(**settings)))  # type: ignore[arg-type]
        note = [" ".join(setting) for setting in settings.items()]
        return Tile(run.image, ("VQGAN+CLIP:", f"“{prompt}”", *note)), run

    def drawn(self, prompt: str, called: str = "") -> Tile:
        """The best of four drawings of the token model, by CLIP, with seed 0."""
        run = last(self.lab.generate(prompt, DalleSettings()))
        return Tile(run.image, ("DALL-E tokens:", *wrapped(called or f"“{prompt}”")))

    def decoded(self, name: str) -> Tile:
        """An example through the VQGAN and back."""
        found = self.lab.reconstruct(example(name))
        return Tile(found.image, ("rebuilt by the VQGAN", f"from 256 codes, {found.psnr:.1f} dB"))


def example(name: str) -> Image.Image:
    """The central square of an example picture."""
    image = decode(str(EXAMPLES / f"{name}.jpg"))
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def wrapped(text: str, most: int = 22) -> list[str]:
    """The text in lines of at most so many letters."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > most and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def sheet(tiles: Sequence[Tile], columns: int) -> Image.Image:
    """The tiles in rows, each over its caption."""
    rows = -(-len(tiles) // columns)
    height = SIDE + LINES * LINE_HEIGHT + GAP
    found = Image.new("RGB", (columns * (SIDE + GAP) + GAP, rows * height + GAP), PAPER)
    pen, font = ImageDraw.Draw(found), ImageFont.load_default(15)
    for place, tile in enumerate(tiles):
        left, top = GAP + place % columns * (SIDE + GAP), GAP + place // columns * height
        small = tile.image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        found.paste(small, (left, top))
        pen.rectangle((left, top, left + SIDE - 1, top + SIDE - 1), outline="#d5dae0")
        for number, line in enumerate(tile.caption[:LINES]):
            pen.text((left, top + SIDE + 3 + number * LINE_HEIGHT), line, INK, font)
    return found


def save(name: str, image: Image.Image) -> None:
    """Write one picture and say how large it is."""
    path = OUT / name
    image.save(path, "WEBP", quality=QUALITY, method=6)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def main() -> None:
    """Make them all."""
    OUT.mkdir(exist_ok=True)
    make = Maker()
    run = make.painted("a butterfly")[1]
    frames = [
        frame.resize((FILM_SIDE, FILM_SIDE), Image.Resampling.BICUBIC) for frame in run.frames
    ]
    film = OUT / "film.webp"
    film.write_bytes(film_of(frames))
    print(f"{film.relative_to(ROOT)}: {film.stat().st_size:,} bytes, {len(frames)} frames")
    strip = [
        make.classified("dalmatian"),
        make.found("a yellow flower", "“a yellow flower”"),
        make.decoded("strawberry"),
        make.painted("a sailboat", quality="better")[0],
        make.drawn("a rocket"),
        make.drawn("a rocket on a green background"),
    ]
    save("strip.webp", sheet(strip, len(strip)))
    can = [
        make.classified("apples"),
        make.classified("motorbike"),
        make.found("حذاء", "“shoes” in Arabic"),
        make.painted("a strawberry", start="random")[0],
        make.painted("a sunflower", quality="better")[0],
        make.drawn("a panda"),
        make.drawn("قلب أحمر", "“red heart”, in Arabic"),
        make.drawn("a hamburger on a yellow background"),
    ]
    save("can.webp", sheet(can, COLUMNS))
    cannot = [
        make.classified("coffee"),
        make.scored("astronaut", ("an astronaut", "a doll")),
        make.scored("apples", ("one apple", "many apples")),
        make.painted("a dog face")[0],
        make.painted("a cat riding a bicycle")[0],
        make.drawn("a house on a hill"),
        make.drawn("a red car"),
        make.drawn("a photo of a beach"),
    ]
    save("cannot.webp", sheet(cannot, COLUMNS))


if __name__ == "__main__":
    main()
