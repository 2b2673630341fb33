"""Figures of what the generators draw, by a judge that none of them has met.

Guiding and judging by the same CLIP proves nothing: pictures can be painted that please one net
and show nothing. The judge shares no weights with what steers or ranks here, and its own accuracy
on real pictures (`judge_...`) is the ceiling of these figures. Every prompt is drawn once, with
seed 0; nothing is picked or ranked.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from multimodal.data.artwork import STYLES
from multimodal.data.augment import BACKGROUND_NAMES
from multimodal.data.captions import describe
from multimodal.evaluation.bench import Bench, Figure, Group, among, over_white, ranks
from multimodal.evaluation.sheets import Tile, contact_sheet
from multimodal.events import last
from multimodal.settings import DalleSettings, VQGANCLIPSettings
from multimodal.templates import is_arabic

PROMPTS = Path(__file__).parents[1] / "data" / "evaluation_prompts.json"
DRAWN_NAMES = 100
CHOICES = 100
#: From random codes; everything else as a visitor finds it.
PAINTED = VQGANCLIPSettings(start="random", seed=0)
DRAWN = DalleSettings(num_candidates=1, seed=0)


def prompts(kind: str) -> list[dict[str, str]]:
    """The fixed prompts of a kind, `paint` or `combined`."""
    rows: list[dict[str, str]] = json.loads(PROMPTS.read_text(encoding="utf-8"))[kind]
    return rows


def _paint(bench: Bench) -> dict[str, Figure]:
    """Each painting among the English names of all concepts; some prompts are Arabic."""
    rows = prompts("paint")
    truth = torch.tensor([bench.names.index(row["concept"]) for row in rows])
    images = [last(bench.lab.generate(row["prompt"], PAINTED)).image for row in rows]
    rank = _judged(bench, images, truth)
    texts = [
        f"{row['concept']} (in Arabic)" if is_arabic(row["prompt"]) else row["prompt"]
        for row in rows
    ]  # the sheet's font has no Arabic letters
    _sheet(bench, "paint", images, texts, rank)
    return among("paint", rank, len(bench.names), "top1", "top5", "of100")


def _names(bench: Bench) -> dict[str, Figure]:
    """The token model's first sample of known names: by the judge, and by the lab's own CLIP."""
    order = torch.randperm(len(bench.names), generator=torch.Generator().manual_seed(0))
    truth = order[:DRAWN_NAMES]
    names = [bench.names[row] for row in truth.tolist()]
    images = [last(bench.lab.generate(name, DRAWN)).image for name in names]
    features = bench.picture_features(bench.lab.clip, images)
    own = ranks(features, bench.text_features(bench.names), truth).tolist()
    rank = _judged(bench, images, truth)
    _sheet(bench, "dalle_names", images, names, rank)
    return {
        **among("dalle_names", own, len(bench.names), "of10", "of100"),
        **among("dalle_judged", rank, len(bench.names), "top5", "of100"),
    }


def _combined(bench: Bench) -> dict[str, Figure]:
    """Things in styles and over backgrounds that no training picture joined: is the whole caption
    first among 100 that differ from it in style, in background or in the thing alone?"""
    rows, judge = prompts("combined"), bench.judge
    things = [row["object"] for row in rows]
    styles = list(STYLES)
    images, hits, captions, rank = [], [], [], []
    for row in rows:
        style, background = row["style"], BACKGROUND_NAMES.index(row["background"])
        captions.append(describe(row["object"], style, background))
        images.append(last(bench.lab.generate(captions[-1], DRAWN)).image)
        others = [describe(row["object"], s, background) for s in styles if s != style]
        in_style = len(others)
        for ground in range(len(BACKGROUND_NAMES)):
            if ground != background:
                others.append(describe(row["object"], style, ground))
        in_background = len(others)
        rest = [thing for thing in things if thing != row["object"]]
        random.Random(row["object"]).shuffle(rest)
        missing = CHOICES - 1 - len(others)
        others += [describe(thing, style, background) for thing in rest[:missing]]
        texts = bench.text_features([captions[-1], *others], judge)
        scores = (bench.picture_features(judge, images[-1:]) @ texts.T)[0]
        beaten = scores[1:] < scores[0]
        parts = beaten.tensor_split([in_style, in_background])
        hits.append([float(part.all()) for part in (beaten, *parts)])
        rank.append(int((~beaten).sum()))
    if bench.sheets:
        tiles = [
            Tile(image, text, number == 0, _nearest(bench, image))
            for image, text, number in zip(images, captions, rank, strict=True)
        ]
        contact_sheet(tiles).save(bench.sheets / "dalle_combined.webp", quality=85)
    whole, style_only, background_only, thing_only = zip(*hits, strict=True)
    return {
        "dalle_combined_of100": Figure.of(whole),
        "dalle_combined_style": Figure.of(style_only),
        "dalle_combined_background": Figure.of(background_only),
        "dalle_combined_thing": Figure.of(thing_only),
    }


def _judged(bench: Bench, images: list[Image.Image], truth: Tensor) -> list[int]:
    """By how many names of all concepts the judge finds each picture better described."""
    features = bench.picture_features(bench.judge, images)
    found: list[int] = ranks(
        features, bench.text_features(bench.names, bench.judge), truth
    ).tolist()
    return found


def _sheet(
    bench: Bench, name: str, images: list[Image.Image], texts: list[str], rank: list[int]
) -> None:
    """All pictures with their prompts, those marked whose name is among the first five."""
    if bench.sheets:
        tiles = [
            Tile(image, text, number < 5)
            for image, text, number in zip(images, texts, rank, strict=True)
        ]
        contact_sheet(tiles).save(bench.sheets / f"{name}.webp", quality=85)


def _nearest(bench: Bench, image: Image.Image) -> Image.Image:
    """The training picture most like it, by the judge's features."""
    features, places = bench.training_artwork
    nearest = int((features @ bench.picture_features(bench.judge, [image])[0]).argmax())
    artwork, row = places[nearest]
    return over_white(artwork.pixels[row])


GROUPS = (
    Group(("paint_top1", "paint_top5", "paint_of100"), _paint),
    Group(
        ("dalle_names_of10", "dalle_names_of100", "dalle_judged_top5", "dalle_judged_of100"),
        _names,
    ),
    Group(
        (
            "dalle_combined_of100",
            "dalle_combined_style",
            "dalle_combined_background",
            "dalle_combined_thing",
        ),
        _combined,
    ),
)
