"""Read and write a `WorldCLIP`: config.json, safetensors, tokenizer.json, words.txt.

Matrices are stored in 8 bits with a scale a row, everything else as float16; all is computed with
as float32.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from multimodal.models.checkpoints import (
    WEIGHTS_FILE,
    load_config,
    load_tokenizer,
    load_weights,
    save_checkpoint,
)
from multimodal.models.clip import CLIPConfig, TextTower
from multimodal.models.world.clip import WorldCLIP
from multimodal.models.world.heads import HeadConfig

KIND = "world-clip"
WORDS_FILE = "words.txt"
SCALE = "#scale"  # after the name of a matrix: what its rows are multiplied by
SMALLEST_MATRIX = 4096  # numbers; smaller ones stay float16


@dataclass(frozen=True)
class WorldConfig:
    """Everything needed to rebuild the net: a `CLIPConfig` and a `HeadConfig` as JSON."""

    text_tower: dict[str, Any]
    heads: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def save_world_clip(clip: WorldCLIP, folder: Path, text: CLIPConfig, words: Path) -> None:
    """Write a folder; `text` is the configuration of the small text tower, `words` the file of
    known words."""
    config = WorldConfig(text.to_dict(), clip.config.to_dict())
    states = {WEIGHTS_FILE: pack(clip.state_dict())}
    save_checkpoint(folder, KIND, config, states, clip.tokenizer)
    shutil.copyfile(words, folder / WORDS_FILE)


def load_world_clip(folder: Path) -> WorldCLIP:
    """What `save_world_clip` wrote. Raises CheckpointError."""
    config = load_config(folder, KIND, WorldConfig)
    clip = WorldCLIP(
        HeadConfig(**config.heads),
        TextTower(CLIPConfig(**config.text_tower)),
        load_tokenizer(folder),
        folder / WORDS_FILE,
    )
    return load_weights(clip, folder, decode=unpack)


def pack(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and kernels to int8 with a float16 scale a row; the rest as it is."""
    packed = {}
    for name, value in state.items():
        packed[name] = value
        if value.is_floating_point() and value.ndim > 1 and value.numel() >= SMALLEST_MATRIX:
            rows = value.float().flatten(1)
            scale = (rows.abs().amax(1, keepdim=True) / 127).clamp_min(1e-7).half()
            packed[name + SCALE] = scale
            packed[name] = (rows / scale.float()).round().clamp(-127, 127).char().view(value.shape)
    return packed


def unpack(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """What `pack` made of a state, with float32 matrices again."""
    found = {}
    for name, value in state.items():
        if not name.endswith(SCALE):
            scale = state.get(name + SCALE)
            rows = None if scale is None else value.float().flatten(1) * scale.float()
            found[name] = value if rows is None else rows.view(value.shape)
    return found
