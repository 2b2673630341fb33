"""Made-up packs of a few pictures, and small nets of the CLIP that knows photographs."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from conftest import TINY_CLIP, drawing
from recipe_data import made_up_concepts
from tokenizers import Tokenizer

from multimodal.models.clip import TextTower
from multimodal.models.world.clip import WorldCLIP
from multimodal.models.world.heads import HeadConfig
from multimodal.models.world.sentences import WIDTH
from training.data.ancestors import Ancestors
from training.data.lexicon import Lexicon

TINY_HEADS = HeadConfig(
    embed_dim=16, image_hidden=8, text_hidden=8, text_dim=WIDTH + TINY_CLIP.teacher_dim,
    grid_layers=1, grid_width=8,
)  # fmt: skip
#: In the format of WordNet's data.noun, shortened.
NOUNS = """00000001 05 n 01 animal 0 000 | a living organism
00000002 05 n 02 dog 0 domestic_dog 0 001 @ 00000001 n 0000 | a pet
00000003 05 n 01 puppy 0 001 @ 00000002 n 0000 | a young dog
00000004 05 n 01 hound 0 001 @ 00000002 n 0000 | a hunting dog
"""
COLOURS = ("red", "green", "blue", "orange", "pink", "grey", "brown", "black")


def tiny_world_clip(
    config: HeadConfig, tokenizer: Tokenizer, words: Path | None = None
) -> WorldCLIP:
    torch.manual_seed(0)
    clip = WorldCLIP(config, TextTower(TINY_CLIP), tokenizer, words)
    return clip.eval().requires_grad_(False)


def write_pack(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Discs of different colours, and what is said of each."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / f"{name}.tar", "w") as archive:
        for number, row in enumerate(rows):
            file = io.BytesIO()
            drawing(COLOURS[number % len(COLOURS)], 60 + number).save(file, "JPEG")
            member = tarfile.TarInfo(row["file"])
            member.size = file.tell()
            file.seek(0)
            archive.addfile(member, file)
    if folder.name == "captioned":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_packs(data: Path) -> None:
    """Packs of the kinds that there are, a few pictures each."""
    said = {"captions": ["a dog runs", "a brown dog"], "captions_ar": ["كلب يركض"]}
    captioned = data / "captioned"
    flickr = [{"file": f"{n}.jpg", **said} for n in range(6)]
    for row in flickr[:2]:
        row["official_split"] = "dev"
    write_pack(captioned, "flickr8k", flickr)
    scenes = [{"file": f"{n}.jpg", "label": ("sea", "forest")[n % 2]} for n in range(8)]
    write_pack(captioned, "intel_scenes", scenes)
    write_pack(captioned, "coco", [{"file": "000000000007.jpg", "captions": ["a cat sits"]}])
    square = [{"file": f"COCO_{n:012}.jpg", "captions": ["a hat"]} for n in (7, 8, 9)]
    write_pack(captioned, "coco_square", square)
    styles = [
        {"file": f"{style}{n}.jpg", "label": ("dog", "house")[n // 3], "style": style}
        for style in ("photo", "sketch")
        for n in range(6)
    ]
    write_pack(captioned, "pacs", styles)
    write_pack(data / "photos", "animals", [{"file": f"animals/cat/{n}.jpg"} for n in range(24)])
    (data / "photos" / "captions_animals.tsv").write_text(
        "animals/cat/0.jpg\tA cat.\tقطة\n", encoding="utf-8"
    )
    (captioned / "labels_ar.tsv").write_text("sea\tبحر\nforest\tغابة\n", encoding="utf-8")


def made_up_lexicon() -> Lexicon:
    classes = [[f"thing {number}"] for number in range(1000)]
    classes[151], classes[152] = ["puppy", "pup"], ["hound"]
    return Lexicon(
        made_up_concepts(),
        classes,
        [f"شيء {number}" for number in range(1000)],
        Ancestors(NOUNS, classes),
        {"sea": "بحر", "forest": "غابة", "dog": "كلب"},
        {0: (["a fruit"], ["فاكهة"])},
        {1: (["a vehicle", "an auto"], ["مركبة", "سيارة كبيرة"])},
    )


def backgrounds(num_drawings: int) -> list[np.ndarray]:
    """Of two views: white, and one colour each."""
    return [np.zeros(num_drawings, int), np.arange(num_drawings) % 12]
