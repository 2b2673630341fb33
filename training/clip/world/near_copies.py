"""Say which held-out photos of the packs have a near copy among those that are trained on.

    python -m training.clip.world.near_copies --data FOLDER --cache FOLDER

It compares the cached features of all photos by the untuned tower and prints the pairs, most alike
first.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from training.clip.world.features import load_features
from training.data.packs import load_packs

ALIKE = 0.97  # cosine of features around their mean


def near_copies(
    features: Tensor, held: Tensor, alike: float = ALIKE
) -> list[tuple[float, int, int]]:
    """Cosine, held-out row and the row most like it among the others, of all that are more than
    `alike`. features (n, d); held (n,) bool."""
    features = F.normalize(features - features.mean(0), dim=1)
    trained = (~held).nonzero()[:, 0]
    pairs: list[tuple[float, int, int]] = []
    for rows in held.nonzero()[:, 0].split(512):
        best = (features[rows] @ features[trained].T).max(1)
        others = trained[best.indices].tolist()
        pairs += zip(best.values.tolist(), rows.tolist(), others, strict=True)
    return sorted((pair for pair in pairs if pair[0] > alike), reverse=True)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/world/cache"))
    arguments = parser.parse_args(argv)
    pictures = load_packs(arguments.data, arguments.cache).pictures
    features = torch.from_numpy(load_features(arguments.cache, "world", "photos")[0]).float()
    held = torch.tensor([picture.held for picture in pictures])
    found = near_copies(features, held)
    for cosine, row, other in found:
        names = [f"{pictures[r].pack}/{pictures[r].file}" for r in (row, other)]
        print(f"{cosine:.3f} {' '.join(names)}")
    print(f"{len(found)} of {int(held.sum())} held-out photos have a near copy")


if __name__ == "__main__":
    main()
