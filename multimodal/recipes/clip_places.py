"""A CLIP for things that were never shown: names are put where their pictures would lie.

    python -m multimodal.recipes.clip_places --out RUN --text RUN_OF_CLIP_TEXT --photos FOLDER

The image tower is that of an ImageNet classifier as it is, and nothing is learned from pictures but
means and one covariance. What photos show lies in the middle of their features; what the classifier
knows, where its row points; any other name, where ridge regression from its sentence vector says
(`recipes.imagined`). These places, in whitened features, give the image projection in closed form,
and the text tower is taught to put each name there. Names that no photo shows count as nearer than
they are, or the others would win everywhere: a part that is the same in every picture, which these
names have and the others lack.

Source: linear discriminant analysis (Hastie, Tibshirani & Friedman 2009, section 4.3); sentence
vectors put among a classifier's features as in Frome et al. 2013, "DeViSE"; calibrated stacking
(Chao et al. 2016, section 3.2), here a part of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from multimodal.data.captions import (
    PHOTO_CAPTIONS,
    TextPair,
    photo_names_ar,
    singular,
    with_article,
)
from multimodal.data.concepts import load_concepts
from multimodal.data.photos import Photos
from multimodal.errors import LabError
from multimodal.models.checkpoints import TOKENIZER_FILE
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP
from multimodal.models.placement import placed
from multimodal.recipes.clip import student_bank, trained_texts
from multimodal.recipes.clip_align import ClipAlignRecipe, teach
from multimodal.recipes.guide_texts import fitted_projection
from multimodal.recipes.imagenet import TEACHER_SIZE, Memory, answers, class_names
from multimodal.recipes.imagined import Imagined, imagine
from multimodal.recipes.labels import Names, left_out_names, note_left_out
from multimodal.recipes.pictures import Pictures
from multimodal.recipes.pretrained import load_efficientnet
from multimodal.recipes.ridge import ridge
from multimodal.recipes.training import config_from_flags, prepare

SHRINKAGE = 0.1  # share of the mean variance that is added to every direction
CLASSIFIER_WEIGHT = 0.3  # of the classifier's classes in the choice of directions; of names 1
OFTEN = 8.0  # how much more often names of photos are read: where they lie has to be known by heart
FIRM = 1e-2  # ridge of what is the same in every picture


@dataclass(frozen=True)
class ClipPlacesRecipe:
    """Every choice of a run."""

    out: str = "runs/clip-places"
    text: str = "runs/clip-text"  # a run of recipes.clip_text, or a shipped checkpoint's folder
    photos: str = ""
    leave_out: str = ""  # names with commas between that no picture may show; see recipes.unseen
    nearer: float = 0.3  # of names that no photo shows, in cosine; chosen on other classes
    steps: int = 200_000
    minutes: float = 20.0  # for the text tower
    batch: int = 256
    lr: float = 1e-3
    seed: int = 0
    device: str = "auto"
    threads: int = 1


class Places(NamedTuple):
    """`projection` (d, 1280) of an image tower's features, and where it puts the pictures of each
    thing: `things` (c, d) unit norm."""

    projection: Tensor
    things: Tensor


def find_places(made: Imagined, features: Tensor, classes: int, dim: int, nearer: float) -> Places:
    """Where all things that `made` knows lie.

    Args:
        features: of the photos that it was made of, (n, 1280).
        classes: how many of the things, the first ones, are the classifier's.
        dim: d; at most the number of things.
        nearer: what things that no photo shows have over the others in cosine.
    """
    shown = made.labels >= 0
    features, labels = features[shown], made.labels[shown]
    inside = features - made.middles[labels]
    square = inside.T @ inside / len(inside)
    square += SHRINKAGE * square.diagonal().mean() * torch.eye(len(square))
    values, vectors = torch.linalg.eigh(square)
    whiten = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    middle = made.middles.mean(0)
    ways = made.away.clone()
    ways[made.places] = made.middles - middle
    ways = F.normalize(ways @ whiten, dim=1)
    weights = torch.ones(len(ways), 1)
    weights[:classes] = CLASSIFIER_WEIGHT
    basis = torch.linalg.svd(weights * ways, full_matrices=False)[2][: dim - 1]
    always = _always(features)
    project = basis @ whiten @ (torch.eye(len(middle)) - torch.outer(middle, always))
    level = (features @ project.T).norm(dim=1).mean()  # the part that is always there is as long
    things = brought_nearer(F.normalize(ways @ basis.T, dim=1), made.shown, nearer)
    return Places(torch.cat([project, level * always[None]]), things)


def brought_nearer(ways: Tensor, shown: Tensor, nearer: float) -> Tensor:
    """Unit vectors (c, d - 1) with one more part, by which those that are not `shown` (c,) have
    `nearer` more in cosine with pictures: (c, d) unit norm."""
    more = torch.where(shown, -nearer / 2, nearer / 2)[:, None]
    return F.normalize(torch.cat([ways, more], 1), dim=1)


def _always(features: Tensor) -> Tensor:
    """What gives about 1 of all features (n, d), by ridge regression, (d,)."""
    strength = FIRM * len(features) * float(features.var(0).mean())
    return ridge(features, torch.ones(len(features), 1), strength)[:, 0]


def name_places(names: Names, classes: list[list[str]]) -> dict[str, int]:
    """Every name -> which thing it is: what photos show before the classifier's classes, and those
    before what neither knows."""
    before = len(classes)
    labels = [*enumerate(names.texts), *zip(names.label_of_class, names.classes, strict=True)]
    spoken = [(text, before + label) for label, text in labels]
    known = {singular(text): thing for text, thing in reversed(spoken)}
    rows = reversed([*enumerate(classes)])
    known |= {singular(text): row for row, texts in rows for text in texts}
    for text, thing in spoken:
        if names.photographed[thing - before]:
            known[singular(text)] = thing
    texts = [text for text, _ in spoken] + [text for row in classes for text in row]
    return {text: known[singular(text)] for text in texts}


def name_pairs_of(names: Names, found: dict[str, int]) -> list[TextPair]:
    """Captions of every name in `found`, and what emoji and classes are called in other languages,
    each with the name whose place it has."""
    pairs = []
    arabic = photo_names_ar()
    labels = zip(names.classes, names.label_of_class, strict=True)
    shown = {name for name, label in labels if names.photographed[label]}
    for name in found:
        weight = OFTEN if name in shown else 1.0
        captions = (caption.format(with_article(name)) for caption in PHOTO_CAPTIONS)
        pairs += [TextPair(text, name, weight) for text in captions]
        if name in arabic:
            pairs.append(TextPair(arabic[name], name, weight))
    for concept in names.concepts:
        said = {text for code, text in concept.names.items() if code != "en"}
        pairs += [TextPair(text, concept.name, 0.1) for text in sorted(said)]
    return pairs


@torch.no_grad()
def fit(model: EmbeddedCLIP, found: dict[str, int], places: Places) -> None:
    """Give a CLIP the image projection in closed form, and the text projection that puts what its
    text tower says of each name nearest to the name's place."""
    model.image_projection.weight.copy_(places.projection)
    sentences = student_bank(model, list(found), places.things.device)
    wanted = places.things[list(found.values())]
    model.text_projection.weight.copy_(fitted_projection(sentences, wanted))


