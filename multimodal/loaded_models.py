"""The models of a preset: loaded at first use, read-only afterwards."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import RLock

import torch

from multimodal.errors import LimitError, SettingError
from multimodal.models.checkpoints import (
    file_hash,
    has_guide,
    is_embedded,
    load_clip,
    load_discriminator,
    load_guide,
    load_token_transformer,
    load_vqgan,
    weight_files,
)
from multimodal.models.clip import CLIP, EmbeddedCLIP
from multimodal.models.hub_clip import HubCLIP
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.placement import placed
from multimodal.models.token_transformer import TokenTransformer
from multimodal.models.vqgan import VQGAN
from multimodal.presets import Preset, find_preset
from multimodal.prompts import parse_guides

HUB = "hub:"


class LoadedModels:
    """A preset's models on a device, and the lock that guards both."""

    def __init__(self, preset: Preset, device: torch.device) -> None:
        self.preset, self.device = preset, device
        self.lock = RLock()
        self._more_clips: dict[str, CLIP] = {}

    @cached_property
    def clip(self) -> CLIP:
        """The CLIP, loaded at first use. Raises CheckpointError."""
        with self.lock:
            return self._load_clip(self.preset.clip)

    @cached_property
    def guide(self) -> CLIP:
        """What steers VQGAN+CLIP: the guide beside the CLIP, or else the CLIP itself.

        Raises CheckpointError.
        """
        folder = Path(self.preset.clip)
        if not (is_embedded(folder) and has_guide(folder)):
            return self.clip
        with self.lock:
            return placed(load_guide(folder), self.device)

    def _load_clip(self, source: str) -> CLIP:
        if is_embedded(Path(source)):
            return placed(load_clip(Path(source)), self.device)
        return HubCLIP(source.removeprefix(HUB)).to(self.device)

    @cached_property
    def clip_id(self) -> str:
        """Names the CLIP's weights; galleries remember it."""
        if isinstance(self.clip, EmbeddedCLIP):
            files = weight_files(Path(self.preset.clip))
            return "embedded-" + "-".join(file_hash(file)[:8] for file in files)
        return self.preset.clip

    @cached_property
    def vqgan(self) -> VQGAN:
        """The VQGAN, loaded at first use. Raises CheckpointError."""
        with self.lock:
            net = load_vqgan(Path(self.preset.vqgan))
            return placed(net, self.device)

    @cached_property
    def discriminator(self) -> PatchDiscriminator:
        """The VQGAN's patch discriminator. Raises CheckpointError."""
        with self.lock:
            return load_discriminator(Path(self.preset.vqgan)).to(self.device)

    @cached_property
    def token_transformer(self) -> TokenTransformer:
        """The DALL-E token model, loaded at first use. Raises CheckpointError."""
        with self.lock:
            return load_token_transformer(Path(self.preset.dalle)).to(self.device)

    def guides_of(self, text: str, own: bool = True) -> list[tuple[CLIP, float]]:
        """What steers, with weights: `guide`, `clip`, and if `own` presets and folders of yours.

        Raises PromptError, SettingError, CheckpointError, LimitError.
        """
        found: list[tuple[CLIP, float]] = []
        for name, weight in parse_guides(text):
            if name in ("guide", "clip"):
                found.append((self.guide if name == "guide" else self.clip, weight))
                continue
            if not own:
                raise LimitError(
                    f"The guide {name} cannot be loaded in this deployment; choose guide or clip."
                )
            source = find_preset(name).clip
            if source not in self._more_clips:
                with self.lock:
                    self._more_clips[source] = self._load_clip(source)
            found.append((self._more_clips[source], weight))
        return found


def device_named(name: str) -> torch.device:
    """The device of that name; `auto` is CUDA where there is one. Raises SettingError."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise SettingError(f"Device {name!r} cannot be used here; choose auto or cpu.") from error
    return torch.device(name)
