"""Does a picture that is measured on lie among those that are trained on?

    python -m training.leaks --photos FOLDER

Compares every OpenMoji picture and every held-out photo with every training picture: by the hash
of the pixels, and as `duplicates` compares a visitor's pictures (about three minutes of one core).
The exit status is 1 where the same picture stands on both sides.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from multimodal.files.fingerprint import Fingerprint, alike, fingerprint
from multimodal.lab import Lab
from multimodal.models.features import encode_images
from training.data.artwork import ALL_STYLES, HELD_OUT_STYLE, Artwork, load_artwork
from training.data.concepts import load_concepts
from training.data.photos import Photos
from training.evaluation.bench import BATCH, over
from training.pictures import Pictures

Named = Iterable[tuple[str, Image.Image]]
Encode = Callable[[list[Image.Image]], Tensor]  # pictures -> features (n, d), unit norm


@dataclass
class Seen:
    """What is kept of pictures to compare them: one entry a picture."""

    names: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    prints: list[Fingerprint] = field(default_factory=list)
    features: list[Tensor] = field(default_factory=list)

    @classmethod
    def of(cls, pictures: Named, encode: Encode) -> Seen:
        """Looks at each picture once, a batch at a time."""
        seen, rest = cls(), iter(pictures)
        while rows := list(islice(rest, BATCH)):
            images = [image for _, image in rows]
            seen.names += [name for name, _ in rows]
            seen.digests += [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
            seen.prints += [fingerprint(image) for image in images]
            seen.features.append(encode(images))
        return seen


@dataclass(frozen=True)
class Leaks:
    """Pairs of names (held out, trained on): the very same pixels, and the look of one picture."""

    same: list[tuple[str, str]]
    near: list[tuple[str, str]]


def find_leaks(held_out: Named, trained: Named, encode: Encode) -> Leaks:
    """Compares all with all."""
    left, right = Seen.of(held_out, encode), Seen.of(trained, encode)
    if not left.names or not right.names:
        return Leaks([], [])
    places: dict[str, list[str]] = {}
    for name, digest in zip(right.names, right.digests, strict=True):
        places.setdefault(digest, []).append(name)
    same = [
        (name, other)
        for name, digest in zip(left.names, left.digests, strict=True)
        for other in places.get(digest, [])
    ]
    near = alike(left.prints, torch.cat(left.features), right.prints, torch.cat(right.features))
    return Leaks(same, [(left.names[row], right.names[other]) for row, other in near])


def of_artwork(artwork: Artwork, names: list[str]) -> Iterator[tuple[str, Image.Image]]:
    """A style's pictures over white; `names` are the concepts'."""
    for row, concept in enumerate(artwork.concept_ids.tolist()):
        yield f"{artwork.style}/{names[concept]}", over(artwork.pixels[row])


def of_photos(photos: Photos | None, held_out: bool) -> Iterator[tuple[str, Image.Image]]:
    """One part of the photos."""
    if photos is None:
        return
    for row in np.flatnonzero(photos.validation == held_out).tolist():
        yield f"{photos.classes[photos.labels[row]]}/{row}", Image.fromarray(photos.pixels[row])


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", default="", help="the class-named folder that was trained on")
    arguments = parser.parse_args(argv)
    pictures = Pictures.load(arguments.photos, styles=ALL_STYLES)
    names = [concept.name for concept in load_concepts()]
    lab = Lab.load("embedded", device="cpu")
    found = find_leaks(
        chain(of_artwork(load_artwork(HELD_OUT_STYLE), names), of_photos(pictures.photos, True)),
        chain(
            *(of_artwork(style, names) for style in pictures.artwork),
            of_photos(pictures.photos, False),
        ),
        lambda images: encode_images(lab.models.clip, images, lab.models.device).cpu(),
    )
    for kind, pairs in (("the same picture", found.same), ("near-duplicates", found.near)):
        print(f"{kind}: {len(pairs)}")
        for held_out, trained in pairs:
            print(f"  {held_out} = {trained}")
    return 1 if found.same else 0


if __name__ == "__main__":
    sys.exit(main())