class Placed(NamedTuple):
    """What names lie where: `photos`, the `features` (n, 1280) that the classifier has of them, and
    `found`, the thing among `places` that each of the `names` is."""

    photos: Photos
    features: Tensor
    places: Places
    found: dict[str, int]
    names: Names


def place_all(folder: str, left_out: set[str], nearer: float) -> Placed:
    """Find the places of all names from a class-named folder of photos, without those in `left_out`
    (as `left_out_names` makes it). Raises LabError without a folder."""
    pictures = Pictures.load(folder, left_out, ())
    if pictures.photos is None:
        raise LabError("Places are found from photos; say where they are with --photos.")
    names, classes = Names(load_concepts(), pictures.photos.classes, left_out), class_names()
    memory = Memory(answers(pictures.photos), classes, names.texts)
    made = imagine(memory, pictures.photos, pictures.photo_rows, names)
    features, dim = memory.seen.features, CLIPConfig.embed_dim
    places = find_places(made, features, len(classes), dim, nearer)
    return Placed(pictures.photos, features, places, name_places(names, classes), names)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipPlacesRecipe, argv)
    left_out = left_out_names(recipe.leave_out)
    note_left_out(Path(recipe.out), left_out)
    told = place_all(recipe.photos, left_out, recipe.nearer)
    text = Path(recipe.text)
    config = CLIPConfig(image_size=TEACHER_SIZE, smallest_image=TEACHER_SIZE)
    model = EmbeddedCLIP(config, Tokenizer.from_file(str(text / TOKENIZER_FILE)))
    load_efficientnet(model.requires_grad_(False).image_tower)
    model.text_tower.load_state_dict(trained_texts(text))
    fit(model, told.found, told.places)
    teaching = ClipAlignRecipe(
        out=recipe.out, steps=recipe.steps, minutes=recipe.minutes, batch=recipe.batch,
        lr=recipe.lr, seed=recipe.seed, device=recipe.device, threads=recipe.threads,
    )  # fmt: skip
    wanted = {name: told.places.things[thing] for name, thing in told.found.items()}
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    teach(teaching, placed(model, device), name_pairs_of(told.names, told.found), wanted)


if __name__ == "__main__":
    main()
