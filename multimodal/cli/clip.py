"""`score`, `classify` and `where`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from multimodal import answers
from multimodal.cli.common import Add, check_writable, load_lab, read_images, say
from multimodal.errors import ImageError, LabError, PromptError
from multimodal.settings.fields import from_arguments
from multimodal.settings.jobs import ClassifySettings, ScoreSettings


def add(command: Add) -> None:
    """Add the commands."""
    sub = command("score", _score, "compare pictures with captions", ScoreSettings)
    sub.add_argument("images", nargs="+", metavar="IMAGE")
    sub.add_argument("--text", action="append", required=True, help="a caption; repeatable")
    sub.add_argument(
        "--pairs", action="store_true", help="picture i belongs to caption i: losses and recalls"
    )
    sub.add_argument("--csv", type=Path, help="write the table to this file, too")

    sub = command("classify", _classify, "sort pictures under labels", ClassifySettings)
    sub.add_argument("images", nargs="*", metavar="IMAGE")
    sub.add_argument("--labels", default="", help="separated by commas")
    sub.add_argument(
        "--evaluate", type=Path, metavar="FOLDER",
        help="measure the accuracy on class-named folders, or a zip of them, instead",
    )  # fmt: skip
    sub.add_argument("--confusion", type=Path, help="with --evaluate: draw the matrix as this PNG")

    sub = command("where", _where, "show which regions of a picture carry its match with words")
    sub.add_argument("image", metavar="IMAGE")
    sub.add_argument("--text", required=True, help="the caption")
    sub.add_argument("--out", type=Path, default=Path("where.png"))


def _score(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.csv:
        check_writable(arguments.csv, ".csv")
    lab = load_lab(arguments)
    settings = from_arguments(ScoreSettings, arguments)
    scores = lab.score(read_images(lab, arguments.images), arguments.text, settings)
    answer = {"images": arguments.images, "texts": arguments.text, **scores.to_dict()}
    if arguments.pairs:
        answer["pairs"] = scores.pairs().to_dict()
    if arguments.csv:
        arguments.csv.write_text(
            scores.to_csv(arguments.images, arguments.text), encoding="utf-8-sig"
        )
    return answer


def _classify(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.prompts import split_labels

    settings = from_arguments(ClassifySettings, arguments)
    if arguments.evaluate:
        return _evaluate(arguments, settings)
    if arguments.confusion:
        raise LabError("--confusion draws what --evaluate measures; give --evaluate FOLDER, too.")
    if not arguments.images:
        raise ImageError("No picture was given; name at least one, or --evaluate a folder.")
    if not arguments.labels:
        raise PromptError("There are no labels; give --labels, separated by commas.")
    labels = split_labels(arguments.labels)
    lab = load_lab(arguments)
    rows = lab.classify(read_images(lab, arguments.images), labels, settings)
    return answers.classified(arguments.images, rows)


def _evaluate(arguments: argparse.Namespace, settings: ClassifySettings) -> dict[str, Any]:
    from multimodal.clip.accuracy import confusion_picture

    if arguments.images or arguments.labels:
        raise LabError("--evaluate takes its pictures and labels from the folder alone.")
    if not arguments.evaluate.exists():
        raise ImageError("{path} does not exist; name a folder or a zip.", path=arguments.evaluate)
    if arguments.confusion:
        check_writable(arguments.confusion)
    lab, accuracy = load_lab(arguments), None
    for accuracy in lab.accuracy([arguments.evaluate], settings):
        say(f"{accuracy.done} pictures, top-1 {100 * accuracy.top1:.1f} % so far")
    assert accuracy is not None
    answer = answers.accuracy(accuracy, answers.by_path)
    if not arguments.json:
        del answer["confusion"]  # a table of numbers nobody can read in a terminal
    if arguments.confusion:
        confusion_picture(accuracy).save(arguments.confusion)
        answer["picture"] = str(arguments.confusion)
    return answer


def _where(arguments: argparse.Namespace) -> dict[str, Any]:
    lab = load_lab(arguments)
    image = read_images(lab, [arguments.image])[0]
    check_writable(arguments.out)
    heat = lab.where(image, arguments.text)
    heat.overlay().save(arguments.out)
    return {"path": str(arguments.out), **answers.heat(heat)}
