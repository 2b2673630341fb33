"""Measure what a CLIP knows of photographs that it was never trained on.

    python -m training.evaluate_world --data FOLDER [--cache FOLDER] [--run RUN]

Without --run it measures the shipped CLIP, with it that of a run of training.clip.world, and
writes world.json into the run's folder. `--data` is a folder of packs, of which
training/data/packs.py says what lies in it; its held-out side is measured on. Three minutes of one
core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from multimodal.errors import LabError
from multimodal.models.checkpoints import load_clip
from multimodal.models.clip import CLIP
from multimodal.models.presets import WEIGHTS
from training.clip.world.assemble import load_run
from training.evaluation.world import WorldData, evaluate_world


def measured_clip(run: Path | None) -> CLIP:
    """The shipped CLIP, or that of a run, for a CPU."""
    if run is None:
        return load_clip(WEIGHTS / "clip").optimize_for_inference()
    return load_run(run).optimize_for_inference()


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/world/cache"))
    parser.add_argument("--run", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    try:
        if arguments.data is None:
            raise LabError(
                "evaluate_world measures on packs of photographs; give their folder with --data."
            )
        data = WorldData.load(measured_clip(arguments.run), arguments.data, arguments.cache)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    found = {name: figure.to_dict() for name, figure in evaluate_world(data).items()}
    text = json.dumps(found, indent=2)
    print(text)
    if arguments.run:
        (arguments.run / "world.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
