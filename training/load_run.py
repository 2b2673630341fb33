"""The CLIP that a run or an export left."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

from multimodal.models.checkpoints import CONFIG_FILE, TOKENIZER_FILE, config_from, load_clip
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP


def load_trained(folder: Path) -> EmbeddedCLIP:
    """A run's average of weights, or an exported checkpoint (as training.clip.soup writes it)."""
    if not (folder / "checkpoint.pt").exists():
        return load_clip(folder)
    stored = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    config = config_from(json.loads((folder / CONFIG_FILE).read_text()), CLIPConfig)
    model = EmbeddedCLIP(config, Tokenizer.from_file(str(folder / TOKENIZER_FILE)))
    model.load_state_dict(stored["ema"]["shadow"])
    return model.eval()
