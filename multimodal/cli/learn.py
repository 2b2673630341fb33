"""`learn`."""

from __future__ import annotations

import argparse
from typing import Any

from multimodal.cli.common import Add, followed, load_lab
from multimodal.settings.fields import from_arguments
from multimodal.settings.learning import LearnSettings

LONG = ("losses", "cosines")  # with --json alone


def add(command: Add) -> None:
    """Add the command."""
    about = "train a toy CLIP on a few emoji and test it on a style that it never saw"
    command("learn", _learn, about, LearnSettings)


def _learn(arguments: argparse.Namespace) -> dict[str, Any]:
    settings = from_arguments(LearnSettings, arguments)
    result = followed(load_lab(arguments).learn(settings))
    answer = result.to_dict()
    if not arguments.json:
        for key in LONG:
            del answer[key]
        del answer["unseen"]["cosines"]
    return answer
