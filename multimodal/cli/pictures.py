"""`paint`, `dalle` and `reconstruct`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multimodal import answers
from multimodal.cli.common import Add, check_writable, followed, load_lab, read_images
from multimodal.comparison.generators import GENERATORS, Generator
from multimodal.csv_export import curve_csv
from multimodal.settings.fields import Settings, fields_of, from_arguments
from multimodal.settings.jobs import ReconstructSettings

if TYPE_CHECKING:
    from PIL import Image

    from multimodal.codes.reconstruction import Reconstruction
    from multimodal.events import Result
    from multimodal.lab import Lab


#: What a generator's command can write beside the pictures: flag, file type, help.
FILES = {
    "film": (".webp", "write the run as an animated WebP"),
    "curve": (".csv", "write the guides' score after each step as CSV"),
    "stream": (
        ".json",
        "write the text tokens and each candidate's image tokens, entropies, probabilities",
    ),
}


def add(command: Add) -> None:
    """Add the commands."""
    for generator in GENERATORS.values():
        sub = command(generator.name, _generate, generator.about, generator.settings)
        sub.set_defaults(generator=generator, picture=None, image=[])
        if generator.start:
            sub.add_argument("--picture", metavar="IMAGE", help=generator.start_about)
        if generator.images:
            sub.add_argument(
                "--image", action="append", metavar="IMAGE",
                help="a picture that the prompt calls #1, #2 ... in the order given",
            )  # fmt: skip
        for name in generator.files:
            suffix, about = FILES[name]
            sub.add_argument(f"--{name}", type=Path, metavar=f"FILE{suffix}", help=about)
        sub.add_argument("prompt", metavar="PROMPT", nargs="?")
        sub.add_argument(
            "--settings-from", metavar="PNG",
            help="take prompt and settings from a picture of this lab; other flags still count",
        )  # fmt: skip
        out = Path(f"{generator.name}.png")
        sub.add_argument("--out", type=Path, default=out, help="where the best picture goes")

    about = "send a picture through the VQGAN and back"
    sub = command("reconstruct", _reconstruct, about, ReconstructSettings)
    sub.add_argument("image", metavar="IMAGE")
    sub.add_argument("--out", type=Path, default=Path("reconstruction.png"))
    sub.add_argument("--codes-map", type=Path, help="draw the codes as a grid, as this PNG")
    sub.add_argument(
        "--realness", type=Path, metavar="PNG",
        help="draw what looks real (teal) and fake (orange): the original left, decoded right",
    )  # fmt: skip


def _generate(arguments: argparse.Namespace) -> dict[str, Any]:
    generator: Generator = arguments.generator
    prompt, settings = _request(arguments)
    lab = load_lab(arguments)
    start = read_images(lab, [arguments.picture])[0] if arguments.picture else None
    images = read_images(lab, arguments.image)
    events = lab.generate(prompt, settings, start=start, images=images)
    check_writable(arguments.out)
    files = {name: getattr(arguments, name) for name in generator.files}
    for name, path in files.items():
        if path is not None:
            check_writable(path, FILES[name][0])
    result = followed(events)
    for name, path in files.items():
        if path is not None:
            path.write_bytes(_file_of(result, name))
    paths = []
    for place, picture in enumerate(result.pictures, start=1):
        out: Path = arguments.out
        path = out if place == 1 else out.with_name(f"{out.stem}-{place}{out.suffix}")
        path.write_bytes(answers.png_of(picture, lab.preset.name))
        paths.append(str(path))
    return answers.generated(result, paths)


def _file_of(result: Result, name: str) -> bytes:
    """One of FILES."""
    if name == "film":
        from multimodal.images import film_of

        return film_of(result.frames)
    if name == "curve":
        return curve_csv(result.curve).encode()
    return json.dumps(result.streams_json(), ensure_ascii=False).encode()


def _request(arguments: argparse.Namespace) -> tuple[str, Settings]:
    """Prompt and settings, from a picture's own where that is asked for."""
    from multimodal.images import read_settings

    cls, stored = arguments.generator.settings, {}
    if arguments.settings_from is not None:
        stored = read_settings(arguments.settings_from)
        quality = getattr(arguments, "quality", None)  # what it decides is not the picture's then
        for knob in fields_of(cls):
            taken = knob.name in stored and not (knob.decided and quality)
            if taken and getattr(arguments, knob.name, None) is None:
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
    details = answers.reconstruction_facts(settings, lab.preset.name)
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
