"""The command line: `python -m multimodal score|classify|index|search|paint|dalle|...`.

Results go to stdout (one JSON document with --json), progress to stderr. Exit code 0 is success;
2 means that something in the request has to change, said in one line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from multimodal.errors import LabError
from multimodal.settings import (
    ClassifySettings,
    DalleSettings,
    SearchSettings,
    Settings,
    VQGANCLIPSettings,
    add_arguments,
    from_arguments,
)

if TYPE_CHECKING:
    from PIL import Image

    from multimodal.events import Progress, Result
    from multimodal.lab import Lab


def main(argv: list[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], dict[str, Any]] = arguments.run
    try:
        answer = run(arguments)
    except LabError as error:
        print(f"multimodal: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("multimodal: stopped", file=sys.stderr)
        return 130
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _print_plainly(answer)
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, like every other error here."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"multimodal: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="multimodal", description="CLIP, search, pictures.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(
        name: str,
        run: Callable[[argparse.Namespace], dict[str, Any]],
        help: str,
        settings: type[Settings] | None = None,
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        sub.add_argument("--json", action="store_true", help="one JSON document on stdout")
        sub.add_argument("--preset", default="embedded", help="a preset, or a CLIP's folder")
        sub.add_argument("--device", default="auto", help="auto, cpu or cuda")
        if settings:
            add_arguments(sub, settings)
        return sub

    sub = command("score", _score, "compare pictures with captions")
    sub.add_argument("images", nargs="+", metavar="IMAGE")
    sub.add_argument("--text", action="append", required=True, help="a caption; repeatable")

    sub = command("classify", _classify, "sort pictures under labels", ClassifySettings)
    sub.add_argument("images", nargs="+", metavar="IMAGE")
    sub.add_argument("--labels", required=True, help="separated by commas")

    sub = command("index", _index, "index files, folders and zips as a library")
    sub.add_argument("sources", nargs="+", metavar="SOURCE")
    sub.add_argument("--library", required=True, type=Path, help="the library's folder")

    sub = command("search", _search, "find pictures of a library", SearchSettings)
    sub.add_argument("library", type=Path, metavar="LIB")
    sub.add_argument("query", nargs="?", default="", help="words")
    sub.add_argument("--image", help="search by this picture instead")

    sub = command("paint", _generate, "paint with VQGAN+CLIP", VQGANCLIPSettings)
    sub.set_defaults(settings=VQGANCLIPSettings)
    sub.add_argument("--picture", help="start from this picture (implies --start picture)")
    _output(sub, "paint.png")

    sub = command("dalle", _generate, "draw with the DALL-E token model", DalleSettings)
    sub.set_defaults(settings=DalleSettings, picture=None)
    _output(sub, "dalle.png")

    sub = command("reconstruct", _reconstruct, "send a picture through the VQGAN and back")
    sub.add_argument("image", metavar="IMAGE")
    sub.add_argument("--out", type=Path, default=Path("reconstruction.png"))

    sub = command("evaluate", _evaluate, "measure the embedded models")
    sub.add_argument("names", nargs="*", metavar="NAME", help="which figures; all without names")
    sub.add_argument("--photos", type=Path, help="class-named folder to measure photos on")

    command("info", _info, "say what is loaded and from where")
    return parser


def _output(sub: argparse.ArgumentParser, default: str) -> None:
    sub.add_argument("prompt", metavar="PROMPT")
    sub.add_argument("--out", type=Path, default=Path(default), help="where the best picture goes")


def _lab(arguments: argparse.Namespace) -> Lab:
    from multimodal.lab import Lab  # torch and the nets load only once a command needs them

    return Lab.load(arguments.preset, arguments.device)


def _images(lab: Lab, paths: list[str]) -> list[Image.Image]:
    from multimodal.images import decode

    return [decode(path, max_megapixels=lab.limits.max_megapixels) for path in paths]


def _score(arguments: argparse.Namespace) -> dict[str, Any]:
    lab = _lab(arguments)
    scores = lab.score(_images(lab, arguments.images), arguments.text)
    return {
        "images": arguments.images,
        "texts": arguments.text,
        "cosine": _rounded(scores.cosine),
        "per_image": _rounded(scores.per_image()),
        "per_text": _rounded(scores.per_text()),
        "independent": _rounded(scores.independent()),
        "logit_scale": round(scores.logit_scale, 4),
    }


def _classify(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.prompts import split_labels

    labels = split_labels(arguments.labels)
    settings = from_arguments(ClassifySettings, arguments)
    lab = _lab(arguments)
    rows = lab.classify(_images(lab, arguments.images), labels, settings)
    return {
        "results": [
            {
                "image": path,
                "labels": [
                    {"label": found.label, "probability": round(found.probability, 4)}
                    for found in row
                ],
            }
            for path, row in zip(arguments.images, rows, strict=True)
        ]
    }


def _index(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.errors import GalleryError
    from multimodal.gallery import LIBRARY_FILE

    for source in arguments.sources:
        if not Path(source).exists():
            raise GalleryError(f"{source} does not exist; name a file, a folder or a zip.")
    lab = _lab(arguments)
    library: Path = arguments.library
    exists = (library / LIBRARY_FILE).is_file()
    gallery = lab.load_gallery(library) if exists else lab.new_gallery()
    progress = None
    for progress in lab.add_to_gallery(gallery, arguments.sources, keep_thumbnails=False):
        rate = progress.pictures_per_second
        _say(f"{progress.indexed} indexed of {progress.done} files, {rate:.0f} pictures/s")
    assert progress is not None
    gallery.save(library)
    return {
        "indexed": progress.indexed,
        "skipped": [{"path": s.path or s.name, "reason": s.reason} for s in progress.skipped],
        "seconds": round(progress.seconds, 3),
        "total": len(gallery),
    }


def _search(arguments: argparse.Namespace) -> dict[str, Any]:
    lab = _lab(arguments)
    gallery = lab.load_gallery(arguments.library)
    query = _images(lab, [arguments.image])[0] if arguments.image else arguments.query
    hits = lab.search(gallery, query, from_arguments(SearchSettings, arguments))
    return {"hits": [{"path": hit.item.path, "score": round(hit.score, 4)} for hit in hits]}


def _generate(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.images import png_with_settings

    settings = from_arguments(arguments.settings, arguments)
    lab = _lab(arguments)
    start = None
    if arguments.picture:
        start = _images(lab, [arguments.picture])[0]
        settings = replace(settings, start="picture")
    events = lab.generate(arguments.prompt, settings, start=start)
    _check_writable(arguments.out)
    result = _followed(events)
    rows = []
    for place, picture in enumerate(result.pictures, start=1):
        out: Path = arguments.out
        path = out if place == 1 else out.with_name(f"{out.stem}-{place}{out.suffix}")
        details = {**picture.settings, "preset": lab.preset.name}
        path.write_bytes(png_with_settings(picture.image, details))
        score = round(picture.clip_score, 4)
        rows.append({"path": str(path), "seed": picture.seed, "clip_score": score})
    return {"images": rows, "seconds": round(result.seconds, 3), "steps": result.steps}


def _reconstruct(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.images import png_with_settings

    lab = _lab(arguments)
    image = _images(lab, [arguments.image])[0]
    _check_writable(arguments.out)
    found = lab.reconstruct(image)
    arguments.out.write_bytes(png_with_settings(found.image, {"method": "reconstruct"}))
    return {
        "path": str(arguments.out),
        "psnr": round(found.psnr, 3),
        "codes_used": found.codes_used,
        "codes": found.codes.tolist(),
    }


def _evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.evaluation import evaluate

    return evaluate(_lab(arguments), arguments.names, arguments.photos, _say)


def _info(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from multimodal import __version__
    from multimodal.presets import PRESETS

    lab = _lab(arguments)
    nets = {"clip": lab.clip, "vqgan": lab.vqgan, "dalle": lab.token_transformer}
    return {
        "version": __version__,
        "torch": torch.__version__,
        "device": str(lab.device),
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


def _followed(events: Iterator[Progress | Result]) -> Result:
    """Report progress on stderr and give the Result."""
    from multimodal.events import Progress, last

    def told() -> Iterator[Progress | Result]:
        for event in events:
            if isinstance(event, Progress):
                score = "" if event.score is None else f", CLIP score {event.score:.3f}"
                left = "" if event.seconds_left is None else f", {event.seconds_left:.0f} s left"
                _say(f"{event.step}/{event.total}{score}{left}")
            yield event

    return last(told())


def _check_writable(path: Path) -> None:
    """Find out before the long work, not after it, that its result could not be kept."""
    if path.suffix.lower() != ".png":
        raise LabError(f"--out is {path}; pictures are written as PNG, so end it in .png.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise LabError(
            f"{path} cannot be written ({error.strerror}); choose another --out."
        ) from error


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _rounded(values: Any) -> list[list[float]]:
    return [[round(value, 4) for value in row] for row in values.tolist()]


def _print_plainly(answer: dict[str, Any], indent: str = "") -> None:
    for key, value in answer.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            _print_plainly(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{indent}{key}:")
            for row in value:
                print(f"{indent}  - {_line(row)}")
        else:
            print(f"{indent}{key}: {value}")


def _line(row: dict[str, Any]) -> str:
    parts = []
    for key, value in row.items():
        if isinstance(value, list):
            value = "; ".join(_line(v) if isinstance(v, dict) else str(v) for v in value)
        parts.append(f"{key}: {value}" if key not in ("label", "probability") else str(value))
    return "  ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
