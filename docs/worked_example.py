"""Compute the example that the first tab shows before anybody presses a button.

python docs/worked_example.py   writes examples/worked.json from the shipped weights; a test
                                compares it with what they say
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from multimodal.images import decode  # noqa: E402
from multimodal.lab import Lab  # noqa: E402
from multimodal.prompts import split_labels  # noqa: E402
from multimodal.settings.jobs import ClassifySettings  # noqa: E402
from multimodal.ui.clip.example import PICTURES, WORKED  # noqa: E402
from multimodal.ui.shell.language import LANGUAGES  # noqa: E402
from multimodal.ui.texts import EXAMPLES  # noqa: E402


def worked(lab: Lab) -> dict[str, Any]:
    """For each language: the captions, the share of each picture's columns, and the labels."""
    images = [decode(str(WORKED.parent / name)) for name in PICTURES]
    found: dict[str, Any] = {}
    for place, language in enumerate(LANGUAGES):
        captions = EXAMPLES["captions"][0][place].splitlines()
        labels = split_labels(EXAMPLES["labels"][0][place])
        settings = ClassifySettings(template=EXAMPLES["template"][0][place])
        scores = lab.score(images, captions)
        found[language] = {
            "captions": captions,
            "per_image": [
                [round(value, 3) for value in row] for row in scores.per_image().tolist()
            ],
            "labels": [
                [[one.label, round(one.probability, 3)] for one in row]
                for row in lab.classify(images, labels, settings)
            ],
        }
    return found


if __name__ == "__main__":
    text = json.dumps(worked(Lab.load("embedded", "cpu")), ensure_ascii=False, indent=1)
    WORKED.write_text(text + "\n", encoding="utf-8")
