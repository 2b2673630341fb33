"""Average CLIPs that are stages of one training, or branches of it, into one that is better.

    python -m multimodal.recipes.clip_soup --out FOLDER CLIP CLIP ...

Each CLIP is an exported checkpoint's folder (two of a training: before and after its last run);
what comes out is one, too, for `recipes.clip_align` to start from.

Source: Wortsman et al. 2022, "Model soups", section 2 (uniform soup).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from multimodal.models.checkpoints import WEIGHTS_FILE, load_clip, save_checkpoint


def averaged(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of each floating-point tensor; of others (counters) the last one's."""
    return {
        key: torch.stack([state[key] for state in states]).mean(0)
        if value.is_floating_point()
        else value
        for key, value in states[-1].items()
    }


def soup(folders: Sequence[Path], out: Path) -> None:
    """Write the average of the CLIPs in `folders` to `out`. Raises ValueError where they read
    texts differently: their word vectors then mean different pieces."""
    clips = [load_clip(folder) for folder in folders]
    last = clips[-1]
    if any(clip.tokenizer.to_str() != last.tokenizer.to_str() for clip in clips):
        raise ValueError("CLIPs with different tokenizers cannot be averaged.")
    states = {WEIGHTS_FILE: averaged([clip.state_dict() for clip in clips])}
    save_checkpoint(out, "clip", last.config, states, last.tokenizer)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="exported folders")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args(argv)
    soup(arguments.clips, arguments.out)


if __name__ == "__main__":
    main()
