"""`evaluate` and `info`."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from multimodal.cli.common import Add, load_lab, say
from multimodal.comparison.generators import num_parameters
from multimodal.errors import LabError


def add(command: Add) -> None:
    """Add the commands."""
    sub = command("evaluate", _evaluate, "measure the embedded models")
    sub.add_argument("names", nargs="*", metavar="NAME", help="which figures; all without names")
    sub.add_argument("--photos", type=Path, help="class-named folder to measure photos on")
    sub.add_argument(
        "--sheets", type=Path, metavar="FOLDER",
        help="write contact sheets of what `evaluate paint` and `evaluate dalle` drew",
    )  # fmt: skip

    command("info", _info, "say what is loaded and from where")


def _evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    try:
        evaluation = import_module("training.evaluation")
    except ImportError as error:
        raise LabError(
            "evaluate belongs to the training part of a clone of the repository; install it there "
            "with pip install -e .[training]."
        ) from error
    measured: dict[str, Any] = evaluation.evaluate(
        load_lab(arguments), arguments.names, arguments.photos, say, arguments.sheets
    )
    return measured


def _info(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from multimodal import __version__
    from multimodal.models.presets import PRESETS

    lab = load_lab(arguments)
    nets = {
        "clip": lab.models.clip,
        "vqgan": lab.models.vqgan,
        "dalle": lab.models.token_transformer,
    }
    return {
        "version": __version__,
        "torch": torch.__version__,
        "device": str(lab.models.device),
        "precision": lab.models.precision,
        "token_precision": lab.models.token_precision,
        "preset": lab.preset.name,
        "presets": {name: preset.title for name, preset in PRESETS.items()},
        "models": {
            name: {
                "source": getattr(lab.preset, name),
                "parameters": num_parameters([net]),
            }
            for name, net in nets.items()
        },
    }
