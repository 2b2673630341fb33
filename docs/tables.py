"""Write or check the tables of the documents that come from code, the manifest and records.

python docs/tables.py           rewrites them
python docs/tables.py --check   changes nothing; exits 1 when one is out of date

A document says where a table belongs with a line `<!-- table: NAME -->` above it and a line
`<!-- end -->` below.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from multimodal import (  # noqa: E402
    PRESETS,
    ClassifySettings,
    CompareSettings,
    LearnSettings,
    Limits,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.comparison.generators import GENERATORS  # noqa: E402
from multimodal.models.presets import WEIGHTS  # noqa: E402
from multimodal.settings.fields import markdown_table  # noqa: E402

#: Where weights and their manifests are: the product's, and those that only measure.
FOLDERS = (WEIGHTS, ROOT / "training" / "weights")
BLOCK = re.compile(r"(?<=<!-- table: )([\w-]+)( -->\n)(.*?)(?=<!-- end -->)", flags=re.S)
#: What each benchmark of docs/speed.md printed, and on which machine.
SPEED = ROOT / "docs" / "speed.json"

#: Net -> its files under the folders of weights, and what it is.
NETS = {
    "CLIP": ("clip/model-*", "EfficientNet-Lite0 and a 3-layer text transformer, 256 dimensions"),
    "its guide": ("clip/guide*", "the image tower again, trained on pictures changed against it"),
    "VQGAN": ("vqgan/model-*", "128 x 128 pixels, 16 x 16 codes out of 16,384"),
    "its discriminator": ("vqgan/discriminator*", "says which patches look real"),
    "token model": ("dalle/model-*", "6-layer decoder, 2,048 image and 2,000 text tokens"),
    "independent CLIP": ("judge/model*", "MobileNetV2 and a text tower; it measures, nothing else"),
}
#: Figure -> what it says, in the order of docs/figures.md.
FIGURES = {
    "clip_openmoji_en_top1": "OpenMoji, English name first among all 1,909",
    "clip_openmoji_en_top5": "the same, among the first five",
    "clip_openmoji_en_of100": "OpenMoji, English name first among 100 random ones",
    "clip_openmoji_en_of10": "the same among 10",
    "clip_openmoji_ar_top1": "OpenMoji, Arabic name first among all",
    "clip_openmoji_ar_of100": "OpenMoji, Arabic name first among 100",
    "clip_openmoji_es_top1": "OpenMoji, Spanish name first among all",
    "clip_openmoji_zh_top1": "the same, Chinese",
    "clip_openmoji_hi_top1": "the same, Hindi",
    "clip_openmoji_fr_top1": "the same, French",
    "clip_words_top1": "OpenMoji, other words for the same thing, first among all",
    "clip_words_plain_top1": "the same pictures by their plain names",
    "clip_words_of100": "other words for the same thing, first among 100",
    "clip_words_plain_of100": "the same pictures by their plain names",
    "clip_words_ar_of100": "other Arabic words for the same thing, first among 100",
    "clip_words_ar_plain_of100": "the same pictures by their plain Arabic names",
    "clip_photos_top1": "held-out photos, right class among all photo classes",
    "clip_photos_top5": "the same, among the first five",
    "clip_guide_openmoji_top1": "the guide of VQGAN+CLIP, OpenMoji, English name first",
    "clip_guide_photos_top1": "the guide, held-out photos, right class first",
    "clip_guide_score": "the guide's mean cosine of real pictures' cutouts and names",
    "judge_openmoji_top1": "independent CLIP, OpenMoji, English name first among all",
    "judge_openmoji_top5": "the same, among the first five",
    "judge_openmoji_of100": "independent CLIP, OpenMoji, English name first among 100",
    "judge_vqgan_top5": "independent CLIP, OpenMoji there and back through the VQGAN, first five",
    "judge_vqgan_of100": "the same, first among 100",
    "judge_photos_top1": "independent CLIP, held-out photos, right class first",
    "judge_combined_of100": "independent CLIP, artwork on new backgrounds, own caption among 100",
    "judge_combined_style": "the same, right style among six",
    "judge_combined_background": "the same, right background among twelve",
    "judge_combined_thing": "the same, right thing among 84",
    "judge_codes_of100": "independent CLIP, that artwork in the token model's image tokens",
    "judge_codes_style": "the same, right style among six",
    "judge_codes_background": "the same, right background among twelve",
    "judge_codes_thing": "the same, right thing among 84",
    "paint_of100": "VQGAN+CLIP from random codes, told first among 100 by an independent CLIP",
    "paint_top5": "the same, in the first five of all names",
    "paint_top1": "the same, first of all names",
    "vqgan_openmoji_psnr": "VQGAN, OpenMoji there and back (PSNR)",
    "vqgan_photos_psnr": "VQGAN, held-out photos there and back (PSNR)",
    "vqgan_codes_used": "VQGAN, codes used on both",
    "vqgan_discriminator_accuracy": "patches its discriminator takes for what they are",
    "dalle_photos_nats": "token model, held-out photos, nats a token (7.62 knows nothing)",
    "dalle_names_of10": "token model, first sample matched to its name among 10 by CLIP",
    "dalle_names_of100": "the same among 100",
    "dalle_judged_of100": "the same pictures, told first among 100 by an independent CLIP",
    "dalle_judged_top5": "the same, in the first five of all names",
    "dalle_combined_of100": "new combinations, own caption among 100 by an independent CLIP",
    "dalle_combined_style": "the same, right style among six",
    "dalle_combined_background": "the same, right background among twelve",
    "dalle_combined_thing": "the same, right thing among 84",
}
#: The eight that README shows, each in words that stand alone.
HEADLINES = {
    "clip_openmoji_en_of100": "CLIP: drawing in a style it never saw, right English name of 100",
    "clip_openmoji_ar_of100": "the same with Arabic names",
    "clip_words_of100": "the same in other English words (a puppy, a bike)",
    "clip_photos_top1": "CLIP: held-out photo, right class of 141",
    "vqgan_photos_psnr": "VQGAN: held-out photo there and back (PSNR)",
    "paint_of100": "VQGAN+CLIP: painting, right name of 100",
    "dalle_judged_of100": "DALL-E tokens: drawing of a name, right name of 100",
    "dalle_combined_of100": "DALL-E tokens: new thing, style and colour, right caption of 100",
}


def figures_table(meanings: dict[str, str], header: str, row: str) -> str:
    """Figures of the manifests: what `python -m multimodal evaluate` printed when the weights were
    shipped. `row` is a line with {meaning}, {name}, {value}, {interval} and {n} in it."""
    measured: dict[str, Any] = {}
    for folder in FOLDERS:
        for model in json.loads((folder / "manifest.json").read_text(encoding="utf-8")).values():
            measured |= model["metrics"]
    lines = [header, re.sub(r"[^|]+", "---", header)]
    for name, meaning in meanings.items():
        figure, shown = measured[name], _shown(name)
        low, high = figure["ci95"]
        lines.append(
            row.format(
                meaning=meaning,
                name=name,
                value=f"**{shown(figure['value'])}**",
                interval=f"{shown(low)} to {shown(high)}",
                n=f"{figure['n']:,}",
            )
        )
    return "\n".join(lines)


def presets_table() -> str:
    """The presets by name."""
    rows = [f"| `{preset.name}` | {preset.title} |" for preset in PRESETS.values()]
    return "\n".join(["| preset | what it is |", "|---|---|", *rows])


def weights_table() -> str:
    """What is shipped: the size of each net's files and how many numbers they hold."""
    lines = ["| model | what it is | MB | million numbers |", "|---|---|---|---|"]
    for what, (pattern, meaning) in NETS.items():
        paths = sorted(path for folder in FOLDERS for path in folder.glob(pattern))
        size = sum(path.stat().st_size for path in paths) / 1e6
        numbers = sum(math.prod(shape) for path in paths for shape in _shapes(path)) / 1e6
        lines.append(f"| {what} | {meaning} | {size:.1f} | {numbers:.1f} |")
    return "\n".join(lines)


