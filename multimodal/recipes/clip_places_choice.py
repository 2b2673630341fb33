"""How much nearer shall names without photos count in recipes.clip_places?

    names=$(python -m multimodal.recipes.unseen)
    python -m multimodal.recipes.clip_places_choice --photos FOLDER --leave-out "$names"

Leaves out a dozen classes more, six times, and says for each choice how often photos of these and
held-out photos of the others are told among both, by the places themselves. The classes in
`--leave-out` take no part at all, so that a figure of them is not chosen on them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.data.captions import singular
from multimodal.data.photos import load_photos
from multimodal.recipes.clip_places import brought_nearer, place_all
from multimodal.recipes.labels import left_out_names

FOLDS, LEFT_OUT = 6, 12
CHOICES = (0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4)


def told(
    pictures: Tensor, labels: Tensor, held: Tensor, ways: Tensor, left_out: Tensor, nearer: float
) -> tuple[float, float]:
    """The share of pictures of classes that are `left_out` and of `held` ones of the others that
    are told among all classes.

    Args:
        pictures: image features (n, d) unit norm, of `labels` (n,); held (n,) bool.
        ways: where the names of the classes lie without their last part, (m, d - 1) unit norm.
        left_out: (m,) bool.
    """
    places = brought_nearer(ways, ~left_out, nearer)
    right = ((pictures @ places.T).argmax(1) == labels).float()
    unseen = left_out[labels]
    return right[unseen].mean().item(), right[~unseen & held].mean().item()


def fold(folder: str, never: set[str], others: list[str]) -> dict[float, tuple[float, float]]:
    """`told` for each of CHOICES, `others` left out and `never` too, which take no part."""
    left_out = never | left_out_names(",".join(others))
    photos, features, places, things, _ = place_all(folder, left_out, 0.0)
    chosen = [row for row, name in enumerate(photos.classes) if singular(name) not in never]
    ways = places.things[[things[photos.classes[row]] for row in chosen], :-1]
    out = torch.tensor([singular(photos.classes[row]) in left_out for row in chosen])
    place = torch.full((len(photos.classes),), -1)
    place[chosen] = torch.arange(len(chosen))
    labels = place[torch.from_numpy(photos.labels).long()]
    rows = labels >= 0
    seen = F.normalize(features[rows] @ places.projection.T, dim=1)
    held = torch.from_numpy(photos.validation)[rows]
    return {nearer: told(seen, labels[rows], held, ways, out, nearer) for nearer in CHOICES}


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="the class-named folder")
    parser.add_argument("--leave-out", default="", help="names that take no part, with commas")
    arguments = parser.parse_args(argv)
    never = left_out_names(arguments.leave_out)
    classes = load_photos(arguments.photos).classes
    rest = [name for name in classes if singular(name) not in never]
    order = torch.randperm(len(rest), generator=torch.Generator().manual_seed(1)).tolist()
    found = []
    for start in range(0, FOLDS * LEFT_OUT, LEFT_OUT):
        others = [rest[place] for place in order[start : start + LEFT_OUT]]
        found.append(fold(str(arguments.photos), never, others))
    for nearer in CHOICES:
        unseen, shown = torch.tensor([part[nearer] for part in found]).mean(0).tolist()
        print(json.dumps({"nearer": nearer, "unseen": round(unseen, 3), "shown": round(shown, 3)}))


if __name__ == "__main__":
    main()
