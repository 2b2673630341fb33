"""Figures of what the generators draw, measured by an independent judge.

To guide and to judge by the same CLIP proves nothing: one can paint pictures that score high with
one net and show nothing. The judge shares no weights with the nets that steer or rank here. Its
accuracy on real pictures (`judge_...`) is the ceiling of these figures. Every prompt is drawn once,
with seed 0; nothing is picked or ranked.
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
from training.evaluation.eval_data import NAMES, EvalData, Group, batches, over
from training.evaluation.figure import Figure, among, ranks
from training.evaluation.sheets import Tile, contact_sheet

DRAWN_NAMES = 100
CHOICES = 100
#: What the other captions of a combination differ in; "of100" is all of them together.
KINDS = ("of100", "style", "background", "thing")
MARGIN = 0.03  # of a side, around artwork, as the token model's training pictures have it
#: From random codes; everything else as in the settings' defaults.
PAINTED = VQGANCLIPSettings(start="random", seed=0)
DRAWN = DalleSettings(num_candidates=1, seed=0)


def prompts(kind: str) -> list[dict[str, str]]:
    """The fixed prompts of a kind, `paint` or `combined`."""
    rows: list[dict[str, str]] = load_table("evaluation_prompts")[kind]
    return rows


def _paint(data: EvalData) -> dict[str, Figure]:
    """The rank of each painting's own name among those of all concepts; some prompts are Arabic."""
    rows = prompts("paint")
    truth = torch.tensor([data.names.index(row["concept"]) for row in rows])
    images = [last(data.lab.generate(row["prompt"], PAINTED)).image for row in rows]
    rank = _judged(data, images, truth)
    texts = [
        f"{row['concept']} (in Arabic)" if is_arabic(row["prompt"]) else row["prompt"]
        for row in rows
    ]  # the sheet's font has no Arabic letters
    _sheet(data, "paint", images, texts, rank)
    return among("paint", rank, len(data.names), "top1", "top5", "of100")


def _names(data: EvalData) -> dict[str, Figure]:
    """The token model's first sample of known names: by the judge, and by the lab's own CLIP."""
    order = torch.randperm(len(data.names), generator=torch.Generator().manual_seed(0))
    truth = order[:DRAWN_NAMES]
    names = [data.names[row] for row in truth.tolist()]
    images = [last(data.lab.generate(name, DRAWN)).image for name in names]
    features = data.picture_features(data.models.clip, images)
    own = ranks(features, data.text_features(data.names), truth).tolist()
    rank = _judged(data, images, truth)
    _sheet(data, "dalle_names", images, names, rank)
    return {
        **among("dalle_names", own, len(data.names), "of10", "of100"),
        **among("dalle_judged", rank, len(data.names), "top5", "of100"),
    }


def _combined(data: EvalData) -> dict[str, Figure]:
    """Things in a style and over a background that no training picture combines: how often the
    caption comes first among 100 that differ in style, in background or in the thing."""
    texts = [_caption(row) for row in prompts("combined")]
    images = [last(data.lab.generate(text, DRAWN)).image for text in texts]
    figures, right = _told_apart(data, images, "dalle_combined")
    if data.sheets:
        tiles = [
            Tile(*columns)
            for columns in zip(images, texts, right, _nearest(data, images), strict=True)
        ]
        contact_sheet(tiles).save(data.sheets / "dalle_combined.webp", quality=85)
    return figures


def _combined_artwork(data: EvalData) -> dict[str, Figure]:
    """The same captions with the real artwork over the real colour: what the judge can tell."""
    return _told_apart(data, _artwork(data), "judge_combined")[0]


@torch.no_grad()
def _combined_codes(data: EvalData) -> dict[str, Figure]:
    """The same artwork as the token model's image tokens: the best that it could draw."""
    model, vqgan = data.models.token_transformer, data.models.token_vqgan
    images: list[Image.Image] = []
    for batch in batches(_artwork(data)):
        pixels = to_pixels(batch, vqgan.image_size).to(data.models.device)
        codes = model.codes(model.image_tokens(vqgan, pixels))
        grids = codes.unflatten(1, (-1, model.config.grid))
        images += from_pixels(vqgan.decode(vqgan.lookup(grids)))
    return _told_apart(data, images, "judge_codes")[0]


def _artwork(data: EvalData) -> list[Image.Image]:
    """The artwork of each combination over the colour of its background."""
    keys = [concept.key for concept in data.concepts]
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
    data: EvalData, images: list[Image.Image], name: str
) -> tuple[dict[str, Figure], list[bool]]:
    """The figures of combinations: how often the caption beats all 99 others, and those of each
    kind. And for each picture whether it beats all."""
    rows, judge = prompts("combined"), data.judge
    features = data.picture_features(judge, images)
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
        own, *others = data.text_features(
            [_caption(row), *in_styles, *in_grounds, *of_things], judge
        ).matmul(feature)
        beaten = torch.stack(others) < own
        kinds = beaten.split([len(in_styles), len(in_grounds), len(of_things)])
        hits.append([bool(part.all()) for part in (beaten, *kinds)])
    figures = {
        f"{name}_{kind}": Figure.of_hits(column)
        for kind, column in zip(KINDS, zip(*hits, strict=True), strict=True)
    }
    return figures, [whole for whole, *_ in hits]


def _judged(data: EvalData, images: list[Image.Image], truth: Tensor) -> list[int]:
    """For each picture how many names of all concepts the judge scores above the true one."""
    features = data.picture_features(data.judge, images)
    found: list[int] = ranks(features, data.judged_names, truth).tolist()
    return found


def _sheet(
    data: EvalData, name: str, images: list[Image.Image], texts: list[str], rank: list[int]
) -> None:
    """All pictures with their prompts, those marked whose name is among the first five."""
    if data.sheets:
        tiles = [
            Tile(image, text, number < 5)
            for image, text, number in zip(images, texts, rank, strict=True)
        ]
        contact_sheet(tiles).save(data.sheets / f"{name}.webp", quality=85)


def _nearest(data: EvalData, images: list[Image.Image]) -> list[Image.Image]:
    """The training pictures most like these, by the judge's features."""
    features, places = data.training_artwork
    nearest = (data.picture_features(data.judge, images) @ features.T).argmax(1)
    found = (places[place] for place in nearest.tolist())
    return [over(artwork.pixels[row]) for artwork, row in found]


GROUPS = (
    Group(("paint_top1", "paint_top5", "paint_of100"), _paint, (NAMES,)),
    Group(
        ("dalle_names_of10", "dalle_names_of100", "dalle_judged_top5", "dalle_judged_of100"),
        _names,
        (NAMES,),
    ),
    Group(tuple(f"judge_combined_{kind}" for kind in KINDS), _combined_artwork, (NAMES, *STYLES)),
    Group(tuple(f"judge_codes_{kind}" for kind in KINDS), _combined_codes, (NAMES, *STYLES)),
    Group(tuple(f"dalle_combined_{kind}" for kind in KINDS), _combined, (NAMES, *STYLES)),
)
