"""Emoji artwork in twelve styles, rendered once to arrays that training can map into memory.

OpenMoji is the held-out style: `evaluate` measures on it, no recipe trains on it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from multimodal.data.concepts import GROUP_FLAGS, Concept, key_of, load_concepts, slug
from multimodal.data.npm import data_root, package_folder

RENDER_SIZE = 144  # stored picture side; a little more than training uses, so crops stay sharp


@dataclass(frozen=True)
class Style:
    """Where a style's pictures come from and how a caption names it."""

    package: str
    caption: str  # "{} ..." is completed with the concept's name
    licence: str


STYLES = {
    "fluent-3d": Style("@lobehub/fluent-emoji-3d", "a 3D rendering of {}", "MIT"),
    "fluent-flat": Style("@iconify-json/fluent-emoji-flat", "a flat drawing of {}", "MIT"),
    "noto": Style("@iconify-json/noto", "a shaded drawing of {}", "Apache-2.0"),
    "twemoji": Style("@twemoji/svg", "a simple flat icon of {}", "CC-BY-4.0"),
    "emojione": Style("@iconify-json/emojione", "a glossy icon of {}", "CC-BY-4.0"),
    "fxemoji": Style("@iconify-json/fxemoji", "a cartoon icon of {}", "Apache-2.0"),
}
STYLE_NAMES = tuple(STYLES)
#: Older and black-and-white sets that CLIP alone looks at, to know a thing by its shape in a style
#: that it never saw; the generators draw the styles above.
OTHER_STYLES = {
    "noto-v1": Style("@iconify-json/noto-v1", "a soft drawing of {}", "Apache-2.0"),
    "streamline": Style(
        "@iconify-json/streamline-emojis", "an outlined drawing of {}", "CC-BY-4.0"
    ),
    "high-contrast": Style(
        "@iconify-json/fluent-emoji-high-contrast", "a black and white icon of {}", "MIT"
    ),
    "monotone": Style("@iconify-json/emojione-monotone", "a black silhouette of {}", "CC-BY-4.0"),
    "line-art": Style("@fontsource/noto-emoji", "a line drawing of {}", "OFL-1.1"),
}
ALL_STYLES = STYLES | OTHER_STYLES
HELD_OUT_STYLE = "openmoji"


#: The pictures that a style has of a concept, most often one.
Load = Callable[[Concept], list[Image.Image]]


@dataclass(frozen=True)
class Artwork:
    """One style: `pixels` (n, 144, 144, 4) uint8 RGBA, straight alpha, tightly cropped;
    `concept_ids` (n,) index into `load_concepts()`."""

    style: str
    pixels: np.ndarray
    concept_ids: np.ndarray


def load_artwork(style: str, root: Path | None = None) -> Artwork:
    """One style's pictures, fetched and rendered on first use (about a minute a style)."""
    folder = (root or data_root()) / "artwork"
    pixels_path, ids_path = folder / f"{style}.npy", folder / f"{style}-ids.npy"
    if not ids_path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pictures, ids = [], []
        for concept_id, picture in _render_style(style, load_concepts(root), root):
            pictures.append(np.asarray(tight_square(picture, RENDER_SIZE)))
            ids.append(concept_id)
        np.save(pixels_path, np.stack(pictures))
        np.save(ids_path, np.array(ids))
    return Artwork(style, np.load(pixels_path, mmap_mode="r"), np.load(ids_path))


def tight_square(picture: Image.Image, size: int) -> Image.Image:
    """Crop an RGBA picture to what is visible, pad to a square, scale to `size`."""
    box = picture.getchannel("A").point(lambda alpha: 255 * (alpha > 8)).getbbox()
    picture = picture.crop(box) if box else picture
    side = max(picture.size)
    square = Image.new("RGBA", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square.convert("RGBa").resize((size, size), Image.Resampling.LANCZOS).convert("RGBA")


def _render_style(
    style: str, concepts: tuple[Concept, ...], root: Path | None
) -> Iterator[tuple[int, Image.Image]]:
    load = _loader(style, root)
    for concept_id, concept in enumerate(concepts):
        for picture in load(concept):
            if np.asarray(picture.getchannel("A")).max() > 8:
                yield concept_id, picture


def _loader(style: str, root: Path | None) -> Load:
    if style == HELD_OUT_STYLE:
        return _file_loader(package_folder("openmoji", root) / "color" / "svg")
    folder = package_folder(ALL_STYLES[style].package, root)
    if ALL_STYLES[style].package.startswith("@iconify-json/"):
        return _iconify_loader(folder)
    if ALL_STYLES[style].package.startswith("@fontsource/"):
        file = folder / "files" / "noto-emoji-emoji-400-normal.woff"
        return font_loader(ImageFont.truetype(str(file), RENDER_SIZE * 2))
    return _file_loader(folder / "assets" if (folder / "assets").is_dir() else folder)


def _file_loader(folder: Path) -> Load:
    files = {
        key_of(path.stem): path for path in folder.iterdir() if path.suffix in (".svg", ".webp")
    }

    def load(concept: Concept) -> list[Image.Image]:
        path = files.get(concept.key)
        if path is None:
            return []
        if path.suffix == ".svg":
            return [render_svg(path.read_text(encoding="utf-8"))]
        return [Image.open(path).convert("RGBA")]

    return load


def _iconify_loader(folder: Path) -> Load:
    data: dict[str, Any] = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
    chars = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
    icon_of_key = {key_of(codes): name for codes, name in chars.items()}
    icons, aliases = data["icons"], data.get("aliases", {})

    def draw(icon: dict[str, Any]) -> Image.Image:
        width = icon.get("width", data.get("width", 16))
        height = icon.get("height", data.get("height", 16))
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"'
        xlink = ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        return render_svg(f'{head}{xlink} width="{width}" height="{height}">{icon["body"]}</svg>')

    def load(concept: Concept) -> list[Image.Image]:
        name = icon_of_key.get(concept.key) or slug(concept.name)
        name = aliases.get(name, {}).get("parent", name)
        return [draw(icons[found]) for found in icons_called(name, icons)]

    return load


def icons_called(name: str, icons: Collection[str]) -> list[str]:
    """`bird`, or where a set has several of them `bird-1`, `bird-2` and so on."""
    if name in icons:
        return [name]
    return [other for other in (f"{name}-{number}" for number in range(1, 10)) if other in icons]


def font_loader(font: ImageFont.FreeTypeFont) -> Load:
    """Black glyphs of a font. Flags are letters in it and left out; so is what looks like an
    earlier concept (a woman who frowns like a man), or like several side by side (a sequence
    that the font does not know)."""
    widest = 1.4 * font.size  # an emoji is 1.27 em wide
    drawn: set[bytes] = set()

    def load(concept: Concept) -> list[Image.Image]:
        if concept.group == GROUP_FLAGS or font.getlength(concept.emoji) > widest:
            return []
        left, top, right, bottom = (round(edge) for edge in font.getbbox(concept.emoji))
        ink = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(ink).text((-left, -top), concept.emoji, font=font, fill=255)
        if ink.tobytes() in drawn:
            return []
        drawn.add(ink.tobytes())
        picture = Image.new("RGBA", ink.size)
        picture.putalpha(ink)
        return [picture]

    return load


def render_svg(svg: str, size: int = 288) -> Image.Image:
    """An SVG document as an RGBA picture `size` pixels wide."""
    import resvg_py  # renders for recipes and evaluation only; the app never needs it

    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>", "", svg, flags=re.S)
    return Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=svg, width=size))).convert("RGBA")
