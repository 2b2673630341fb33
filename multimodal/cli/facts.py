"""`evaluate` and `info`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from multimodal.cli.common import Add, load_lab, say


def add(command: Add) -> None:
    """Add the commands."""
    sub = command("evaluate", _evaluate, "measure the embedded models")
    sub.add_argument("names", nargs="*", metavar="NAME", help="which figures; all without names")
    sub.add_argument("--photos", type=Path, help="class-named folder to measure photos on")

    command("info", _info, "say what is loaded and from where")


def _evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.evaluation import evaluate

    return evaluate(load_lab(arguments), arguments.names, arguments.photos, say)


def _info(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from multimodal import __version__
    from multimodal.presets import PRESETS

    lab = load_lab(arguments)
    nets = {"clip": lab.clip, "vqgan": lab.vqgan, "dalle": lab.token_transformer}
    return {
        "version": __version__,
        "torch": torch.__version__,
        "device": str(lab.device),
        "precision": lab.precision,
        "token_precision": lab.token_precision,
        "preset": lab.preset.name,
        "presets": {name: preset.title for name, preset in PRESETS.items()},
        "models": {
            name: {
                "source": getattr(lab.preset, name),
                "parameters": sum(p.numel() for p in net.parameters()),  # type: ignore[attr-defined]
            }
            for name, net in nets.items()
        },
    }
