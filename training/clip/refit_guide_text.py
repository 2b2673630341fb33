"""Keep a guide when the CLIP beside it has learned to read texts otherwise.

    python -m training.clip.refit_guide_text --out RUN --before FOLDER_OF_THE_CLIP_BEFORE
    python -m training.export --guide RUN

A guide sees pictures where the CLIP that it was trained beside put their texts. Its own text
projection is fitted to the new text tower by least squares, so that texts stay there. It takes a
minute.
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
from training.ridge import ridge

TEXTS = 16_000
RIDGE = 1e-3  # of the mean square of the sentence vectors


def fitted_projection(hidden: Tensor, wanted: Tensor) -> Tensor:
    """The (d, h) matrix that takes sentence vectors (n, h) nearest to features (n, d)."""
    strength = RIDGE * len(hidden) * float(hidden.square().mean())
    return ridge(hidden, wanted, strength).T.contiguous()


@torch.no_grad()
def fit(guide: EmbeddedCLIP, clip: EmbeddedCLIP, texts: list[str]) -> dict[str, Tensor]:
    """The guide's tensors with a projection of `clip`'s sentence vectors, so that its texts lie
    where they lay beside its CLIP of before; `training.export` takes what is its own."""
    cpu = torch.device("cpu")
    wanted = guide.project_texts(student_bank(guide, texts, cpu))
    projection = fitted_projection(student_bank(clip, texts, cpu), wanted)
    return guide.state_dict() | {"text_projection.weight": projection}


def write(state: dict[str, Tensor], out: Path) -> None:
    """As a finished run of no steps, for `training.export --guide`."""
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
