"""Emoji artwork in many styles, rendered once to arrays that training can map into memory.

OpenMoji is the held-out style: `evaluate` measures on it, no recipe trains on it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.data.concepts import GROUP_FLAGS, Concept, key_of, load_concepts, slug
from training.data.load_table import load_table
from training.data.npm import data_root, package_folder

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
DRAWN_STYLES = STYLES | OTHER_STYLES
#: Coloured vector artwork with a black line around each shape, for CLIP alone: what a thing is does
#: not change when another hand draws its edges.
OUTLINED_STYLES = {
    f"{name}-outlined": replace(DRAWN_STYLES[name], caption=OTHER_STYLES["streamline"].caption)
    for name in ("fluent-flat", "noto", "twemoji", "emojione", "fxemoji", "noto-v1")
}
#: Pictograms of user interfaces and maps, black shapes or lines, of the things that they have too.
PICTOGRAM_STYLES = {
    package: Style(f"@iconify-json/{package}", OTHER_STYLES["high-contrast"].caption, licence)
    for package, licence in {
        "mdi": "Apache-2.0",
        "game-icons": "CC-BY-3.0",
        "icon-park": "Apache-2.0",
        "hugeicons": "MIT",
        "ph": "MIT",
        "tabler": "MIT",
        "fa6-solid": "CC-BY-4.0",
        "material-symbols": "Apache-2.0",
    }.items()
}
ALL_STYLES = DRAWN_STYLES | OUTLINED_STYLES | PICTOGRAM_STYLES
HELD_OUT_STYLE = "openmoji"
OUTLINE = 1 / 40  # width of a line, of the picture's

#: The pictures that a style has of a concept, most often one.
Load = Callable[[Concept], list[Image.Image]]
#: An SVG document as a picture.
Render = Callable[[str], Image.Image]
#: What a set calls the pictures of a concept, among its icons.
Find = Callable[[Concept, Collection[str]], list[str]]


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
        if style == "monotone" and concept.name.startswith("flag: "):
            continue  # black stripes could be any country's
        for picture in load(concept):
            if np.asarray(picture.getchannel("A")).max() > 8:
                yield concept_id, picture


def _loader(style: str, root: Path | None) -> Load:
    if style == HELD_OUT_STYLE:
        return _file_loader(package_folder("openmoji", root) / "color" / "svg", render_svg)
    folder = package_folder(ALL_STYLES[style].package, root)
    render = render_outlined if style in OUTLINED_STYLES else render_svg
    if ALL_STYLES[style].package.startswith("@iconify-json/"):
        find = pictograms_of if style in PICTOGRAM_STYLES else emoji_of
        return _iconify_loader(folder, render, find)
    if ALL_STYLES[style].package.startswith("@fontsource/"):
        file = folder / "files" / "noto-emoji-emoji-400-normal.woff"
        return font_loader(ImageFont.truetype(str(file), RENDER_SIZE * 2))
    return _file_loader(folder / "assets" if (folder / "assets").is_dir() else folder, render)


def _file_loader(folder: Path, render: Render) -> Load:
    files = {
        key_of(path.stem): path for path in folder.iterdir() if path.suffix in (".svg", ".webp")
    }

    def load(concept: Concept) -> list[Image.Image]:
        path = files.get(concept.key)
        if path is None:
            return []
        if path.suffix == ".svg":
            return [render(path.read_text(encoding="utf-8"))]
        return [Image.open(path).convert("RGBA")]

    return load


def _iconify_loader(folder: Path, render: Render, find: Find) -> Load:
    data: dict[str, Any] = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
    chars = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
    icon_of_key = {key_of(codes): name for codes, name in chars.items()}
    icons, aliases = data["icons"], data.get("aliases", {})
    same = {name: icons.get(alias["parent"]) for name, alias in aliases.items()}
    known = icons | {name: icon for name, icon in same.items() if icon}

    def draw(icon: dict[str, Any]) -> Image.Image:
        width = icon.get("width", data.get("width", 16))
        height = icon.get("height", data.get("height", 16))
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"'
        xlink = ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        return render(f'{head}{xlink} width="{width}" height="{height}">{icon["body"]}</svg>')

    def load(concept: Concept) -> list[Image.Image]:
        if concept.key in icon_of_key:
            return [draw(known[icon_of_key[concept.key]])]
        return [draw(known[name]) for name in find(concept, known)]

    return load


def emoji_of(concept: Concept, icons: Collection[str]) -> list[str]:
    """`bird`, or where a set has several of them `bird-1`, `bird-2` and so on; some sets write
    names in one word (`firstquartermoon`) or a flag as `flag-for-france`."""
    name = slug(concept.name)
    for other in (name, name.replace("-", ""), name.replace("flag-", "flag-for-")):
        if other in icons:
            return [other]
    return [other for other in (f"{name}-{number}" for number in range(1, 10)) if other in icons]


def pictograms_of(concept: Concept, icons: Collection[str]) -> list[str]:
    """Its name, or the words of pictogram_names.json for it (none where the name means something
    else there), each drawn in all ways that a set has."""
    names = pictogram_names().get(concept.name, [slug(concept.name)])
    ways = ("", "-outline", "-fill", "-duotone", "-01")
    return [name + way for name in names for way in ways if name + way in icons]


def pictogram_names() -> dict[str, list[str]]:
    """For a concept what sets of pictograms call it, where that is another word."""
    names: dict[str, list[str]] = load_table("pictogram_names")
    return names


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


def render_outlined(svg: str) -> Image.Image:
    """The same with a black line around each shape."""
    return render_svg(outlined(svg))


def outlined(svg: str) -> str:
    """An SVG document whose shapes have a black outline where they do not bring a line of their
    own; its view box grows by the width of the line."""
    head = re.search(r"<svg\b[^>]*>", svg)
    box = re.search(r'viewBox="([^"]*)"', head.group()) if head else None
    if head is None or box is None:
        raise ValueError("The picture is no SVG document with a view box.")
    left, top, width, height = (float(edge) for edge in box.group(1).split())
    line = OUTLINE * width
    wider = f"{left - line:g} {top - line:g} {width + 2 * line:g} {height + 2 * line:g}"
    group = f'<g stroke="#000" stroke-width="{line:g}" stroke-linejoin="round">'
    inner, end = svg[head.end() :].rsplit("</svg>", 1)
    start = svg[: head.end()].replace(box.group(), f'viewBox="{wider}"')
    return f"{start}{group}{inner}</g></svg>{end}"