def _shapes(path: Path) -> list[list[int]]:
    with safe_open(path, framework="np") as stored:
        return [stored.get_slice(name).get_shape() for name in stored.keys()]  # noqa: SIM118 (no mapping)


def speed_table(table: dict[str, Any]) -> str:
    """One benchmark's table."""
    lines = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _shown(name: str) -> Callable[[float], str]:
    """How a figure of that name is written."""
    if name.endswith("psnr"):
        return lambda value: f"{value:.2f} dB"
    if name.endswith(("nats", "score")):
        return lambda value: f"{value:.2f}"
    return lambda value: f"{100 * value:.1f} %"


TABLES: dict[str, Callable[[], str]] = {
    "figures": partial(
        figures_table,
        FIGURES,
        "| figure | value | 95 % interval | n |",
        "| {meaning} (`{name}`) | {value} | {interval} | {n} |",
    ),
    "headlines": partial(
        figures_table,
        HEADLINES,
        "| what | value | 95 % interval |",
        "| {meaning} | {value} | {interval} |",
    ),
    "presets": presets_table,
    "weights": weights_table,
    **{name: partial(markdown_table, one.settings) for name, one in GENERATORS.items()},
    "score": lambda: markdown_table(ScoreSettings),
    "classify": lambda: markdown_table(ClassifySettings),
    "search": lambda: markdown_table(SearchSettings),
    "reconstruct": lambda: markdown_table(ReconstructSettings),
    "compare": lambda: markdown_table(CompareSettings),
    "learn": lambda: markdown_table(LearnSettings),
    "limits": lambda: markdown_table(Limits),
    **{
        f"speed-{name}": partial(speed_table, table)
        for name, table in json.loads(SPEED.read_text(encoding="utf-8")).items()
    },
}


def documents() -> Iterator[tuple[Path, str]]:
    """The documents that have tables, and their texts."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = path.read_text(encoding="utf-8")
        if "<!-- table: " in text:
            yield path, text


def rendered(text: str) -> str:
    """A document's text with every table made anew. Raises SystemExit for one that is unknown."""

    def made(block: re.Match[str]) -> str:
        if block[1] not in TABLES:
            raise SystemExit(
                f"There is no table {block[1]!r}; docs/tables.py knows {list(TABLES)}."
            )
        return block[1] + block[2] + TABLES[block[1]]() + "\n"

    return BLOCK.sub(made, text)


def main() -> int:
    """Command line."""
    stale, placed = [], []
    for path, text in documents():
        placed += [block[1] for block in BLOCK.finditer(text)]
        fresh = rendered(text)
        if fresh != text:
            stale.append(path.relative_to(ROOT))
            if "--check" not in sys.argv:
                path.write_text(fresh, encoding="utf-8")
    missing = sorted(set(TABLES) - set(placed))
    if missing:
        raise SystemExit(f"No document has a place for the tables {', '.join(missing)}.")
    if "--check" in sys.argv and stale:
        print(
            f"{', '.join(map(str, stale))}: a table is out of date; run make fix.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
