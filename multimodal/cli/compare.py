"""`compare`."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from multimodal import answers
from multimodal.cli.common import Add, check_writable, followed, load_lab
from multimodal.errors import LabError
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import from_arguments

REPORT = "comparison.json"
LONG = ("settings", "curve", "stream")  # in the report and with --json alone


def add(command: Add) -> None:
    """Add the command."""
    about = "give one prompt and one seed to every generator, one after another"
    sub = command("compare", _compare, about, CompareSettings)
    sub.add_argument("prompt", metavar="PROMPT")
    sub.add_argument(
        "--out", type=Path, default=Path("comparison"), metavar="DIR",
        help=f"folder for the pictures and {REPORT}",
    )  # fmt: skip
    sub.add_argument(
        "--library", dest="lib", type=Path, metavar="LIB", help="also find its best picture"
    )


def _compare(arguments: argparse.Namespace) -> dict[str, Any]:
    settings = from_arguments(CompareSettings, arguments)
    lab = load_lab(arguments)
    with ExitStack() as stack:
        library = None
        if arguments.lib is not None:
            library = stack.enter_context(lab.open_library(arguments.lib))
        events = lab.compare(arguments.prompt, settings, gallery=library)
        check_writable(arguments.out / REPORT, ".json")
        result = followed(events)
    if not result.pictures:
        raise LabError(result.entries[0].error)
    answer = {**result.to_dict(), "preset": lab.preset.name}
    for row, entry in zip(answer["generators"], result.entries, strict=True):
        if entry.picture is not None:
            path = arguments.out / f"{entry.generator.name}.png"
            path.write_bytes(answers.png_of(entry.picture, lab.preset.name))
            row["path"] = str(path)
    if result.found is not None and result.found.hit is not None:
        answer["gallery"]["path"] = result.found.hit.item.path
    report = json.dumps(answer, ensure_ascii=False, indent=1)
    (arguments.out / REPORT).write_text(report, encoding="utf-8")
    if not arguments.json:
        for row in answer["generators"]:
            for key in LONG:
                row.pop(key, None)
    return answer
