"""Average CLIPs that are stages of one training, or branches of it, into one that is better.

    python -m training.clip.soup --out FOLDER CLIP CLIP ...
    python -m training.clip.soup --out FOLDER A B --shares 2 1 --text-shares 0 1

Each CLIP is a run, or an exported checkpoint's folder (two of a training: before and after its
last run); what comes out is an exported one, for `training.clip.align` to start from.

Source: Wortsman et al. 2022, "Model soups", section 2 (uniform soup).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from multimodal.models.checkpoints import WEIGHTS_FILE, save_checkpoint
from training.load_run import load_trained


def averaged(
    states: Sequence[dict[str, Tensor]], shares: Sequence[float], text_shares: Sequence[float]
) -> dict[str, Tensor]:
    """The mean of each floating-point tensor, weighted by `shares`, the text tower's by
    `text_shares`; of others (counters) the last one's."""
    mixed = {}
    for key, value in states[-1].items():
        parts = text_shares if key.startswith("text_tower.") else shares
        if value.is_floating_point():
            value = torch.stack([p * state[key] for p, state in zip(parts, states, strict=True)])
            value = value.sum(0) / sum(parts)
        mixed[key] = value
    return mixed


def soup(
    folders: Sequence[Path],
    out: Path,
    shares: Sequence[float] | None = None,
    text_shares: Sequence[float] | None = None,
) -> None:
    """Write the average of the CLIPs in `folders` to `out`; all count alike where `shares` are not
    given, and as much for the text tower where `text_shares` are not.

    Raises:
        ValueError: the CLIPs read texts differently, so that their word vectors mean different
            pieces; or there are not as many shares as CLIPs.
    """
    clips = [load_trained(folder) for folder in folders]
    last = clips[-1]
    if any(clip.tokenizer.to_str() != last.tokenizer.to_str() for clip in clips):
        raise ValueError("CLIPs with different tokenizers cannot be averaged.")
    shares = shares or [1.0] * len(clips)
    text_shares = text_shares or shares
    if not len(shares) == len(text_shares) == len(clips):
        raise ValueError("There have to be as many shares as CLIPs.")
    states = [clip.state_dict() for clip in clips]
    mixed = {WEIGHTS_FILE: averaged(states, shares, text_shares)}
    save_checkpoint(out, "clip", last.config, mixed, last.tokenizer)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="runs or exports")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shares", nargs="+", type=float, help="how much each counts")
    parser.add_argument("--text-shares", nargs="+", type=float, help="the same for text towers")
    arguments = parser.parse_args(argv)
    soup(arguments.clips, arguments.out, arguments.shares, arguments.text_shares)


if __name__ == "__main__":
    main()
