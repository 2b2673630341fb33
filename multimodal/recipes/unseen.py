"""How well does a CLIP know photos of classes that it was never shown?

    names=$(python -m multimodal.recipes.unseen)
    python -m multimodal.recipes.clip_places --out RUN --leave-out "$names" ...
    python -m multimodal.recipes.export --clip RUN --weights RUN/weights
    python -m multimodal.recipes.unseen --clip RUN/weights/clip --photos FOLDER

(or recipes.clip, with the same names left out). Without a CLIP it prints the names. With one it
ranks every photo of these classes among all classes of the folder, those that were shown included;
and once more with these lowered, since a net that has seen pictures of a name prefers it
(calibrated stacking; Chao et al. 2016, "An Empirical Study and Analysis of Generalized Zero-Shot
Learning", section 3.2).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from multimodal.data.captions import photo_of, singular
from multimodal.data.photos import Photos, load_photos
from multimodal.errors import LabError
from multimodal.evaluation.bench import Figure, among, ranks_in
from multimodal.models.checkpoints import load_clip
from multimodal.models.clip import CLIP
from multimodal.scoring import encode_images, encode_texts

#: Left out of a run that is for this figure alone, and whether ImageNet has the class: the image
#: tower starts from ImageNet, so it has seen such pictures, though not their names.
UNSEEN = {
    "accordion": True,
    "dolphin": False,
    "ferry": False,
    "lobster": True,
    "rhino": False,
    "saxophone": True,
    "scissors": False,
    "strawberry": True,
    "tick": True,
    "watch": True,
    "hat": False,  # only cowboy hats, sombreros and the like
    "tomato": False,
}

LOWERED = 0.15  # what is taken from the cosines of names that were shown


def measure(clip: CLIP, photos: Photos, names: dict[str, bool]) -> dict[str, Figure]:
    """How often the first of all classes is right for photos of `names` (`unseen`, also among the
    first five and for those that ImageNet has and has not) and for held-out photos of the other
    classes (`shown`); both once more with the names that were shown LOWERED; and how often the
    first of `names` alone is right (`unseen_apart`). Raises LabError where there are none."""
    known = {singular(name): row for row, name in enumerate(photos.classes)}
    chosen = {known[singular(n)]: on for n, on in names.items() if singular(n) in known}
    left_out = np.isin(photos.labels, list(chosen))
    if not left_out.any():
        raise LabError("None of the folder's classes is among the names that were left out.")
    texts = encode_texts(clip, [photo_of(name) for name in photos.classes])
    lower = torch.full((len(photos.classes),), LOWERED)
    lower[list(chosen)] = 0.0
    cosines, truth = _cosines(clip, photos, np.flatnonzero(left_out), texts)
    rank = ranks_in(cosines, truth)
    found = _first("unseen", rank, len(texts), "top1", "top5")
    for key, on in (("imagenet", True), ("new", False)):
        part = torch.tensor([chosen[label] == on for label in truth.tolist()])
        found |= _first(f"unseen_{key}", rank[part], len(texts), "top1")
    found |= _first("unseen_lowered", ranks_in(cosines - lower, truth), len(texts), "top1")
    apart = ranks_in(cosines.masked_fill(lower > 0, -2.0), truth)
    found |= _first("unseen_apart", apart, len(chosen), "top1")
    held = np.flatnonzero(~left_out & photos.validation)
    if len(held):
        cosines, truth = _cosines(clip, photos, held, texts)
        found |= _first("shown", ranks_in(cosines, truth), len(texts), "top1")
        found |= _first("shown_lowered", ranks_in(cosines - lower, truth), len(texts), "top1")
    return found


def _first(prefix: str, rank: Tensor, total: int, *kinds: str) -> dict[str, Figure]:
    """`among`, where there is more than one picture."""
    return among(prefix, rank.tolist(), total, *kinds) if len(rank) > 1 else {}


def _cosines(clip: CLIP, photos: Photos, rows: np.ndarray, texts: Tensor) -> tuple[Tensor, Tensor]:
    """Of some photos (n,) and all texts (m, d), (n, m), and the labels of the photos (n,)."""
    images = [Image.fromarray(photos.pixels[row]) for row in rows]
    features = encode_images(clip, images, torch.device("cpu"))
    return features @ texts.T, torch.from_numpy(photos.labels[rows]).long()


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, help="the folder of an exported CLIP")
    parser.add_argument("--photos", type=Path, help="the class-named folder")
    arguments = parser.parse_args(argv)
    if arguments.clip is None or arguments.photos is None:
        print(",".join(UNSEEN))
        return
    figures = measure(load_clip(arguments.clip), load_photos(arguments.photos), UNSEEN)
    print(json.dumps({name: figure.to_dict() for name, figure in figures.items()}, indent=2))


if __name__ == "__main__":
    main()
