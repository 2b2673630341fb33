"""Figures of what the generators draw, by a judge that none of them has met.

Guiding and judging by the same CLIP proves nothing: pictures can be painted that please one net
and show nothing. The judge shares no weights with what steers or ranks here, and its own accuracy
on real pictures (`judge_...`) is the ceiling of these figures. Every prompt is drawn once, with
seed 0; nothing is picked or ranked.
"""

from __future__ import annotations

import random

import torch
from PIL import Image
from torch import Tensor

from multimodal.clip.templates import is_arabic
from multimodal.events import last
from multimodal.images import from_pixels, to_pixels
from multimodal.live_training.augment import BACKGROUND_NAMES, BACKGROUNDS
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.painting import VQGANCLIPSettings
from training.data.artwork import STYLES, load_artwork
from training.data.captions import describe
from training.data.load_table import load_table
from training.evaluation.bench import Bench, Figure, Group, among, batches, over, ranks
from training.evaluation.sheets import Tile, contact_sheet

DRAWN_NAMES = 100
CHOICES = 100
#: What the variations of a combination differ in; "of100" is all of them together.
KINDS = ("of100", "style", "background", "thing")
MARGIN = 0.03  # of a side, around artwork, as the token model's training pictures have it
#: From random codes; everything else as a visitor finds it.
PAINTED = VQGANCLIPSettings(start="random", seed=0)
DRAWN = DalleSettings(num_candidates=1, seed=0)


def prompts(kind: str) -> list[dict[str, str]]:
    """The fixed prompts of a kind, `paint` or `combined`."""
    rows: list[dict[str, str]] = load_table("evaluation_prompts")[kind]
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
    features = bench.picture_features(bench.lab.models.clip, images)
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
    texts = [_caption(row) for row in prompts("combined")]
    images = [last(bench.lab.generate(text, DRAWN)).image for text in texts]
    figures, right = _told_apart(bench, images, "dalle_combined")
    if bench.sheets:
        tiles = [
            Tile(*columns)
            for columns in zip(images, texts, right, _nearest(bench, images), strict=True)
        ]
        contact_sheet(tiles).save(bench.sheets / "dalle_combined.webp", quality=85)
    return figures


def _combined_artwork(bench: Bench) -> dict[str, Figure]:
    """The same captions with the real artwork over the real colour: the judge's ceiling."""
    return _told_apart(bench, _artwork(bench), "judge_combined")[0]


@torch.no_grad()
def _combined_codes(bench: Bench) -> dict[str, Figure]:
    """The same artwork in the image tokens of the token model: the ceiling of what it draws."""
    model, vqgan = bench.lab.models.token_transformer, bench.lab.models.token_vqgan
    images: list[Image.Image] = []
    for batch in batches(_artwork(bench)):
        pixels = to_pixels(batch, vqgan.image_size).to(bench.lab.models.device)
        codes = model.codes(model.image_tokens(vqgan, pixels))
        grids = codes.unflatten(1, (-1, model.config.grid))
        images += from_pixels(vqgan.decode(vqgan.lookup(grids)))
    return _told_apart(bench, images, "judge_codes")[0]


def _artwork(bench: Bench) -> list[Image.Image]:
    """The artwork that each combination names, over the colour that it names."""
    keys = [concept.key for concept in bench.concepts]
    images = []
    for row in prompts("combined"):
        artwork = load_artwork(row["style"])
        place = artwork.concept_ids.tolist().index(keys.index(row["key"]))
        colour = tuple(round(255 * part) for part in BACKGROUNDS[row["background"]])
        images.append(over(artwork.pixels[place], colour, MARGIN))
    return images


def _caption(row: dict[str, str]) -> str:
    return describe(row["object"], row["style"], BACKGROUND_NAMES.index(row["background"]))


def _told_apart(
    bench: Bench, images: list[Image.Image], name: str
) -> tuple[dict[str, Figure], list[bool]]:
    """How often the caption of a combination beats all its variations, and those of one kind;
    and of which pictures all of them."""
    rows, judge = prompts("combined"), bench.judge
    features = bench.picture_features(judge, images)
    hits = []
    for row, feature in zip(rows, features, strict=True):
        style, background = row["style"], BACKGROUND_NAMES.index(row["background"])
        in_styles = [describe(row["object"], s, background) for s in STYLES if s != style]
        grounds = [ground for ground in range(len(BACKGROUND_NAMES)) if ground != background]
        in_grounds = [describe(row["object"], style, ground) for ground in grounds]
        things = [other["object"] for other in rows if other["object"] != row["object"]]
        random.Random(row["object"]).shuffle(things)
        missing = CHOICES - 1 - len(in_styles) - len(in_grounds)
        of_things = [describe(thing, style, background) for thing in things[:missing]]
        own, *others = bench.text_features(
            [_caption(row), *in_styles, *in_grounds, *of_things], judge
        ).matmul(feature)
        beaten = torch.stack(others) < own
        kinds = beaten.split([len(in_styles), len(in_grounds), len(of_things)])
        hits.append([bool(part.all()) for part in (beaten, *kinds)])
    figures = {
        f"{name}_{kind}": Figure.of([float(hit) for hit in column])
        for kind, column in zip(KINDS, zip(*hits, strict=True), strict=True)
    }
    return figures, [whole for whole, *_ in hits]


def _judged(bench: Bench, images: list[Image.Image], truth: Tensor) -> list[int]:
    """By how many names of all concepts the judge finds each picture better described."""
    features = bench.picture_features(bench.judge, images)
    found: list[int] = ranks(features, bench.judged_names, truth).tolist()
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


def _nearest(bench: Bench, images: list[Image.Image]) -> list[Image.Image]:
    """The training pictures most like these, by the judge's features."""
    features, places = bench.training_artwork
    nearest = (bench.picture_features(bench.judge, images) @ features.T).argmax(1)
    found = (places[place] for place in nearest.tolist())
    return [over(artwork.pixels[row]) for artwork, row in found]


GROUPS = (
    Group(("paint_top1", "paint_top5", "paint_of100"), _paint),
    Group(
        ("dalle_names_of10", "dalle_names_of100", "dalle_judged_top5", "dalle_judged_of100"),
        _names,
    ),
    Group(tuple(f"judge_combined_{kind}" for kind in KINDS), _combined_artwork),
    Group(tuple(f"judge_codes_{kind}" for kind in KINDS), _combined_codes),
    Group(tuple(f"dalle_combined_{kind}" for kind in KINDS), _combined),
)
