"""How well does a CLIP know photos of classes that it was never shown?

    names=$(python -m multimodal.recipes.unseen)
    python -m multimodal.recipes.clip --out RUN --leave-out "$names" ...
    python -m multimodal.recipes.export --clip RUN --weights RUN/weights
    python -m multimodal.recipes.unseen --clip RUN/weights/clip --photos FOLDER

Without a CLIP it prints the names. With one it ranks every photo of these classes among all
classes of the folder, those that were shown included.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from multimodal.data.captions import photo_of, singular
from multimodal.data.photos import Photos, load_photos
from multimodal.errors import LabError
from multimodal.evaluation.bench import Figure, among, ranks
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


def measure(clip: CLIP, photos: Photos, names: dict[str, bool]) -> dict[str, Figure]:
    """Top-1 and top-5 among all classes for the photos of `names`, for all of them together and
    (top-1) for those that ImageNet has and has not. Raises LabError where there are none."""
    known = {singular(name): row for row, name in enumerate(photos.classes)}
    chosen = {known[singular(n)]: on for n, on in names.items() if singular(n) in known}
    rows = np.flatnonzero(np.isin(photos.labels, list(chosen)))
    if not len(rows):
        raise LabError("None of the folder's classes is among the names that were left out.")
    images = [Image.fromarray(photos.pixels[row]) for row in rows]
    device = torch.device("cpu")
    texts = encode_texts(clip, [photo_of(name) for name in photos.classes])
    truth = torch.from_numpy(photos.labels[rows]).long()
    rank = ranks(encode_images(clip, images, device), texts, truth).tolist()
    found = among("unseen", rank, len(photos.classes), "top1", "top5")
    for key, on in (("imagenet", True), ("new", False)):
        part = [r for r, label in zip(rank, truth.tolist(), strict=True) if chosen[label] == on]
        if len(part) > 1:
            found |= among(f"unseen_{key}", part, len(photos.classes), "top1")
    return found


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
