"""A whole CLIP out of the parts of a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from multimodal.models.checkpoints import CONFIG_FILE, load_clip
from multimodal.models.presets import WEIGHTS
from multimodal.models.world.clip import WorldCLIP
from multimodal.models.world.files import WORDS_FILE
from multimodal.models.world.heads import HeadConfig
from training.pretrained import load_classifier

START_FILE = "start.txt"  # in a run's folder: the run that it went on from
Build = Callable[[HeadConfig, Path | None], WorldCLIP]


def build(config: HeadConfig, words: Path | None = None) -> WorldCLIP:
    """Towers as they were before any training here, heads at random; `words` for the spelling."""
    shipped = load_clip(WEIGHTS / "clip")
    clip = WorldCLIP(config, shipped.text_tower, shipped.tokenizer, words)
    clip.heads.image.classifier = load_classifier(clip.world).requires_grad_(False)
    if clip.drawn is not None:
        clip.drawn.load_state_dict(shipped.image_tower.state_dict())
    return clip


def load_run(
    folder: Path, changes: dict[str, Any] | None = None, build: Build = build
) -> WorldCLIP:
    """The averaged weights of a run of `head` or `tower` over those of the run that it went on
    from; towers that no run tuned are as `build` makes them.

    The words for the spelling lie beside the run's folder. `changes` of the configuration may add
    parts, which are new then. Raises ValueError for a run of another net.
    """
    config = json.loads((folder / CONFIG_FILE).read_text()) | (changes or {})
    before = folder / START_FILE
    if before.exists():
        clip = load_run(Path(before.read_text().strip()), config, build)
    else:
        words = folder.parent / WORDS_FILE
        clip = build(HeadConfig(**config), words if words.exists() else None)
    stored = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    shadow = stored["ema"]["shadow"]
    prefix = "" if any(key.startswith("heads.") for key in shadow) else "heads."
    state = {_full_name(prefix + key, shadow, clip): value for key, value in shadow.items()}
    unknown = clip.load_state_dict(state, strict=False).unexpected_keys
    if unknown:
        raise ValueError(f"{folder} holds weights of something else: {unknown[:3]}")
    return clip.eval().requires_grad_(False)


def note_start(out: Path, start: str) -> None:
    """Keep which run another one goes on from."""
    (out / START_FILE).write_text(str(Path(start).resolve()) + "\n")


def _full_name(key: str, shadow: dict[str, Tensor], clip: WorldCLIP) -> str:
    """The name in a whole CLIP of a weight that `tower` calls `upper.N....`: the last blocks of the
    world's tower, and after them its last convolution."""
    if not key.startswith("upper."):
        return key
    _, number, rest = key.split(".", 2)
    last = max(int(other.split(".")[1]) for other in shadow if other.startswith("upper."))
    if int(number) == last:
        return f"world.head.{rest}"
    return f"world.blocks.{len(clip.world.blocks) - last + int(number)}.{rest}"
