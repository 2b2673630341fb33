"""Fit a guide to a CLIP whose text tower was trained further.

    python -m training.clip.refit_guide_text --out RUN --before FOLDER_OF_THE_CLIP_BEFORE
    python -m training.export --guide RUN

A guide was trained on the text features of one CLIP. When another text tower takes its place, the
guide's own text projection is fitted anew by ridge regression (Hoerl & Kennard 1970), so that texts
keep the features that the guide knows. It takes a minute.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import torch
from torch import Tensor

from multimodal.models.checkpoints import load_clip, load_guide
from multimodal.models.clip import EmbeddedCLIP
from multimodal.models.presets import WEIGHTS
from training.clip.train import student_bank
from training.data.captions import name_pairs
from training.data.photos import load_photos

TEXTS = 16_000
RIDGE = 1e-3  # of the mean square of the sentence vectors


def fitted_projection(hidden: Tensor, wanted: Tensor) -> Tensor:
    """The (d, h) matrix that takes sentence vectors (n, h) nearest to features (n, d), by ridge
    regression; nothing is centred."""
    strength = RIDGE * len(hidden) * float(hidden.square().mean())
    square = hidden.T @ hidden + strength * torch.eye(hidden.shape[1])
    return torch.linalg.solve(square, hidden.T @ wanted).T.contiguous()


@torch.no_grad()
def fit(guide: EmbeddedCLIP, clip: EmbeddedCLIP, texts: list[str]) -> dict[str, Tensor]:
    """The guide's tensors with a projection for `clip`'s sentence vectors, so that its texts stay
    where they were. `training.export` takes only what is the guide's own."""
    cpu = torch.device("cpu")
    wanted = guide.project_texts(student_bank(guide, texts, cpu))
    projection = fitted_projection(student_bank(clip, texts, cpu), wanted)
    return guide.state_dict() | {"text_projection.weight": projection}


def write(state: dict[str, Tensor], out: Path) -> None:
    """Write a finished run of no steps, for `training.export --guide`."""
    out.mkdir(parents=True, exist_ok=True)
    run = {"ema": {"shadow": state}, "run": {"step": 0, "seconds": 0.0}}
    torch.save(run, out / "checkpoint.pt")


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--before", type=Path, required=True, help="a CLIP's folder with its guide")
    parser.add_argument("--clip", type=Path, default=WEIGHTS / "clip", help="the new CLIP's folder")
    parser.add_argument("--photos", default="", help="the class-named folder, for its names")
    arguments = parser.parse_args(argv)
    classes = load_photos(Path(arguments.photos)).classes if arguments.photos else ()
    pairs = name_pairs(classes)
    drawn = random.Random(0).choices(
        [pair.text for pair in pairs], weights=[pair.weight for pair in pairs], k=TEXTS
    )
    state = fit(load_guide(arguments.before), load_clip(arguments.clip), sorted(set(drawn)))
    write(state, arguments.out)


if __name__ == "__main__":
    main()
