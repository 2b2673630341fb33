"""`paint`, `dalle` and `reconstruct`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multimodal.cli.common import Add, check_writable, followed, load_lab, read_images
from multimodal.csv_export import curve_csv
from multimodal.settings.fields import fields_of, from_arguments
from multimodal.settings.jobs import DalleSettings, ReconstructSettings
from multimodal.settings.painting import VQGANCLIPSettings

if TYPE_CHECKING:
    from PIL import Image

    from multimodal.codes.reconstruction import Reconstruction
    from multimodal.lab import Lab


def add(command: Add) -> None:
    """Add the commands."""
    sub = command("paint", _generate, "paint with VQGAN+CLIP", VQGANCLIPSettings)
    sub.set_defaults(settings=VQGANCLIPSettings, stream=None)
    sub.add_argument("--picture", help="start from this picture (implies --start picture)")
    sub.add_argument(
        "--image", action="append", default=[], metavar="IMAGE",
        help="a picture that the prompt calls #1, #2 ... in the order given",
    )  # fmt: skip
    sub.add_argument("--film", type=Path, help="write the run as an animated WebP")
    sub.add_argument("--curve", type=Path, help="write the guides' score after each step as CSV")
    _output(sub, "paint.png")

    sub = command("dalle", _generate, "draw with the DALL-E token model", DalleSettings)
    sub.set_defaults(settings=DalleSettings, image=[], film=None, curve=None)
    sub.add_argument(
        "--picture", help="complete or vary this picture; see --keep, --keep-box, --variation"
    )
    sub.add_argument(
        "--stream", type=Path, metavar="JSON",
        help="write the text tokens and each candidate's image tokens, entropies, probabilities",
    )  # fmt: skip
    _output(sub, "dalle.png")

    about = "send a picture through the VQGAN and back"
    sub = command("reconstruct", _reconstruct, about, ReconstructSettings)
    sub.add_argument("image", metavar="IMAGE")
    sub.add_argument("--out", type=Path, default=Path("reconstruction.png"))
    sub.add_argument("--codes-map", type=Path, help="draw the codes as a grid, as this PNG")
    sub.add_argument(
        "--realness", type=Path, metavar="PNG",
        help="draw what looks real (teal) and fake (orange): the original left, decoded right",
    )  # fmt: skip


def _output(sub: argparse.ArgumentParser, default: str) -> None:
    sub.add_argument("prompt", metavar="PROMPT", nargs="?")
    sub.add_argument(
        "--settings-from", metavar="PNG",
        help="take prompt and settings from a picture of this lab; other flags still count",
    )  # fmt: skip
    sub.add_argument("--out", type=Path, default=Path(default), help="where the best picture goes")


def _generate(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.images import film_of, png_with_settings

    prompt, settings = _request(arguments)
    lab = load_lab(arguments)
    start = None
    if arguments.picture:
        start = read_images(lab, [arguments.picture])[0]
        if isinstance(settings, VQGANCLIPSettings):
            settings = replace(settings, start="picture")
    images = read_images(lab, arguments.image)
    events = lab.generate(prompt, settings, start=start, images=images)
    check_writable(arguments.out)
    more = ((arguments.film, ".webp"), (arguments.curve, ".csv"), (arguments.stream, ".json"))
    for path, suffix in more:
        if path is not None:
            check_writable(path, suffix)
    result = followed(events)
    if arguments.film is not None:
        arguments.film.write_bytes(film_of(result.frames))
    if arguments.curve is not None:
        arguments.curve.write_text(curve_csv(result.curve), encoding="utf-8")
    if arguments.stream is not None:
        text = json.dumps(result.streams_json(), ensure_ascii=False)
        arguments.stream.write_text(text, encoding="utf-8")
    rows = []
    for place, picture in enumerate(result.pictures, start=1):
        out: Path = arguments.out
        path = out if place == 1 else out.with_name(f"{out.stem}-{place}{out.suffix}")
        details = {**picture.settings, "preset": lab.preset.name}
        path.write_bytes(png_with_settings(picture.image, details))
        score = round(picture.clip_score, 4)
        rows.append({"path": str(path), "seed": picture.seed, "clip_score": score})
    answer = {"images": rows, "seconds": round(result.seconds, 3), "steps": result.steps}
    return {**answer, "ended": result.message} if result.message else answer


def _request(arguments: argparse.Namespace) -> tuple[str, Any]:
    """Prompt and settings, from a picture's own where that is asked for."""
    from multimodal.images import read_settings

    cls, stored = arguments.settings, {}
    if arguments.settings_from is not None:
        stored = read_settings(arguments.settings_from)
        for knob in fields_of(cls):
            if getattr(arguments, knob.name, None) is None and knob.name in stored:
                setattr(arguments, knob.name, stored[knob.name])
    prompt = arguments.prompt if arguments.prompt is not None else str(stored.get("prompt", ""))
    return prompt, from_arguments(cls, arguments)


def _reconstruct(arguments: argparse.Namespace) -> dict[str, Any]:
    from multimodal.images import png_with_settings

    settings = from_arguments(ReconstructSettings, arguments)
    lab = load_lab(arguments)
    image = read_images(lab, [arguments.image])[0]
    maps = {"codes_map": arguments.codes_map, "realness_map": arguments.realness}
    for path in (arguments.out, *filter(None, maps.values())):
        check_writable(path)
    found = lab.reconstruct(image, settings)
    details = {"method": "reconstruct", **asdict(settings), "preset": lab.preset.name}
    arguments.out.write_bytes(png_with_settings(found.image, details))
    answer = {"path": str(arguments.out), **found.to_dict()}
    for key, path in maps.items():
        if path:
            _map_of(lab, found, key).save(path)
            answer[key] = str(path)
    if not arguments.json:
        del answer["codes"]  # hundreds of numbers
    return answer


def _map_of(lab: Lab, found: Reconstruction, key: str) -> Image.Image:
    from multimodal.codes.maps import draw_codes, realness_pair

    if key == "realness_map":
        return realness_pair(found)
    ids = found.codes.unique()
    return draw_codes(found.codes, ids, lab.code_patches(ids))
