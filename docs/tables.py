"""Write or check the tables of README.md that come from code and from the manifest.

python docs/tables.py           rewrites them
python docs/tables.py --check   exits 1 when one is out of date
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from multimodal.models.presets import PRESETS, WEIGHTS  # noqa: E402
from multimodal.settings.comparing import CompareSettings  # noqa: E402
from multimodal.settings.fields import markdown_table  # noqa: E402
from multimodal.settings.jobs import (  # noqa: E402
    ClassifySettings,
    DalleSettings,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.settings.learning import LearnSettings  # noqa: E402
from multimodal.settings.limits import Limits  # noqa: E402
from multimodal.settings.painting import VQGANCLIPSettings  # noqa: E402

#: Figure -> what it says, and the floor this version was asked to reach ("" for none).
FIGURES = {
    "clip_openmoji_en_top1": ("OpenMoji, English name first among all 1,909", "60 %"),
    "clip_openmoji_en_top5": ("the same, among the first five", "80 %"),
    "clip_openmoji_en_of100": ("OpenMoji, English name first among 100 random ones", "88 %"),
    "clip_openmoji_en_of10": ("the same among 10", ""),
    "clip_openmoji_ar_top1": ("OpenMoji, Arabic name first among all", "85 % of English"),
    "clip_openmoji_ar_of100": ("OpenMoji, Arabic name first among 100", ""),
    "clip_openmoji_es_top1": ("OpenMoji, Spanish name first among all", "85 % of English"),
    "clip_openmoji_zh_top1": ("the same, Chinese", "85 % of English"),
    "clip_openmoji_hi_top1": ("the same, Hindi", "85 % of English"),
    "clip_openmoji_fr_top1": ("the same, French", "85 % of English"),
    "clip_words_top1": (
        "OpenMoji, other words for the same thing, first among all",
        "80 % of the next",
    ),
    "clip_words_plain_top1": ("the same pictures by their plain names", ""),
    "clip_words_of100": ("other words for the same thing, first among 100", "80 % of the next"),
    "clip_words_plain_of100": ("the same pictures by their plain names", ""),
    "clip_words_ar_of100": ("other Arabic words for the same thing, first among 100", ""),
    "clip_words_ar_plain_of100": ("the same pictures by their plain Arabic names", ""),
    "clip_photos_top1": ("held-out photos, right class among all photo classes", "88 %"),
    "clip_photos_top5": ("the same, among the first five", ""),
    "clip_guide_openmoji_top1": ("the guide of VQGAN+CLIP, OpenMoji, English name first", ""),
    "clip_guide_photos_top1": ("the guide, held-out photos, right class first", ""),
    "clip_guide_score": ("the guide's mean cosine of real pictures' cutouts and names", ""),
    "judge_openmoji_top1": ("the judge, OpenMoji, English name first among all", ""),
    "judge_openmoji_top5": ("the same, among the first five", ""),
    "judge_openmoji_of100": ("the judge, OpenMoji, English name first among 100", ""),
    "judge_vqgan_top5": (
        "the judge, OpenMoji there and back through the VQGAN, in the first five",
        "",
    ),
    "judge_vqgan_of100": ("the same, first among 100", ""),
    "judge_photos_top1": ("the judge, held-out photos, right class first", ""),
    "judge_combined_of100": ("the judge, artwork on new backgrounds, own caption among 100", ""),
    "judge_combined_style": ("the same, right style among six", ""),
    "judge_combined_background": ("the same, right background among twelve", ""),
    "judge_combined_thing": ("the same, right thing among 84", ""),
    "judge_codes_of100": ("the judge, that artwork in the token model's image tokens", ""),
    "judge_codes_style": ("the same, right style among six", ""),
    "judge_codes_background": ("the same, right background among twelve", ""),
    "judge_codes_thing": ("the same, right thing among 84", ""),
    "paint_of100": ("VQGAN+CLIP from random codes, own name first among 100 by the judge", "40 %"),
    "paint_top5": ("the same, in the first five of all names", "20 %"),
    "paint_top1": ("the same, first of all names", ""),
    "vqgan_openmoji_psnr": ("VQGAN, OpenMoji there and back (PSNR)", "21 dB"),
    "vqgan_photos_psnr": ("VQGAN, held-out photos there and back (PSNR)", "23 dB"),
    "vqgan_codes_used": ("VQGAN, codes used on both", "90 %"),
    "vqgan_discriminator_accuracy": ("patches its discriminator takes for what they are", ""),
    "dalle_photos_nats": ("token model, held-out photos, nats a token (7.62 knows nothing)", ""),
    "dalle_names_of10": ("token model, first sample matched to its name among 10 by CLIP", ""),
    "dalle_names_of100": ("the same among 100", ""),
    "dalle_judged_of100": ("the same pictures, own name first among 100 by the judge", "70 %"),
    "dalle_judged_top5": ("the same, in the first five of all names by the judge", ""),
    "dalle_combined_of100": ("new combinations, own caption first among 100 by the judge", "35 %"),
    "dalle_combined_style": ("the same, right style among six", ""),
    "dalle_combined_background": ("the same, right background among twelve", ""),
    "dalle_combined_thing": ("the same, right thing among 84", ""),
}


def figures_table() -> str:
    """What `python -m multimodal evaluate` printed when the weights were shipped."""
    measured: dict[str, Any] = {}
    for weights in (WEIGHTS, ROOT / "training" / "weights"):
        for entry in json.loads((weights / "manifest.json").read_text()).values():
            measured |= entry["metrics"]
    lines = ["| figure | value | 95 % interval | n | asked for |", "|---|---|---|---|---|"]
    for name, (meaning, floor) in FIGURES.items():
        row = measured.get(name)
        if row is None:
            lines.append(f"| {meaning} (`{name}`) | not measured yet | | | {floor} |")
            continue
        shown = _decibels if name.endswith("psnr") else _percent
        shown = _nats if name.endswith(("nats", "score")) else shown
        low, high = row["ci95"]
        value = f"**{shown(row['value'])}**"
        interval = f"{shown(low)} - {shown(high)}"
        lines.append(f"| {meaning} (`{name}`) | {value} | {interval} | {row['n']} | {floor} |")
    return "\n".join(lines)


def presets_table() -> str:
    """The presets by name."""
    rows = [f"| `{preset.name}` | {preset.title} |" for preset in PRESETS.values()]
    return "\n".join(["| preset | what it is |", "|---|---|", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "figures": figures_table,
    "presets": presets_table,
    "paint": lambda: markdown_table(VQGANCLIPSettings),
    "dalle": lambda: markdown_table(DalleSettings),
    "score": lambda: markdown_table(ScoreSettings),
    "classify": lambda: markdown_table(ClassifySettings),
    "search": lambda: markdown_table(SearchSettings),
    "reconstruct": lambda: markdown_table(ReconstructSettings),
    "compare": lambda: markdown_table(CompareSettings),
    "learn": lambda: markdown_table(LearnSettings),
    "limits": lambda: markdown_table(Limits),
}


def rendered(text: str) -> str:
    """README text with every `<!-- table: name -->` block made anew."""
    for name, table in TABLES.items():
        pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        if not re.search(pattern, text, flags=re.S):
            raise SystemExit(f"README.md has no block <!-- table: {name} --> ... <!-- end -->")
        block = table() + "\n"
        text = re.sub(pattern, lambda m, b=block: m[1] + b + m[2], text, flags=re.S)
    return text


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _nats(value: float) -> str:
    return f"{value:.2f}"


def _decibels(value: float) -> str:
    return f"{value:.2f} dB"


def main() -> int:
    """Command line."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    fresh = rendered(text)
    if "--check" in sys.argv:
        if fresh != text:
            print("README.md: a table is out of date; run make fix.", file=sys.stderr)
        return int(fresh != text)
    path.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
