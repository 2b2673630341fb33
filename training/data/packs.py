"""Packs of captioned and labelled photographs, and which of them are never trained on.

A folder of packs holds

    captioned/NAME.tar      pictures (JPEG or PNG)
    captioned/NAME.jsonl    a line of JSON for each: `file`, its name in NAME.tar, and what is known
                            of it: `captions`, `captions_ar` (lists), `label` (its class), `labels`
                            (what else is in it), `style`, `label_index` (ImageNet's number),
                            `official_split` (`dev` is held out), `caption_by` (a machine's)
    photos/NAME.tar         pictures as CLASS/FILE
    photos/captions_*.tsv   path in a tar, English caption, Arabic caption

and the words that training/data/lexicon.py reads. `load_packs` decodes all of it once into one
array of 160 px squares.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from multimodal.errors import LabError
from training.data.photos import is_validation, place_of

SIDE = 160
#: Share of a pack that is measured on and never trained on, the same share of each of its classes.
#: flickr8k keeps its official `dev`; all of coco, whose captions people wrote; see `_hold_out`.
SHARES = {
    "clothing_cc0": 0.1,
    "coco": 1.0,
    "coco_square": 0.0,
    "dreambooth": 0.0,
    "flickr8k": 0.0,
    "imagenette": 0.2,
    "intel_scenes": 0.25,
    "mini_imagenet100": 0.15,
    "nips17_ccby": 0.5,
    "pacs": 0.2,
    "recipes_pd": 0.1,
    "sixteen_classes": 0.15,
    "voc_vehicles_cats": 0.2,
    "weather": 0.3,
}
OTHER_SHARE = 0.1  # of a pack that is not listed
COCO_HELD = 78  # of coco_square: with the 130 of coco the 208 that captions are searched among


@dataclass
class Picture:
    """What is known of one picture; `held` says that it is measured on and never trained on."""

    pack: str
    file: str
    held: bool = False
    label: str = ""  # its class
    labels: list[str] = field(default_factory=list)  # what else is in it
    style: str = ""
    imagenet: int = -1  # one of the 1,000 classes, where the pack names it
    captions: list[str] = field(default_factory=list)
    captions_ar: list[str] = field(default_factory=list)
    machine: bool = False  # whether its captions are a machine's


@dataclass(frozen=True)
class Packs:
    """`pixels` (n, 160, 160, 3) uint8, and what is known of each picture."""

    pixels: np.ndarray
    pictures: list[Picture]

    def rows(self, pack: str, held: bool | None = None) -> list[int]:
        """Rows of a pack (or of `photos`, all class-named folders), of one side of the split."""
        return [
            row
            for row, picture in enumerate(self.pictures)
            if picture.pack.split("/")[0] == pack and held in (None, picture.held)
        ]


def load_packs(data: Path, cache: Path) -> Packs:
    """Everything in the folder `data`, decoded once into `cache`. Raises LabError where there is
    nothing."""
    pixels_path, index_path = cache / "photos.npy", cache / "photos.jsonl"
    if not index_path.exists():
        if not [*data.glob("captioned/*.jsonl"), *data.glob("photos/*.tar")]:
            raise LabError(
                "{data} holds no packs of pictures; training/data/packs.py says what to put there.",
                data=data,
            )
        cache.mkdir(parents=True, exist_ok=True)
        _decode(data, pixels_path, index_path)
    rows = [json.loads(line) for line in index_path.read_text(encoding="utf-8").splitlines()]
    return Packs(np.load(pixels_path, mmap_mode="r"), [Picture(**row) for row in rows])


def squared(image: Image.Image) -> Image.Image:
    """160 x 160: of what is longer than 4:3 the middle, the rest stretched; so nearly all of a
    picture is seen, and no thing is narrower than training shows things."""
    width, height = image.size
    across, down = min(width, height * 4 / 3), min(height, width * 4 / 3)
    left, top = (width - across) / 2, (height - down) / 2
    box = (left, top, left + across, top + down)
    return image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC, box)


def _decode(data: Path, pixels_path: Path, index_path: Path) -> None:
    found = [*_captioned(data / "captioned"), *_class_named(data / "photos")]
    pictures = [picture for picture, _ in found]
    _hold_out(pictures)
    shape = (len(found), SIDE, SIDE, 3)
    pixels = np.lib.format.open_memmap(pixels_path, "w+", "uint8", shape)
    for row, (_, jpeg) in enumerate(found):
        with Image.open(io.BytesIO(jpeg)) as image:
            pixels[row] = np.asarray(squared(image))
    pixels.flush()
    lines = [json.dumps(asdict(picture), ensure_ascii=False) for picture in pictures]
    index_path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _captioned(folder: Path) -> Iterator[tuple[Picture, bytes]]:
    for path in sorted(folder.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        facts = {row["file"]: row for row in map(json.loads, lines)}
        for name, jpeg in _members(path.with_suffix(".tar")):
            yield _picture(path.stem, facts[name]), jpeg


def _picture(pack: str, row: dict[str, Any]) -> Picture:
    return Picture(
        pack,
        row["file"],
        held=row.get("official_split") == "dev",
        label=row.get("label") or "",
        labels=row.get("labels") or [],
        style=row.get("style") or "",
        imagenet=row.get("label_index", -1),
        captions=row.get("captions") or [],
        captions_ar=row.get("captions_ar") or [],
        machine="caption_by" in row,
    )


def _class_named(folder: Path) -> Iterator[tuple[Picture, bytes]]:
    said: dict[str, list[str]] = {}
    for path in sorted(folder.glob("captions_*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        said |= {name: rest for name, *rest in (line.split("\t") for line in lines)}
    for tar in sorted(folder.glob("*.tar")):
        for name, jpeg in _members(tar):
            file = "/".join(PurePosixPath(name).parts[-2:])
            english, arabic = said.get(name) or said.get(f"{tar.stem}/{file}") or ("", "")
            picture = Picture(
                f"photos/{tar.stem}",
                file,
                held=is_validation(Path(name)),
                label=PurePosixPath(name).parent.name,
                captions=[english] if english else [],
                captions_ar=[arabic] if arabic else [],
                machine=True,
            )
            yield picture, jpeg


def _members(tar: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(tar) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.lower().endswith((".jpg", ".jpeg", ".png")):
                yield member.name.removeprefix("./"), file.read()


def _hold_out(pictures: list[Picture]) -> None:
    """Of every class of a pack the pictures whose names have the lowest numbers."""
    cells: dict[tuple[str, ...], list[Picture]] = defaultdict(list)
    for picture in pictures:
        if not picture.pack.startswith("photos/"):
            kinds = picture.label or "+".join(picture.labels)
            kinds = "" if picture.pack == "nips17_ccby" else kinds
            cells[picture.pack, kinds, picture.style].append(picture)
    for (pack, *_), members in cells.items():
        members.sort(key=lambda picture: place_of(picture.file))
        for picture in members[: round(SHARES.get(pack, OTHER_SHARE) * len(members))]:
            picture.held = True
    held = {_coco_id(p) for p in pictures if p.pack == "coco"}
    square = [p for p in pictures if p.pack == "coco_square"]
    square.sort(key=lambda picture: place_of(picture.file))
    fresh = [p for p in square if _coco_id(p) not in held]
    for picture in (*fresh[:COCO_HELD], *(p for p in square if _coco_id(p) in held)):
        picture.held = True


def _coco_id(picture: Picture) -> int:
    return int(PurePosixPath(picture.file).stem.split("_")[-1])
